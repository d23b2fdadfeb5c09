import DNSModel
import Foundation
import Migration
import Notation
import TestSupport
import Testing

@testable import PlanFiles

struct PlanFileTests {
  static let now = UTCInstant(parsing: "2026-12-01T00:00:00Z")!
  static let plans = ["api.contososhoes.com", "template", "www.example.org-haproxy"]

  static func text(_ name: String) throws -> String {
    let bytes = FileManager.default.contents(atPath: "\(Programs.root)/Plans/\(name).yaml")
    return String(decoding: try #require(bytes), as: UTF8.self)
  }

  static func read(_ text: String) throws(PlanRejection) -> PlanFile {
    try PlanFile.read(Array(text.utf8), now: now, zoneRules: RefusedPlansTests.zone)
  }

  static func problems(_ text: String) -> [PlanProblem] {
    do throws(PlanRejection) {
      _ = try read(text)
      return []
    } catch {
      return error.problems
    }
  }

  @Test func everyPlanOfTheFolderIsCoveredHere() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(Programs.root)/Plans")
    let plans = names.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
    for plan in plans { #expect(Self.problems(try Self.text(plan)).isEmpty, "\(plan)") }
    for plan in Self.plans { #expect(plans.contains(plan)) }
  }

  @Test(arguments: plans)
  func theCanonicalFormReadsBackAsTheSamePlan(_ name: String) throws {
    let plan = try Self.read(try Self.text(name)).plan
    let again = try Self.read(plan.canonical.compact).plan
    #expect(again == plan)
    #expect(again.digest == plan.digest)
    #expect(try Self.read(plan.canonical.pretty).plan == plan)
  }

  @Test func commentsAndLayoutDoNotChangeTheDigestAndMeaningDoes() throws {
    let text = try Self.text("api.contososhoes.com")
    let digest = try Self.read(text).plan.digest
    #expect(try Self.read("# reviewed\n" + text + "\n# end\n").plan.digest == digest)
    let changed = text.replacingOccurrences(of: "floor: 60", with: "floor: 61")
    #expect(try Self.read(changed).plan.digest != digest)
  }

  @Test func everyReasonComesOutAtOnceWithItsPlace() {
    let text = """
      cutover: 1
      hostnme: api.example.com
      zone: {origin: example.com, provider: {kind: manual}}
      from: {cname: a..b, ttl: 2 days}
      to: {cname: edge.example.net}
      ttl: {ladder: {stages: 99}}
      router: {regions: [{name: west, origin: 192.0.2.1, share: 100}]}
      """
    let problems = Self.problems(text)
    let told = problems.map { "\($0.id) \($0.place)" }
    #expect(
      told == [
        "plan.missing-key 1:1", "plan.unknown-key 2:1", "value.name 4:15", "value.ttl 4:26",
        "value.range 6:24",
      ])
    #expect(problems[1].remedy == "did you mean \"hostname\"?")
  }

  @Test func rulesAndReadingFaultsAreToldTogetherButNeverAboutWhatCouldNotBeRead() {
    let text = """
      cutover: 1
      hostname: example.com
      zone: {origin: example.com, provider: {kind: manual}}
      from: {cname: old.example.net, ttl: soon}
      to: {cname: old.example.net}
      ttl: {direct: 60, wait: 1m}
      router: {regions: [{name: west, origin: 192.0.2.1, share: 90}]}
      """
    let ids = Self.problems(text).map(\.id)
    // The wait rests on a TTL that nobody could read.
    #expect(ids == ["name.apex", "value.ttl", "move.same-target", "router.shares"])
  }

  @Test func aSecretThatWasPastedIsNeverRepeated() throws {
    let secret = "c2VjcmV0LWtleQ=="
    for line in ["key: \(secret)", "key: [\(secret)]", "kye: \(secret)"] {
      let text = """
        cutover: 1
        hostname: api.example.com
        zone: {origin: example.com, provider: {kind: dynamic-update, server: 127.0.0.1, \(line)}}
        from: {cname: old.example.net, ttl: 60}
        to: {cname: new.example.net}
        notify: [{webhook: "https://me:\(secret)@example.net/"}]
        """
      let problems = Self.problems(text)
      #expect(!problems.isEmpty)
      for problem in problems {
        #expect(!problem.json(file: "x").compact.contains(secret), "\(problem)")
      }
    }
  }

  @Test func textStaysTextWhateverYAMLMightMakeOfIt() throws {
    let text = """
      cutover: 1
      title: 12345
      hostname: no.example.com
      zone: {origin: example.com, provider: {kind: manual, instructions: no}}
      from: {cname: old.example.net, ttl: "3600"}
      to: {cname: NEW.Example.NET.}
      router: {regions: [{name: yes, origin: "192.0.2.1:8443", share: 100, zones: [1, 2]}]}
      change-window: {time-zone: UTC, weekly: [{days: [Tuesday], from: 22:00, to: 2:00}]}
      """
    let plan = try Self.read(text).plan
    #expect(plan.title == "12345")
    #expect(plan.hostname == "no.example.com")
    #expect(plan.to == "new.example.net")
    #expect(plan.router.regions.map(\.name) == ["yes"])
    #expect(plan.router.regions.first?.zones == ["1", "2"])
    #expect(plan.changeWindow?.rules == [.weekly(days: [1], opens: 1320, closes: 120)])
    #expect(plan.zone.provider.kind == .manual(instructions: "no"))
  }

  @Test func anAliasStandsForItsAnchorAndIsToldWhereItIsUsed() throws {
    let text = """
      cutover: 1
      hostname: api.example.com
      zone: {origin: example.com, provider: {kind: manual}}
      from: {cname: &old old.example.net, ttl: &ttl 3600}
      to: {cname: *old}
      ttl: {direct: 60, final: *ttl}
      router: {regions: [{name: west, origin: 192.0.2.1, share: 100}]}
      """
    let problems = Self.problems(text)
    #expect(problems.map { "\($0.id) \($0.place)" } == ["move.same-target 5:13"])
  }

  @Test func hostileTextCannotSteerATerminal() {
    let text = "cutover: 1\n\"\\e[31mhostname\": \"\\u202e\"\n\"\\a\": \"\\0\"\n"
    for problem in Self.problems(text) {
      for scalar in problem.description.unicodeScalars {
        #expect(scalar.value >= 0x20 && scalar.value != 0x202E)
      }
    }
  }
}
