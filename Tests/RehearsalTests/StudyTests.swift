import DNSModel
@_spi(PlantedMistakes) import Migration
import Notation
import TestSupport
import Testing

@_spi(PlantedMistakes) @testable import Rehearsal

/// What a rehearsal tells the one who decides.
@Suite struct StudyTests {
  static let rehearsal = Rehearsal(SamplePlans.contoso(), startingAt: RehearsalTests.start)

  static let study = RehearsalStudy(rehearsal, schedules: 2, seed: 3)

  @Test func theSameSeedTellsTheSameBytes() {
    let first = Self.study
    let second = RehearsalStudy(Self.rehearsal, schedules: 2, seed: 3)
    #expect(first.json.compact == second.json.compact)
    #expect(first.page(title: "t", command: "c") == second.page(title: "t", command: "c"))
    #expect(first.holds)
    #expect(first.canary != .uncaught)
  }

  @Test func aBrokenRuleIsShrunkToWhatItNeedsAndReplaysFromItsWords() throws {
    let mistaken = Rehearsal(
      SamplePlans.contoso(), startingAt: RehearsalTests.start, deviations: .overwritesDrift)
    var found: (seed: UInt64, violation: Violation)?
    for seed in 0..<400 where found == nil {
      if let violation = mistaken.run(seed: UInt64(seed)).violations.first {
        found = (UInt64(seed), violation)
      }
    }
    let (seed, violation) = try #require(found)
    let shrunk = mistaken.shrink(seed: seed, violation)
    #expect(shrunk.violation.rule == violation.rule)
    #expect(shrunk.features.contains(.strangers))
    #expect(shrunk.features.count < ScenarioFeature.allCases.count / 2)
    #expect(!shrunk.story.isEmpty)
    let again = mistaken.run(seed: shrunk.seed, only: shrunk.features)
    #expect(again.violations.first?.rule == violation.rule)
  }

  @Test func everyKindOfTroubleCanBeTakenOutOfAWorld() {
    for seed in 0..<300 {
      var chance = Chance(seed: UInt64(seed))
      let scenario = Scenario(&chance, plan: SamplePlans.contoso())
      let features = scenario.features
      #expect(scenario.keeping(features) == scenario)
      #expect(scenario.keeping([]).features.allSatisfy { $0 == .resolverHabits })
    }
  }

  @Test func everyKindOfTroubleIsDrawnSomewhere() {
    var missing = Set(ScenarioFeature.allCases)
    for seed in 0..<500 {
      var chance = Chance(seed: UInt64(seed))
      missing.subtract(Scenario(&chance, plan: SamplePlans.contoso()).features)
    }
    #expect(missing.isEmpty, "\(missing)")
  }

  @Test func clientsLeaveAsTheirHabitSays() throws {
    let study = DrainStudy(SamplePlans.contoso(), seed: 1)
    #expect(study.total.first?.perMille == 1000)
    for curve in study.curves {
      #expect(zip(curve.points, curve.points.dropFirst()).allSatisfy { $0.perMille >= $1.perMille })
    }
    // Lag 15 min and TTL 60 s: the honest are gone by then, over-holders two TTLs later, and those who
    // never ask again stay for days.
    #expect(study.remaining(after: .minutes(20)) > 0)
    let honest = try #require(study.curves.first { $0.kind == .honest })
    #expect(honest.points.first { $0.after >= .minutes(16) }?.perMille == 0)
    #expect(study.remaining(after: .days(1)) >= 5)
    #expect(study.remaining(after: .days(7)) == 0)
    let shares = DrainStudy.Class.allCases.map(\.perMille).reduce(0, +)
    #expect(shares == 1000)
  }

  /// Only the share of the over-holders was measured; text, drawing and JSON own up to the rest.
  @Test func everyShareSaysWhetherItIsMeasuredOrEstimated() throws {
    let study = Self.study
    let text = study.sections(command: "cutover rehearse x").flatMap(\.lines).joined(
      separator: "\n")
    let svg = study.drawing(title: "t")
    let json = study.drain.json.compact
    for kind in DrainStudy.Class.allCases {
      let basis = kind == .overHolding ? "measured" : "estimated"
      #expect(text.contains("\(kind.label), \(basis)"))
      #expect(svg.contains("\(kind.label), \(basis)"))
      #expect(json.contains(#""sharePerMille":\#(kind.perMille),"shareBasis":"\#(basis)""#))
    }
  }

  @Test func theDrawingAndThePageStandAlone() {
    let study = Self.study
    let svg = study.drawing(title: "<b>Move</b> & more")
    #expect(svg.hasPrefix("<svg"))
    #expect(svg.hasSuffix("</svg>\n"))
    #expect(!svg.contains("<b>"))
    let page = study.page(title: "<script>", command: "cutover rehearse x")
    #expect(!page.contains("<script>"))
    #expect(!page.contains("http-equiv") && !page.contains("src="))
  }
}

/// The rest of a migration that runs already, from its journal.
@Suite struct RestOfAMoveTests {
  static let calm = StudyTests.rehearsal.calmHistory()

  /// The facts up to the end of this step.
  static func prefix(_ step: String) throws -> [Fact] {
    let plan = SamplePlans.contoso()
    let index = try #require(plan.index(of: step))
    let end = try #require(calm.firstIndex { $0.kind == .stepDone(step: index) })
    return Array(calm[...end])
  }

  @Test func anUndisturbedMoveEnds() {
    #expect(Self.calm.last?.kind == .ended(.moved))
  }

  @Test(arguments: ["audit", "ttl.lower.2", "cutover", "origin.lock", "ttl.raise"])
  func theRestHoldsFromHere(step: String) throws {
    let history = try Self.prefix(step)
    let rest = Rehearsal(
      SamplePlans.contoso(), startingAt: history[history.count - 1].at.safe, after: history)
    for seed in 0..<(Soak.isOn ? 200 : 3) {
      let result = rest.run(seed: UInt64(seed))
      #expect(result.violations == [], "after \(step), seed \(seed)")
      #expect(result.ending != nil)
    }
    let calm = rest.run(seed: 0, only: [])
    #expect(calm.ending == .moved)
    let whole = StudyTests.rehearsal.run(seed: 0, only: []).lasted
    #expect(calm.lasted < whole + .hours(1))
    if step == "ttl.raise" { #expect(calm.lasted < whole - .days(3)) }
  }

  /// Exhaustive before random: a death at each point of the turn, at each step, whatever is said then.
  static let crashes: [Rehearsal.Script.Crash?] = [nil] + Rehearsal.Script.Crash.allCases

  static let verbs: [Verb] = [
    .pause, .resume, .abort, .rollback, .retry, .adopt, .overwrite, .waive(authority: "nobody"),
    .breakGlass, .attestDrained, .withdraw, .decline(.restoreTTL),
    .approve(.cutOver, planDigest: "contoso", evidenceDigest: "x"),
  ]

  static func tryEverything(at step: String, _ verbs: [Verb]) throws {
    let history = try prefix(step)
    let rest = Rehearsal(
      SamplePlans.contoso(), startingAt: history[history.count - 1].at.safe, after: history)
    for crash in crashes {
      for verb in verbs {
        let result = rest.run(
          seed: 1, only: [], script: Rehearsal.Script(crash: crash, verb: verb))
        let what = "after \(step): \(verb.name), dying \(crash.map { "\($0)" } ?? "never")"
        #expect(result.violations == [], "\(what)")
        switch verb {
        case .abort, .rollback:
          let isTooLate = ["approve.pointOfNoReturn", "retire", "report"].contains(step)
          #expect(result.ending == (isTooLate ? .moved : .rolledBack), "\(what)")
        default: #expect(result.ending == .moved, "\(what)")
        }
      }
    }
  }

  @Test(arguments: SamplePlans.contoso().steps.map(\.id))
  func everyStepAndCrashPointTakesEveryVerb(step: String) throws {
    try Self.tryEverything(at: step, Self.verbs)
  }

  @Test func fromEveryFactBeforeThePointOfNoReturnAbortRestoresTheOldWorld() throws {
    let plan = SamplePlans.contoso()
    let gate = try #require(plan.index(of: "approve.pointOfNoReturn"))
    let calm = Self.calm
    let last = try #require(calm.firstIndex { $0.kind == .stepDone(step: gate) })
    for end in 1..<last {
      let history = Array(calm[..<end])
      let rest = Rehearsal(plan, startingAt: history[end - 1].at.safe, after: history)
      let result = rest.run(seed: 1, only: [], script: Rehearsal.Script(verb: .abort))
      #expect(result.violations == [], "after fact \(end): \(calm[end - 1].kind)")
      #expect(result.ending == .rolledBack, "after fact \(end): \(calm[end - 1].kind)")
    }
  }

  /// L1: once faults stop and people answer, every migration comes to its end within a bound that the plan
  /// gives: its own waits, and a way back as long as them.
  @Test func onceFaultsStopEveryMigrationEndsWithinABoundOfThePlan() {
    let plan = SamplePlans.contoso()
    var bound = TimeSpan.days(14) + plan.undoHorizon * 2 + plan.waits.declaredTTL.span * 2
    bound += plan.waits.minimumTail * 2
    for seed in 1000..<1040 {
      let result = StudyTests.rehearsal.run(seed: UInt64(seed))
      #expect(result.ending != nil, "seed \(seed)")
      #expect(result.lasted <= bound, "seed \(seed): \(result.lasted)")
    }
  }
}
