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
    Planted(name: "forgets to recover", turn: .forgetsToRecover),
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
  /// These show in the first few worlds; all of them in the long tier.
  static let obvious = Planted.all.filter {
    [
      "waits with the new TTL", "approves a changed plan", "forgets unreachable authorities",
      "asks resolvers too early", "ignores the declared TTL", "restores the TTL unasked",
      "keeps approvals for ever",
    ].contains($0.name)
  }

  @Test(arguments: obvious) func isNoticedAtOnce(planted: Planted) {
    #expect(
      planted.worldsUntilNoticed(from: 0, within: 60) != nil, "\(planted.name) went unnoticed")
  }
}

/// All of them, each from five places, with the median of the worlds it took.
@Suite(.enabled(if: Soak.isOn)) struct PlantedMistakeSoakTests {
  @Test(arguments: Planted.all) func isNoticed(planted: Planted) {
    var worlds: [UInt64] = []
    for place in 0..<5 {
      guard
        let taken = planted.worldsUntilNoticed(from: UInt64(place) * 100_000, within: 20_000)
      else {
        Issue.record("\(planted.name) went unnoticed from seed \(place * 100_000)")
        continue
      }
      worlds.append(taken)
    }
    worlds.sort()
    if let first = worlds.first, let last = worlds.last {
      print("\(planted.name): median \(worlds[worlds.count / 2]) worlds (\(first) to \(last))")
    }
  }
}
