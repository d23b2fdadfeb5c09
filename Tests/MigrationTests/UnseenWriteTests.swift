// Tests bear the number of the rule they hold.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import DNSModel
import Migration
import Notation
import TestSupport
import Testing

/// What became of a write, and what a provider made of it, when strangers were quicker than our looks. Each of
/// these was found by a rehearsal, in one world of tens of thousands.
@Suite struct UnseenWriteTests {
  private static let floor = TTL(clamping: 3600)
  private static let declared = ServedValue(.old, TTL(clamping: 172_800))

  private struct NoWrite: Error {}

  /// A walk whose next change of the record is under way, and nobody knows what became of it.
  private func underWay(_ walk: inout Walk, within span: TimeSpan = .days(4)) throws -> RecordWrite
  {
    walk.kept = [.record]
    walk.pass(span) { $0.state.openEffect(for: .record) != nil }
    let effect = try #require(walk.state.openEffect(for: .record)?.effect)
    walk.feed(.effectEnded(number: effect.number, .unknown))
    walk.kept = []
    guard case .writeRecord(let write) = effect.action else { throw NoWrite() }
    return write
  }

  private func isRounded(_ walk: Walk) -> Bool {
    walk.facts.contains { if case .ttlRounded = $0.kind { true } else { false } }
  }

  private func tookHold(_ walk: Walk) -> Bool {
    walk.facts.contains {
      if case .effectResolved(_, tookHold: true) = $0.kind { true } else { false }
    }
  }

  @Test func R3_aFloorThatIsKnownCountsForAWriteThatNobodySawServed() {
    var walk = Walk()
    walk.floor = Self.floor
    walk.reach("cutover")
    walk.pass(.days(4)) { $0.record.content == .new }
    let flipped = walk.now.safe
    #expect(walk.record == ServedValue(.new, Self.floor))
    // Taken away before anyone looked; clients may have been quicker.
    walk.record = ServedValue(.absent, TTL(clamping: 60))
    walk.pass(.hours(1)) { $0.decision.standing == .held }
    walk.say(.rollback)
    #expect(walk.say(.overwrite) == .accepted)
    walk.pass(.days(1)) { $0.effects.contains { $0.action == .cleanRouter } }
    #expect(walk.effects.contains { $0.action == .cleanRouter })
    #expect(walk.now.safe >= flipped + Self.floor.span)
  }

  @Test func R3_onceAnyoneServesWhatWasAskedForAnotherTTLIsNoRounding() {
    var walk = Walk()
    walk.pass(.hours(2)) { $0.record != Self.declared }
    // One authority is slow, so that the change is not settled.
    walk.otherAnswers = [.value(Self.declared)]
    walk.seeRecord()
    walk.record = ServedValue(.old, TTL(clamping: 7_000))
    walk.pass(.hours(1)) { $0.decision.standing == .held }
    #expect(walk.decision.standing == .held)
    #expect(!isRounded(walk))
  }

  @Test func R3_alsoWhenItWasServedBeforeItWasKnownToHaveTakenHold() throws {
    var walk = Walk()
    walk.record = try underWay(&walk).value
    walk.fence += 1
    walk.seeRecord()
    walk.record = ServedValue(.old, TTL(clamping: 7_000))
    walk.pass(.hours(1)) { $0.decision.standing == .held }
    #expect(tookHold(walk))
    #expect(walk.decision.standing == .held)
    #expect(!isRounded(walk))
  }

  @Test func R3_whatAProviderMakesOfAWriteOfUnknownOutcomeIsNoDrift() throws {
    var walk = Walk()
    let write = try underWay(&walk)
    walk.record = ServedValue(write.value.content, TTL(clamping: 20_000))
    walk.fence += 1
    walk.seeRecord()
    #expect(walk.state.pauses == [])
    walk.pass(.minutes(20))
    #expect(tookHold(walk) && isRounded(walk))
    #expect(walk.state.pauses == [] && walk.state.current == walk.record)
  }

  /// Decided upon was what one authority served; meanwhile ours landed, with a TTL of the provider's making.
  @Test func R22_aDecisionThatMeetsOurOwnRoundedWriteIsAskedForAgain() throws {
    var walk = Walk()
    let write = try underWay(&walk)
    walk.otherAnswers = [.value(ServedValue(.other(7), TTL(clamping: 60)))]
    walk.seeRecord()
    #expect(walk.state.pauses.contains(.drift))
    walk.record = ServedValue(write.value.content, TTL(clamping: 20_000))
    walk.fence += 1
    walk.look(LookPlan.Slot.provider)
    #expect(tookHold(walk))
    #expect(walk.say(.overwrite) == .accepted)
    walk.otherAnswers = []
    walk.pass(.hours(1)) { $0.decision.standing == .held }
    // It says what it waits for, and a person can answer.
    if walk.decision.standing == .held { #expect(walk.say(.overwrite) == .accepted) }
    walk.pass(.hours(1))
    #expect(!walk.state.mustRepair && walk.state.pauses == [])
    #expect(walk.state.isSettled && walk.state.current == walk.record)
  }

  @Test func R19_ourWriteLandedThoughAStrangerPutBackTheOldValueSince() throws {
    var walk = Walk()
    walk.reach("cutover")
    let write = try underWay(&walk)
    #expect(write.value.content == .new)
    let writes = walk.effects.filter { $0.action.purpose == .record }.count
    // Nobody but this write replaces the fence.
    walk.fence += 1
    walk.pass(.hours(1)) { $0.decision.standing == .held }
    #expect(tookHold(walk))
    #expect(walk.decision.standing == .held)
    #expect(walk.effects.filter { $0.action.purpose == .record }.count == writes)
    #expect(walk.say(.overwrite) == .accepted)
    walk.pass(.hours(1)) { $0.record.content == .new }
    #expect(walk.record.content == .new)
  }

  /// A stranger went lower than the next stair, and a person let it stand while one authority is slow.
  @Test func R14_aTTLBelowTheStairIsWaitedForAndNotRaisedToIt() {
    var walk = Walk()
    walk.finish("ttl.lower.1")
    let writes = walk.writtenAt.count
    walk.otherAnswers = [.value(walk.record)]
    walk.record.ttl = TTL(clamping: 30)
    walk.pass(.hours(3)) { $0.decision.standing == .held }
    #expect(walk.say(.adopt) == .accepted)
    walk.pass(.days(4))
    #expect(walk.writtenAt.count == writes && walk.record.ttl == TTL(clamping: 30))
    #expect(!walk.state.isSettled)
    walk.otherAnswers = []
    let isDown = walk.finish("ttl.lower.3")
    #expect(isDown)
    #expect(walk.record.ttl == TTL(clamping: 30))
  }

  @Test func R19_whichOfTwoEqualWritesLeftTheFenceMakesNoDifference() throws {
    var walk = Walk()
    let first = try underWay(&walk)
    // Its time runs out, and the same is asked for again.
    walk.pass(.hours(2)) { $0.state.openEffect(for: .record) == nil }
    let second = try underWay(&walk)
    #expect(first == second && !tookHold(walk))
    walk.fence += 1
    walk.record = ServedValue(.absent, TTL(clamping: 60))
    walk.look(LookPlan.Slot.provider)
    #expect(tookHold(walk) && walk.state.current == second.value)
  }
}
