// Tests bear the number of the rule they hold.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import DNSModel
import Migration
import Notation
import TestSupport
import Testing

/// R9 to R16: certificates, and the way back.
@Suite struct RollbackRuleTests {
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

  @Test func R16_thereIsNoWayBackFromThePointOfNoReturn() {
    var walk = Walk()
    walk.kept = [.retire]
    walk.reach("retire")
    #expect(walk.say(.abort) == .refused(.pastPointOfNoReturn))
    #expect(walk.say(.rollback) == .refused(.pastPointOfNoReturn))
  }
}
