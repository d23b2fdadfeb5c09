import Foundation
import TestSupport
import Testing

/// What `rehearse --json` says of many worlds, as far as it is judged here.
private struct Verdict: Decodable {
  struct Broken: Decodable, CustomStringConvertible {
    let rule: String
    let what: String
    let seed: String
    var description: String { "\(rule) in world \(seed): \(what)" }
  }
  let schedules: Int
  let holds: Bool
  let moved: Int
  let rolledBack: Int
  let violations: [Broken]

  /// Plays them with the program that people install.
  static func of(_ plan: String, worlds: Int, from seed: Int, seconds: Int) throws -> Verdict {
    let run = try Programs.run(
      Programs.installable(),
      [
        "rehearse", "Plans/\(plan)", "--schedules", "\(worlds)", "--seed", "\(seed)", "--at",
        "2026-12-01T08:00:00Z", "--json",
      ], seconds: seconds)
    do {
      return try JSONDecoder().decode(Verdict.self, from: Data(run.stdout.utf8))
    } catch {
      throw ProgramFailure(description: "\(run)")
    }
  }

  func expectHolds(_ plan: String, _ worlds: Int) {
    #expect(violations.isEmpty, "\(plan): \(violations)")
    #expect(holds && schedules == worlds, "\(plan)")
    // Worlds in which nothing ever gets anywhere would prove nothing.
    #expect(moved * 10 > worlds && rolledBack * 10 > worlds, "\(plan): \(moved), \(rolledBack)")
  }
}

/// The shipped plans in ten thousand drawn worlds.
@Suite struct RehearsalScaleTests {
  @Test(arguments: [
    ("api.contososhoes.com.yaml", 5000), ("www.example.org-haproxy.yaml", 3000),
    ("sandbox.yaml", 2000),
  ])
  func noRuleIsBrokenInTenThousandWorlds(plan: String, worlds: Int) throws {
    try Verdict.of(plan, worlds: worlds, from: 1, seconds: 600).expectHolds(plan, worlds)
  }
}

/// The shipped plans in a million drawn worlds, in parts, so that a broken rule is told early.
@Suite(.enabled(if: Soak.isOn)) struct RehearsalScaleSoakTests {
  @Test(arguments: [
    ("api.contososhoes.com.yaml", 150_000), ("www.example.org-haproxy.yaml", 150_000),
    ("sandbox.yaml", 700_000),
  ])
  func aMillionWorldsHold(plan: String, worlds: Int) throws {
    let part = 25_000
    let begun = Date()
    for first in stride(from: 1_000_000, to: 1_000_000 + worlds, by: part) {
      try Verdict.of(plan, worlds: part, from: first, seconds: 1800).expectHolds(plan, part)
      let done = first - 1_000_000 + part
      let rate = Double(done) / max(Date().timeIntervalSince(begun), 1)
      print("\(plan): \(done) worlds, \(Int(rate)) a second")
    }
  }
}
