import Foundation
import HTTP
import Notation
import TestBeds
import TestSupport
import Testing

/// Regions behind a router that only a person can configure: looked at around it, and orders to the person
/// journaled like any other.
@Suite struct ManualRegionTests {
  private let directory = TemporaryDirectory()
  private let west: Region
  private let east: Region
  private let plan: String

  init() throws {
    west = try Region("west")
    east = try Region("east")
    plan = directory.write(
      "plan.yaml",
      """
      cutover: 1
      hostname: api.example.test
      zone:
        origin: example.test
        provider: {kind: manual, instructions: "the panel", longest-write: 10s}
      from: {cname: old.example.net, ttl: 600}
      to: {cname: new.example.net}
      ttl: {stages: [60], final: 600}
      router:
        kind: manual
        instructions: "the router's own page"
        addresses: ["192.0.2.1:443"]
        regions:
          - {name: west, origin: "\(west.address)", health-path: /health, share: 50}
          - {name: east, origin: "\(east.address)", health-path: /health, share: 30}
          - {name: gone, origin: "127.0.0.1:\(try FreePort.next())", health-path: /health, share: 20}
      old-endpoint: {addresses: ["192.0.2.3:443"]}

      """)
  }

  private func region(_ words: String...) throws -> ProgramRun {
    try Programs.cutover(
      ["region"] + words + ["--plan", plan, "--state", directory.file("state"), "--as", "ada"])
  }

  private func seen() throws -> [String: String] {
    let run = try region("list", "--json")
    #expect(run.status == 0, "\(run)")
    let regions = try JSON(parsing: run.stdout)["regions"]?.array ?? []
    return Dictionary(
      uniqueKeysWithValues: regions.map { ($0["name"]?.string ?? "", $0["seen"]?.string ?? "") })
  }

  @Test func eachIsSeenAroundTheRouterAsItIs() throws {
    var standings = try seen()
    #expect(standings["west"] == "answers 200 on /health")
    #expect(standings["east"] == "answers 200 on /health")
    #expect(standings["gone"]?.hasPrefix("refuses requests around the router") == true)
    east.isHealthy = false
    standings = try seen()
    #expect(standings["west"] == "answers 200 on /health")
    #expect(
      standings["east"]?.contains("ill") == true && standings["east"]?.contains("503") == true)
    let text = try region("list")
    #expect(text.stdout.contains("east  \(east.address)  share 30 % (as planned)  ill"), "\(text)")
  }

  @Test func ordersAreHandedToThePersonAndJournaled() throws {
    for verb in ["drain", "remove", "add"] {
      let run = try region(verb, "west")
      #expect(run.status == 4, "a person is waited for: \(run)")
      let words = run.stdout + run.stderr
      #expect(words.contains("the router's own page"), "\(verb): what to do, and where: \(run)")
    }
    let lines = try region("list", "--history").stdout.split(separator: "\n")
    for verb in ["drain", "remove", "add"] {
      let told = lines.filter { $0.contains("  ada  \(verb) west: ") }
      #expect(told.count == 2, "\(lines)")
      #expect(told.first?.contains(": intended") == true && told.last?.contains(": handed") == true)
    }
  }
}
