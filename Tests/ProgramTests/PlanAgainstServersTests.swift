import Foundation
import Notation
import SystemIO
import TestSupport
import Testing

/// `cutover plan` beside a server that serves something else than the plan declares.
@Suite final class PlanAgainstServersTests {
  private let directory = TemporaryDirectory()
  private let server: ServerProcess
  private let plan: String

  /// The plan declares ten minutes; two hours are served.
  init() throws {
    let zone = directory.write(
      "zone",
      """
      $TTL 300
      @ IN SOA ns1 hostmaster 1 3600 900 86400 60
      @ IN NS ns1
      ns1 IN A 127.0.0.1
      api 7200 IN CNAME old.example.net.

      """)
    server = try ServerProcess(
      try Programs.cutover(),
      [
        "dns", "--zone", "example.test=\(zone)", "--listen", "127.0.0.1:0", "--state",
        directory.path,
      ])
    let process = server
    let address = try process.wait(for: "the server to listen") { () -> String? in
      guard process.stdout.contains("ready") else { return nil }
      return process.stdout.split(separator: "\n").first { $0.hasPrefix("listening ") }
        .map { String($0.dropFirst(10)) }
    }
    plan = directory.write(
      "plan.yaml",
      """
      cutover: 1
      hostname: api.example.test
      zone:
        origin: example.test
        provider: {kind: manual, instructions: "the panel", longest-write: 10s}
        authoritatives:
          - {name: ns1.example.test, address: "\(address)"}
      from: {cname: old.example.net, ttl: 600}
      to: {cname: new.example.net}
      ttl: {stages: [60], final: 600}
      timing: {lag: 10s, margin: 10s, clean-rounds: 2, propagation: 10s}
      router:
        kind: manual
        instructions: "bound already"
        addresses: ["192.0.2.1:443"]
        regions:
          - {name: one, origin: "192.0.2.2:443", health-path: /, share: 100}
      old-endpoint: {addresses: ["192.0.2.3:443"]}
      resolvers:
        required:
          - {name: ns, address: "\(address)"}

      """)
  }

  private func planned(_ options: String...) throws -> (wait: Int, findings: [String]) {
    let run = try Programs.cutover(["plan", plan, "--json"] + options)
    #expect(run.status == 0, "\(run)")
    let json = try JSON(parsing: run.stdout)
    let findings = json["findings"]?.array?.compactMap { $0["id"]?.string } ?? []
    let wait = try #require(json["secondsFromLastOldTTLToCutover"]?.integer)
    return (Int(wait), findings)
  }

  @Test func aLongerTTLThanDeclaredMakesThePlanLaterAndIsAFinding() throws {
    let live = try planned()
    #expect(live.wait >= 7_200)
    #expect(live.findings.contains("live.ttl-longer"), "\(live.findings)")
    let declared = try planned("--offline")
    #expect(declared.wait >= 600 && declared.wait < 7_200)
    #expect(!declared.findings.contains { $0.hasPrefix("live.") }, "\(declared.findings)")
  }

  @Test func aMomentThatTheServedTTLForbidsIsRefused() throws {
    let soon = (SystemClock.wall() + .minutes(115)).description
    let offline = try Programs.cutover(["plan", plan, "--cutover-at", soon, "--offline"])
    #expect(offline.status == 0, "\(offline)")
    let live = try Programs.cutover(["plan", plan, "--cutover-at", soon])
    #expect(live.status == 3 && live.stdout.isEmpty, "\(live)")
    #expect(live.stderr.contains("cannot be met") && live.stderr.contains("(R2)"), "\(live)")
  }
}
