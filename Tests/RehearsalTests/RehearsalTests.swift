import Migration
import Notation
import Rehearsal
import TestSupport
import Testing

@Suite struct RehearsalTests {
  static let start = UTCInstant(parsing: "2026-11-21T08:00:00Z") ?? .distantPast

  @Test func theWorkedExampleHoldsInEveryWorldDrawn() {
    let rehearsal = Rehearsal(SamplePlans.contoso(), startingAt: Self.start)
    for seed in 0..<20 {
      let result = rehearsal.run(seed: UInt64(seed))
      #expect(result.violations == [], "seed \(seed)")
    }
  }

  @Test func aMoveThatPeopleMakeByHandEndsInEveryWorldDrawn() {
    let plan = SamplePlans.contoso(hasFence: false, isManual: true)
    let rehearsal = Rehearsal(plan, startingAt: Self.start)
    for seed in 0..<20 {
      let result = rehearsal.run(seed: UInt64(seed))
      #expect(result.violations == [], "seed \(seed)")
      #expect(result.ending != nil, "seed \(seed)")
    }
  }
}
