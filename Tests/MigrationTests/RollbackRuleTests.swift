// Tests bear the number of the rule they hold.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import DNSModel
import Migration
import Notation
import TestSupport
import Testing

/// R9 to R16: certificates, and the way back.
@Suite struct RollbackRuleTests {
  /// The yes to the cutover is given just as the new endpoint fails.
  private static func approvedAsItTurnsBad() -> Walk {
    var walk = Walk()
    walk.approves = false
    walk.finish("prove")
    walk.pass(.days(10)) { $0.decision.standing == .approval }
    walk.set(.newEndpoint, .fail)
    walk.approve(.cutOver)
    return walk
  }

  /// A yes is for the evidence it was given on. When that turns bad, it is told and looked at again, and nobody
  /// is asked to approve what is broken; once it is again what was signed, the yes holds again.
  @Test func R9_whatTurnedBadIsLookedAtBeforeAnybodyIsAskedAnew() {
    var walk = Self.approvedAsItTurnsBad()
    let isFailing = Blocker.evidence(.newEndpoint, .fail)
    walk.pass(.days(1)) { $0.decision.blockers.contains(isFailing) }
    #expect(walk.decision.blockers.contains(isFailing) && walk.decision.standing == .held)
    walk.pass(.hours(1))
    #expect(walk.decision.standing == .held && walk.firstWrite(of: .new) == nil)
    walk.set(.newEndpoint, .pass)
    walk.pass(.minutes(5)) { $0.firstWrite(of: .new) != nil }
    #expect(walk.firstWrite(of: .new) != nil)
  }

  /// Evidence that passes again, but is not what was signed, needs a new yes.
  @Test func R9_whatPassesAgainInAnotherFormIsSignedAnew() {
    var walk = Self.approvedAsItTurnsBad()
    walk.pass(.days(1)) { $0.decision.standing == .held }
    walk.set(.newEndpoint, .pass, fingerprint: 2)
    walk.pass(.minutes(5))
    #expect(walk.decision.standing == .approval && walk.firstWrite(of: .new) == nil)
    walk.approve(.cutOver)
    walk.pass(.days(1)) { $0.firstWrite(of: .new) != nil }
    #expect(walk.firstWrite(of: .new) != nil)
  }

  @Test func R9_theNewEndpointIsProvenWithinMinutesBeforeTheCutover() throws {
    var walk = Walk()
    walk.reach("cutover")
    walk.set(.newEndpoint, .fail)
    walk.pass(.days(4))
    #expect(walk.firstWrite(of: .new) == nil)
    walk.set(.newEndpoint, .pass)
    walk.pass(.hours(1))
    let cutOver = try #require(walk.firstWrite(of: .new))
    #expect(walk.state.evidence(.newEndpoint).at + walk.plan.waits.freshness >= cutOver)
  }

  @Test func R10_anOldCertificateThatEndsInsideTheWindowHoldsTheCutover() {
    var walk = Walk()
    walk.certificateEnds = Walk.start + .days(4)
    walk.pass(.days(5))
    #expect(walk.firstWrite(of: .new) == nil)
    #expect(
      walk.decision.blockers.contains(.oldEndpointEnds(.oldCertificate, walk.certificateEnds)))
    #expect(walk.decision.standing == .held)
  }

  @Test func R11_nothingIsIssuedBeforeTheCAMayIssue() {
    var walk = Walk()
    walk.set(.issuance, .inconclusive)
    walk.pass(.days(1))
    #expect(!walk.effects.contains { $0.action == .obtainCertificate })
    walk.set(.issuance, .pass)
    walk.pass(.hours(1))
    #expect(walk.effects.contains { $0.action == .obtainCertificate })
  }

  @Test func R12_theClockShowsTimeToEffectAndWhatBinds() throws {
    var walk = Walk()
    walk.reach("soak.1")
    let clock = RollbackClock(walk.state, walk.plan, at: walk.now)
    #expect(clock.timeToEffect == walk.plan.waits.authoritativeLag + .seconds(60))
    #expect(clock.binding == .oldCertificate)
    #expect(
      clock.decideBy
        == walk.certificateEnds - clock.timeToEffect - walk.plan.rollback.minimumStay)
    walk.reach("ttl.raise")
    // Locked meanwhile: a reversible lock adds its time, and is no deadline.
    let locked = RollbackClock(walk.state, walk.plan, at: walk.now)
    #expect(locked.timeToEffect == clock.timeToEffect + walk.plan.rollback.unlockTime)
    walk.finish("ttl.raise")
    let raised = RollbackClock(walk.state, walk.plan, at: walk.now)
    #expect(raised.timeToEffect >= .seconds(3600) + walk.plan.waits.authoritativeLag)
  }

  @Test func R13_unlocksAndSeesHealthBeforeItFlipsBack() throws {
    var walk = Walk()
    walk.reach("ttl.raise")
    #expect(walk.isLocked)
    walk.set(.oldEndpoint, .fail)
    #expect(walk.say(.rollback) == .accepted)
    walk.pass(.hours(3))
    #expect(!walk.isLocked)
    #expect(walk.record.content == .new, "a sick endpoint is not gone back to")
    walk.set(.oldEndpoint, .pass)
    walk.pass(.hours(1))
    #expect(walk.record.content == .old)
    let unlock = try #require(walk.effects.firstIndex { $0.action == .unlockOrigin })
    let restore = try #require(
      walk.effects.lastIndex {
        if case .writeRecord(let write) = $0.action { write.value.content == .old } else { false }
      })
    #expect(unlock < restore)
  }

  @Test func R13_aRecordedBreakGlassOverridesTheHealthOfTheOldEndpoint() {
    var walk = Walk()
    walk.reach("soak.1")
    walk.set(.oldEndpoint, .fail)
    walk.pass(.hours(2))
    #expect(walk.say(.breakGlass) == .refused(.notRollingBack))
    walk.say(.rollback)
    walk.pass(.hours(1))
    #expect(walk.record.content == .new)
    #expect(walk.say(.breakGlass) == .accepted)
    walk.pass(.hours(1))
    #expect(walk.record.content == .old)
  }

  @Test func R14_theTTLIsRaisedOnlyAfterTheSoak() throws {
    var walk = Walk()
    walk.pass(.days(30))
    let cutOver = try #require(walk.firstWrite(of: .new))
    let raised = try #require(
      walk.writtenAt.first { $0.value == ServedValue(.new, walk.plan.waits.finalTTL) }?.at)
    var soaked = TimeSpan.zero
    for soak in walk.plan.waits.soaks { soaked += soak }
    #expect(raised - cutOver >= soaked)
  }

  @Test func R14_afterARollbackTheTTLStaysLowUntilSomeoneApproves() {
    var walk = Walk()
    walk.reach("soak.1")
    walk.approves = false
    walk.say(.rollback)
    walk.pass(.days(2))
    #expect(walk.record == ServedValue(.old, TTL(clamping: 60)))
    #expect(walk.decision.blockers.contains(.approval(.restoreTTL, missing: 1)))
    walk.approve(.restoreTTL)
    walk.pass(.hours(2))
    #expect(walk.record == ServedValue(.old, walk.plan.waits.declaredTTL))
    #expect(walk.state.ending == .rolledBack)
  }

  @Test func R14_theOldTTLMayAlsoBeDeclined() {
    var walk = Walk()
    walk.reach("soak.1")
    walk.approves = false
    walk.say(.rollback)
    walk.pass(.days(2))
    #expect(walk.say(.decline(.restoreTTL)) == .accepted)
    #expect(walk.state.ending == .rolledBack)
    #expect(walk.record.ttl.seconds == 60)
  }

  @Test func R15_aRollbackEndsThoughTheRouterIsGone() {
    var walk = Walk()
    walk.reach("soak.1")
    walk.isRouterReachable = false
    walk.kept = [.clean]
    walk.say(.rollback)
    walk.pass(.days(3))
    #expect(walk.record.content == .old)
    #expect(walk.state.ending == .rolledBack)
    #expect(walk.state.leftBehind == [.clean])
  }

  @Test(arguments: [
    "baseline", "audit", "ttl.lower.1", "ttl.lower.2", "ttl.lower.3", "router.own", "certificate",
    "router.bind", "prove", "approve.cutOver", "cutover", "soak.1",
    "approve.lockOrigin", "origin.lock", "soak.2", "ttl.raise", "approve.pointOfNoReturn",
  ])
  func R16_rollbackEndsInTheOldWorldFromEveryStep(step: String) {
    var walk = Walk()
    walk.approves = step.hasPrefix("approve") ? false : true
    if step == "approve.lockOrigin" || step == "approve.pointOfNoReturn" {
      for _ in 0..<40 where !walk.reach(step, within: .hours(12)) {
        for blocker in walk.decision.blockers {
          if case .approval(let gate, _) = blocker { walk.approve(gate) }
        }
      }
    }
    walk.reach(step)
    #expect(walk.say(.abort) == .accepted, "\(step)")
    walk.approves = true
    walk.pass(.days(10))
    #expect(walk.state.ending == .rolledBack, "\(walk.decision.blockers)")
    #expect(walk.record == ServedValue(.old, walk.plan.waits.declaredTTL))
    #expect(!walk.isLocked)
    #expect(walk.router == [])
  }

  @Test func R16_thereIsNoWayBackFromThePointOfNoReturn() {
    var walk = Walk()
    walk.kept = [.retire]
    walk.reach("retire")
    #expect(walk.say(.abort) == .refused(.pastPointOfNoReturn))
    #expect(walk.say(.rollback) == .refused(.pastPointOfNoReturn))
  }

  @Test func R16_anOpenWriteIsSettledBeforeAnythingIsUndone() {
    var walk = Walk()
    walk.kept = [.record]
    walk.pass(.days(4)) { $0.state.openEffect(for: .record) != nil }
    walk.feed(.recovered)
    #expect(walk.state.openEffects.count == 1)
    walk.say(.abort)
    let intended = walk.effects.count
    #expect(!walk.decision.blockers.isEmpty)
    walk.pass(.minutes(2))
    #expect(walk.effects.count == intended)
  }
}
