@_spi(PlantedMistakes) import Engine
@_spi(PlantedMistakes) import Migration
import Notation
@_spi(PlantedMistakes) import Rehearsal
import TestSupport
import Testing

/// Each mistake is planted in the production core or turn, and must be noticed in some drawn world. A
/// checker that never complains proves nothing.
@Suite struct PlantedMistakeTests {
  struct Planted: Sendable, CustomTestStringConvertible {
    let name: String
    var core: Deviations = []
    var turn: TurnMistakes = []
    var ignoresEpochs = false
    var testDescription: String { name }
  }

  static let planted = [
    Planted(name: "waits with the new TTL", core: .waitsWithTheNewTTL),
    Planted(name: "waits from the acknowledgement", core: .waitsFromTheAcknowledgement),
    Planted(name: "locks before the drain", core: .locksBeforeTheDrain),
    Planted(name: "overwrites drift", core: .overwritesDrift),
    Planted(name: "approves a changed plan", core: .approvesAChangedPlan),
    Planted(name: "undoes from position", core: .undoesFromPosition),
    Planted(name: "forgets unreachable authorities", core: .forgetsUnreachableAuthorities),
    Planted(name: "trusts one round", core: .trustsOneRound),
    Planted(name: "asks resolvers too early", core: .asksResolversTooEarly),
    Planted(name: "takes inconclusive for a pass", core: .takesInconclusiveForAPass),
    Planted(name: "cleans the router before the drain", core: .cleansTheRouterBeforeTheDrain),
    Planted(name: "cuts over on old proof", core: .cutsOverOnOldProof),
    Planted(name: "ignores the declared TTL", core: .ignoresTheDeclaredTTL),
    Planted(name: "restores the TTL unasked", core: .restoresTheTTLUnasked),
    Planted(name: "keeps approvals for ever", core: .keepsApprovalsForEver),
    Planted(name: "performs before the commit", turn: .performsBeforeTheCommit),
    Planted(name: "repeats effects after a crash", turn: .repeatsEffectsAfterACrash),
    Planted(name: "forgets to recover", turn: .forgetsToRecover),
  ]

  /// These show in the first few worlds.
  static let obvious = planted.filter {
    [
      "waits with the new TTL", "approves a changed plan", "forgets unreachable authorities",
      "asks resolvers too early", "ignores the declared TTL", "restores the TTL unasked",
      "keeps approvals for ever",
    ].contains($0.name)
  }

  @Test(arguments: obvious) func isNoticedAtOnce(planted: Planted) {
    #expect(firstNoticed(planted, within: 40) != nil, "\(planted.name) went unnoticed")
  }

  @Test(.enabled(if: Soak.isOn), arguments: planted) func isNoticed(planted: Planted) {
    #expect(firstNoticed(planted, within: 3000) != nil, "\(planted.name) went unnoticed")
  }

  private func firstNoticed(_ planted: Planted, within count: UInt64) -> UInt64? {
    let rehearsal = Rehearsal(
      SamplePlans.contoso(), startingAt: RehearsalTests.start, deviations: planted.core,
      turnMistakes: planted.turn, ignoresEpochs: planted.ignoresEpochs)
    for seed in 0..<count where !rehearsal.run(seed: seed).violations.isEmpty { return seed }
    return nil
  }
}
