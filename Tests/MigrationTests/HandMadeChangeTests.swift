// Tests bear the number of the rule they hold.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import DNSModel
import Migration
import Notation
import TestSupport
import Testing

/// Changes that a person makes: they may land at any time, until seen or withdrawn.
@Suite struct HandMadeChangeTests {
  /// People make every change at once, until a write of `content` is in their hands.
  private func handedOver(_ content: RecordContent) throws -> (walk: Walk, effect: Effect) {
    var walk = Walk(SamplePlans.contoso(hasFence: false, isManual: true))
    walk.kept = [.record]
    var handed = 0
    for _ in 0..<16 {
      walk.pass(.days(5)) {
        $0.effects.contains { $0.action.purpose == .record && $0.number > handed }
      }
      let effect = try #require(
        walk.effects.last { $0.action.purpose == .record && $0.number > handed })
      handed = Int(effect.number)
      walk.feed(.effectEnded(number: effect.number, .handedOver))
      guard case .writeRecord(let write) = effect.action else { continue }
      if write.value.content == content { return (walk, effect) }
      walk.now = Now(safe: walk.now.safe + .minutes(5), wall: walk.now.wall + .minutes(5))
      walk.record = write.value
    }
    throw NeverHandedOver()
  }

  private struct NeverHandedOver: Error {}

  private func isOpen(_ walk: Walk) -> Bool { walk.state.openEffect(for: .record) != nil }

  @Test func R3_otherDataIsThePersonsWhateverTTLThePanelMadeOfIt() throws {
    var (walk, effect) = try handedOver(.new)
    walk.record = ServedValue(.new, TTL(clamping: 300))
    walk.pass(.hours(1))
    let kinds = walk.facts.map(\.kind)
    #expect(kinds.contains(.effectResolved(number: effect.number, tookHold: true)))
    #expect(kinds.contains(.ttlRounded(asked: TTL(clamping: 60), served: TTL(clamping: 300))))
    #expect(walk.state.current == ServedValue(.new, TTL(clamping: 300)))
    #expect(walk.decision.standing != .held)
  }

  @Test func R3_aTTLOfThePanelsOwnIsShownAndStandsWhenAPersonSaysSo() throws {
    var (walk, _) = try handedOver(.old)
    walk.record.ttl = TTL(clamping: 20_000)
    walk.pass(.hours(1))
    #expect(walk.decision.standing == .held)
    #expect(walk.say(.adopt) == .accepted)
    walk.pass(.hours(1))
    let stillOpen = isOpen(walk)
    #expect(!stillOpen)
    let isDone = walk.state.isDone(walk.plan.index(of: "ttl.lower.1") ?? 0)
    #expect(isDone)
  }

  @Test func R3_aFloorThatShowsNoChangeIsSaidToBeOne() throws {
    var (walk, _) = try handedOver(.old)
    walk.pass(.hours(1))
    #expect(walk.say(.adopt) == .accepted)
    let stillOpen = isOpen(walk)
    #expect(!stillOpen)
    #expect(walk.state.current == ServedValue(.old, walk.plan.waits.declaredTTL))
    #expect(walk.state.ending == nil)
  }

  @Test func R1_whatWasSeenBeforeThePersonWasToldIsNotTheirDoing() throws {
    var (walk, effect) = try handedOver(.new)
    guard case .writeRecord(let write) = effect.action else { return }
    let early = walk.now.safe - .minutes(1)
    walk.feed(
      .roundSeen(
        AuthoritativeRound(
          startedAt: early, completedAt: walk.now.safe, authorities: [Walk.server],
          answers: [.value(write.value)])))
    let isOpenStill = isOpen(walk)
    #expect(isOpenStill)
    walk.record = write.value
    walk.pass(.hours(1))
    let isSettled = !isOpen(walk)
    #expect(isSettled)
  }

  @Test func R19_aChangeInSomeonesHandsHidesNoStranger() throws {
    var (walk, _) = try handedOver(.new)
    // A value we know, put back by nobody of ours.
    walk.record = ServedValue(.old, walk.plan.waits.declaredTTL)
    walk.pass(.hours(1))
    #expect(walk.decision.standing == .held)
  }

  @Test func R19_aTTLThatTheProviderDoesNotHoldIsNobodysRounding() {
    var walk = Walk(SamplePlans.contoso(hasFence: false))
    walk.pass(.hours(2)) { $0.writtenAt.count == 1 }
    walk.look(LookPlan.Slot.provider)
    walk.record.ttl = TTL(clamping: 7_000)
    walk.seeRecord()
    #expect(walk.decision.standing == .held)
  }

  @Test func R16_theWayBackWaitsForTheChangeUntilItIsWithdrawn() throws {
    var (walk, _) = try handedOver(.new)
    #expect(walk.say(.rollback) == .accepted)
    walk.pass(.hours(2))
    #expect(walk.decision.blockers.contains(.openEffect(.record, until: .distantFuture)))
    #expect(walk.say(.withdraw) == .accepted)
    walk.pass(.minutes(1)) { !isOpen($0) }
    #expect(!walk.decision.blockers.contains(.openEffect(.record, until: .distantFuture)))
  }

  /// On the way back the same data is written again, to be sure of it; the panel has a floor.
  @Test func R22_onTheWayBackAPanelsFloorIsSaidToBeOneThoughTheNameWasFlippedMeanwhile() throws {
    var (walk, effect) = try handedOver(.new)
    guard case .writeRecord(let write) = effect.action else { return }
    walk.record = write.value
    walk.pass(.hours(1)) { $0.state.isSettled && $0.state.current == write.value }
    let floored = ServedValue(.old, TTL(clamping: 300))
    walk.record = floored
    walk.pass(.hours(1)) { $0.decision.standing == .held }
    #expect(walk.say(.rollback) == .accepted)
    #expect(walk.say(.overwrite) == .accepted)
    walk.pass(.hours(1)) { isOpen($0) }
    let told = try #require(walk.state.openEffect(for: .record)?.effect)
    walk.feed(.effectEnded(number: told.number, .handedOver))
    walk.pass(.hours(1))
    let isWaiting = isOpen(walk)
    #expect(isWaiting)
    #expect(walk.say(.adopt) == .accepted)
    let isOpenStill = isOpen(walk)
    #expect(!isOpenStill)
    #expect(walk.state.current == floored && walk.state.ending == nil)
    walk.kept = []
    walk.pass(.days(5)) { $0.state.ending != nil }
    #expect(walk.state.ending == .rolledBack)
  }
}
