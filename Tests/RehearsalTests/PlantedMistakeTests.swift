@_spi(PlantedMistakes) import Engine
@_spi(PlantedMistakes) import Migration
import Notation
@_spi(PlantedMistakes) import Rehearsal
import TestSupport
import Testing

/// Each mistake is planted in the production core or turn, and must be noticed in some drawn world. A
/// checker that never complains proves nothing.
struct Planted: Sendable, CustomTestStringConvertible {
  let name: String
  var core: Deviations = []
  var turn: TurnMistakes = []
  var ignoresEpochs = false
  var hasFence = true
  var testDescription: String { name }

  static let all = [
    Planted(name: "waits with the new TTL", core: .waitsWithTheNewTTL),
    Planted(name: "waits from the acknowledgement", core: .waitsFromTheAcknowledgement),
    Planted(name: "compares data without TTL", core: .comparesDataWithoutTTL),
    Planted(name: "locks before the drain", core: .locksBeforeTheDrain),
    Planted(name: "flips back before unlocking", core: .flipsBackBeforeUnlocking),
    Planted(name: "trusts the wall clock for waits", core: .trustsTheWallClockForWaits),
    Planted(name: "trusts the safe clock for expiries", core: .trustsTheSafeClockForExpiries),
    Planted(name: "raises before the soak", core: .raisesBeforeTheSoak),
    Planted(name: "overwrites drift", core: .overwritesDrift),
    Planted(name: "approves a changed plan", core: .approvesAChangedPlan),
    Planted(name: "undoes from position", core: .undoesFromPosition),
    Planted(name: "flips back to a sick endpoint", core: .flipsBackToASickEndpoint),
    Planted(name: "forgets unreachable authorities", core: .forgetsUnreachableAuthorities),
    Planted(name: "trusts one round", core: .trustsOneRound),
    Planted(name: "asks resolvers too early", core: .asksResolversTooEarly),
    Planted(name: "takes inconclusive for a pass", core: .takesInconclusiveForAPass),
    Planted(name: "repeats unknown effects", core: .repeatsUnknownEffects, hasFence: false),
    Planted(name: "forgets writes in flight", core: .forgetsWritesInFlight),
    Planted(name: "never reopens an exposure", core: .neverReopensAnExposure),
    Planted(name: "retires on a timer", core: .retiresOnATimer),
    Planted(name: "cleans the router before the drain", core: .cleansTheRouterBeforeTheDrain),
    Planted(name: "cuts over on old proof", core: .cutsOverOnOldProof),
    Planted(name: "ignores the declared TTL", core: .ignoresTheDeclaredTTL),
    Planted(name: "restores the TTL unasked", core: .restoresTheTTLUnasked),
    Planted(name: "needs the router to roll back", core: .needsTheRouterToRollBack),
    Planted(name: "keeps approvals for ever", core: .keepsApprovalsForEver),
    Planted(name: "performs before the commit", turn: .performsBeforeTheCommit),
    Planted(name: "repeats effects after a crash", turn: .repeatsEffectsAfterACrash),
    Planted(name: "forgets to recover", turn: .forgetsToRecover, hasFence: false),
    Planted(name: "carries on when stale", turn: .carriesOnWhenStale),
    Planted(name: "a store without epochs", ignoresEpochs: true),
  ]

  /// In how many worlds, from this seed on, it was noticed; nil when it was not.
  func worldsUntilNoticed(from seed: UInt64, within count: UInt64) -> UInt64? {
    let rehearsal = Rehearsal(
      SamplePlans.contoso(hasFence: hasFence), startingAt: RehearsalTests.start, deviations: core,
      turnMistakes: turn, ignoresEpochs: ignoresEpochs)
    for offset in 0..<count where !rehearsal.run(seed: seed + offset).violations.isEmpty {
      return offset + 1
    }
    return nil
  }
}

@Suite struct PlantedMistakeTests {
  /// The first world from a round seed in which each shows; `make soak` finds them anew and prints them.
  static let worlds: [String: UInt64] = [
    "waits with the new TTL": 0,
    "waits from the acknowledgement": 100_000,
    "compares data without TTL": 200_006,
    "locks before the drain": 300_019,
    "flips back before unlocking": 300_133,
    "trusts the wall clock for waits": 0,
    "trusts the safe clock for expiries": 200_020,
    "raises before the soak": 0,
    "overwrites drift": 300_022,
    "approves a changed plan": 1,
    "undoes from position": 200_007,
    "flips back to a sick endpoint": 400_148,
    "forgets unreachable authorities": 100_000,
    "trusts one round": 300_035,
    "asks resolvers too early": 100_000,
    "takes inconclusive for a pass": 200_002,
    "repeats unknown effects": 100_013,
    "forgets writes in flight": 200_007,
    "never reopens an exposure": 300_019,
    "retires on a timer": 400_071,
    "cleans the router before the drain": 100_002,
    "cuts over on old proof": 300_016,
    "ignores the declared TTL": 0,
    "restores the TTL unasked": 300_000,
    "needs the router to roll back": 400_003,
    "keeps approvals for ever": 0,
    "performs before the commit": 0,
    "repeats effects after a crash": 100_001,
    "forgets to recover": 200_053,
    "carries on when stale": 10,
    "a store without epochs": 10,
  ]

  @Test(arguments: Planted.all) func isNoticedWhereItShows(planted: Planted) throws {
    let seed = try #require(Self.worlds[planted.name], "\(planted.name) was never noticed")
    #expect(
      planted.worldsUntilNoticed(from: seed, within: 1) != nil,
      "\(planted.name) went unnoticed in world \(seed)")
  }

  /// What is noticed there is the mistake: without it the same worlds hold.
  @Test func withoutThemTheSameWorldsHold() {
    let fenced = Planted(name: "none")
    let bare = Planted(name: "none", hasFence: false)
    for planted in Planted.all {
      let honest = planted.hasFence ? fenced : bare
      guard let seed = Self.worlds[planted.name] else { continue }
      #expect(honest.worldsUntilNoticed(from: seed, within: 1) == nil, "world \(seed)")
    }
  }
}

/// All of them, each from five places, with the median of the worlds it took.
@Suite(.enabled(if: Soak.isOn)) struct PlantedMistakeSoakTests {
  @Test(arguments: Planted.all) func isNoticed(planted: Planted) {
    var taken: [(worlds: UInt64, seed: UInt64)] = []
    for place in 0..<5 {
      let first = UInt64(place) * 100_000
      guard let worlds = planted.worldsUntilNoticed(from: first, within: 20_000) else {
        Issue.record("\(planted.name) went unnoticed from seed \(first)")
        continue
      }
      taken.append((worlds, first + worlds - 1))
    }
    taken.sort { $0.worlds < $1.worlds }
    if let first = taken.first, let last = taken.last {
      let median = taken[taken.count / 2].worlds
      print(
        "\(planted.name): median \(median) worlds (\(first.worlds) to \(last.worlds)), "
          + "first in world \(first.seed)")
    }
  }
}

/// A certificate that lasts days, in a move of weeks.
@Suite struct RenewalRehearsalTests {
  static func rehearsal(_ deviations: Deviations) -> Rehearsal {
    var plan = SamplePlans.contoso()
    let shape = CourseShape(
      stages: plan.waits.stages, lowTTL: plan.waits.lowTTL, finalTTL: plan.waits.finalTTL,
      soakCount: 2, locksOrigin: true, retiresOldEndpoint: true, renewalCount: 12)
    plan.steps = shape.steps()
    plan.renewal = RenewalParameters(life: .days(3))
    return Rehearsal(plan, startingAt: RehearsalTests.start, deviations: deviations)
  }

  @Test func noClientMeetsAnExpiredCertificateInACalmWorld() {
    let result = Self.rehearsal([]).run(seed: 1, only: [])
    #expect(result.violations.isEmpty, "\(result.violations)")
    #expect(result.ending == .moved)
  }

  @Test func aMoveThatNeverRenewsIsNoticed() {
    let result = Self.rehearsal(.neverRenews).run(seed: 1, only: [])
    #expect(!result.violations.isEmpty)
  }
}
