import DNSModel
@_spi(PlantedMistakes) import Migration
import Notation
import TestSupport
import Testing

/// Each mistake that can be planted in the core, and the walk that notices it: the promise holds in the core
/// as it is, and is broken by that mistake. A check that no mistake can break would prove nothing.
@Suite struct CoreMistakeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let mistake: Deviations
    /// Whether the promise was kept on this walk.
    let isKept: @Sendable (inout Walk) -> Bool
    var plan = SamplePlans.contoso()
    var served: ServedValue?
    var testDescription: String { name }
  }

  @Test(arguments: waits + doors + people + effects + proofs)
  func theCheckHoldsAndTheMistakeBreaksIt(_ tried: Case) {
    var sound = Walk(tried.plan, served: tried.served)
    let isSound = tried.isKept(&sound)
    #expect(isSound, "\(tried.name): broken without any mistake")
    var mistaken = Walk(tried.plan, deviations: tried.mistake, served: tried.served)
    let goesUnnoticed = tried.isKept(&mistaken)
    #expect(!goesUnnoticed, "\(tried.name) went unnoticed")
  }

  /// But for the one that is none: deciding each time anew must change nothing.
  @Test func everyMistakeThatCanBePlantedIsTried() {
    var tried: Deviations = []
    for one in Self.waits + Self.doors + Self.people + Self.effects + Self.proofs {
      tried.formUnion(one.mistake)
    }
    #expect(tried.rawValue == (1 << 26) - 1)
  }

  // MARK: Caches

  static let direct = SamplePlans.contoso(stages: 1)

  static func patient() -> CompiledPlan {
    var plan = direct
    plan.waits.freshness = .hours(6)
    return plan
  }

  static let waits: [Case] = [
    Case(
      name: "waits with the new TTL", mistake: .waitsWithTheNewTTL,
      isKept: { leastWait(&$0, .zero) },
      plan: direct),
    Case(
      name: "waits from the acknowledgement", mistake: .waitsFromTheAcknowledgement,
      isKept: { leastWait(&$0, $0.plan.waits.propagationBound) }, plan: direct),
    Case(
      name: "trusts one round", mistake: .trustsOneRound,
      isKept: { leastWait(&$0, $0.plan.waits.propagationBound) }, plan: direct),
    Case(
      name: "compares data without TTL", mistake: .comparesDataWithoutTTL,
      isKept: { walk in
        walk.pass(.hours(1)) { !$0.writtenAt.isEmpty }
        // One authority keeps the long TTL: as long as it does, the wait has not even begun.
        let late = ServedValue(.old, TTL(clamping: 172_800))
        let low = walk.record
        walk.record = late
        walk.otherAnswers = [.value(low)]
        walk.pass(.hours(4))
        return walk.state.ledger.exposures.first { $0.value == late }?.lastPossible == nil
      }),
    Case(
      name: "never reopens an exposure", mistake: .neverReopensAnExposure,
      isKept: { walk in
        walk.finish("ttl.lower.1")
        walk.pass(.hours(2))
        walk.record = ServedValue(.old, TTL(clamping: 172_800))
        walk.seeRecord()
        return walk.state.ledger.exposures.first { $0.value == walk.record }?.lastPossible == nil
      }),
    Case(
      name: "ignores the declared TTL", mistake: .ignoresTheDeclaredTTL,
      isKept: { walk in
        walk.reach("verify")
        return walk.firstWrite(of: .new).map { $0 - Walk.start >= .seconds(172_800) } ?? false
      }, served: ServedValue(.old, TTL(clamping: 60))),
    Case(
      name: "trusts the wall clock for waits", mistake: .trustsTheWallClockForWaits,
      isKept: { walk in
        walk.finish("ttl.lower.1")
        // Little enough for everything seen to stay fresh.
        walk.now.wall += .hours(5)
        return leastWait(&walk, walk.plan.waits.propagationBound)
      }, plan: patient()),
    Case(
      name: "asks resolvers too early", mistake: .asksResolversTooEarly,
      isKept: { walk in
        walk.finish("baseline")
        walk.record = ServedValue(.absent, TTL(clamping: 300))
        walk.pass(.minutes(20)) { $0.state.view?.isDenied ?? false }
        return !walk.decision.looks.wants(LookPlan.Slot.resolvers)
      }),
    Case(
      name: "forgets unreachable authorities", mistake: .forgetsUnreachableAuthorities,
      isKept: { walk in
        walk.otherAnswers = [.unreachable(.timeout)]
        walk.pass(.hours(3))
        return !walk.state.isDone(0)
      }),
  ]

  private static func leastWait(_ walk: inout Walk, _ more: TimeSpan) -> Bool {
    walk.reach("verify")
    guard let lowered = walk.writtenAt.first?.at, let cutOver = walk.firstWrite(of: .new) else {
      return false
    }
    return cutOver - lowered >= .seconds(172_800) + walk.plan.waits.margin + more
  }

  // MARK: The old endpoint's doors

  static func longTail() -> CompiledPlan {
    var plan = SamplePlans.contoso()
    plan.waits.minimumTail = .days(3)
    return plan
  }

  static let doors: [Case] = [
    Case(
      name: "locks before the drain", mistake: .locksBeforeTheDrain,
      isKept: { walk in
        walk.pass(.days(20)) { $0.isLocked }
        guard let cutOver = walk.firstWrite(of: .new) else { return false }
        return walk.isLocked && walk.now.safe >= cutOver + .seconds(60) + .days(3)
      }, plan: longTail()),
    Case(
      name: "retires on a timer", mistake: .retiresOnATimer,
      isKept: { walk in
        walk.reach("retire")
        walk.set(.traffic, .fail)
        walk.pass(.days(8))
        return !walk.effects.contains { $0.action == .retireOldEndpoint }
      }, plan: SamplePlans.contoso(locks: false)),
    Case(
      name: "flips back before unlocking", mistake: .flipsBackBeforeUnlocking,
      isKept: { walk in
        walk.reach("ttl.raise")
        walk.say(.rollback)
        walk.pass(.hours(4)) { $0.record.content == .old }
        return !walk.isLocked && walk.record.content == .old
      }),
    Case(
      name: "flips back to a sick endpoint", mistake: .flipsBackToASickEndpoint,
      isKept: { walk in
        walk.reach("soak.1")
        walk.set(.oldEndpoint, .fail)
        walk.pass(.hours(2))
        walk.say(.rollback)
        walk.pass(.hours(3))
        return walk.record.content == .new
      }),
    Case(
      name: "undoes from position", mistake: .undoesFromPosition,
      isKept: { walk in
        // Written, and not yet seen everywhere: the step is not done, and has happened all the same.
        walk.pass(.days(5)) { $0.record.content == .new }
        walk.say(.abort)
        walk.pass(.days(4))
        return walk.record.content == .old
      }),
    Case(
      name: "cleans the router before the drain", mistake: .cleansTheRouterBeforeTheDrain,
      isKept: { walk in
        walk.reach("soak.1")
        walk.say(.rollback)
        walk.pass(.days(1)) { $0.router == [] }
        guard let restored = walk.writtenAt.last(where: { $0.value.content == .old }) else {
          return false
        }
        return walk.now.safe >= restored.at + walk.plan.waits.propagationBound + .seconds(60)
      }),
    Case(
      name: "needs the router to roll back", mistake: .needsTheRouterToRollBack,
      isKept: { walk in
        walk.reach("soak.1")
        walk.isRouterReachable = false
        walk.say(.rollback)
        walk.pass(.hours(3))
        return walk.record.content == .old
      }),
  ]

  // MARK: People

  static let people: [Case] = [
    Case(
      name: "overwrites drift", mistake: .overwritesDrift,
      isKept: { walk in
        walk.finish("ttl.lower.1")
        walk.record = ServedValue(.other(7), TTL(clamping: 60))
        walk.pass(.days(4))
        return walk.record.content == .other(7)
      }),
    Case(
      name: "approves a changed plan", mistake: .approvesAChangedPlan,
      isKept: { walk in
        walk.approves = false
        walk.pass(.days(3))
        let digest = walk.state.evidenceDigest(for: .cutOver)
        return walk.say(.approve(.cutOver, planDigest: "another", evidenceDigest: digest))
          == .refused(.planChanged)
      }),
    Case(
      name: "trusts the safe clock for expiries", mistake: .trustsTheSafeClockForExpiries,
      isKept: { endsApprovals(&$0) }),
    Case(
      name: "keeps approvals for ever", mistake: .keepsApprovalsForEver,
      isKept: { endsApprovals(&$0) }),
    Case(
      name: "restores the TTL unasked", mistake: .restoresTheTTLUnasked,
      isKept: { walk in
        walk.reach("soak.1")
        walk.approves = false
        walk.say(.rollback)
        walk.pass(.days(2))
        return walk.record == ServedValue(.old, TTL(clamping: 60))
      }),
    Case(
      name: "raises before the soak", mistake: .raisesBeforeTheSoak,
      isKept: { walk in
        walk.pass(.days(30))
        let raised = walk.writtenAt.first {
          $0.value == ServedValue(.new, walk.plan.waits.finalTTL)
        }
        guard let cutOver = walk.firstWrite(of: .new), let raised else { return false }
        return raised.at - cutOver >= .hours(36)
      }),
  ]

  private static func endsApprovals(_ walk: inout Walk) -> Bool {
    walk.approves = false
    walk.pass(.days(3))
    // Nothing may be written before the wall leaps: the caches are not ready for a moment longer.
    walk.set(.oldEndpoint, .fail)
    walk.pass(.hours(2))
    walk.approve(.cutOver)
    walk.now.wall += .days(2)
    walk.set(.oldEndpoint, .pass)
    walk.pass(.hours(3))
    return walk.firstWrite(of: .new) == nil
  }

  // MARK: Effects

  static let effects: [Case] = [
    Case(
      name: "repeats unknown effects", mistake: .repeatsUnknownEffects,
      isKept: { walk in
        walk.kept = [.record]
        walk.pass(.hours(2)) { $0.effects.contains { $0.action.purpose == .record } }
        guard let lost = walk.effects.last(where: { $0.action.purpose == .record }) else {
          return false
        }
        walk.feed(.effectEnded(number: lost.number, .unknown))
        walk.pass(.minutes(3))
        return walk.effects.filter { $0.action.purpose == .record }.count == 1
      }),
    Case(
      name: "forgets writes in flight", mistake: .forgetsWritesInFlight,
      isKept: { walk in
        walk.kept = [.record]
        walk.pass(.days(4)) { $0.state.openEffect(for: .record) != nil }
        walk.feed(.recovered)
        walk.say(.abort)
        walk.pass(.minutes(2))
        return walk.state.ending == nil && walk.state.openEffect(for: .record) != nil
      }),
  ]

  // MARK: Proofs

  static let proofs: [Case] = [
    Case(
      name: "takes inconclusive for a pass", mistake: .takesInconclusiveForAPass,
      isKept: { walk in
        walk.set(.newEndpoint, .inconclusive)
        walk.pass(.days(6))
        return walk.firstWrite(of: .new) == nil
      }),
    Case(
      name: "cuts over on old proof", mistake: .cutsOverOnOldProof,
      isKept: { walk in
        walk.finish("prove")
        walk.blindTo = [.newEndpoint]
        walk.pass(.days(5))
        return walk.firstWrite(of: .new) == nil
      }),
  ]
}
