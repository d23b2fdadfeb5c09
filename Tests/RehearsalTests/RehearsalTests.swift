@_spi(PlantedMistakes) import Migration
import Notation
@_spi(PlantedMistakes) import Rehearsal
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

  /// Deciding is spared where nothing was learned and no limit was crossed. That must never show.
  @Test(arguments: [
    SamplePlans.contoso(), SamplePlans.contoso(hasFence: false, isManual: true),
  ])
  func aDecisionThatStandsIsTheOneThatWouldBeMadeAnew(plan: CompiledPlan) {
    let sparing = Rehearsal(plan, startingAt: Self.start)
    let anew = Rehearsal(plan, startingAt: Self.start, deviations: .decidesEachTimeAnew)
    for seed in 100..<(Soak.isOn ? 2000 : 120) {
      #expect(sparing.run(seed: UInt64(seed)) == anew.run(seed: UInt64(seed)), "seed \(seed)")
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
