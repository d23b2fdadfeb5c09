// Tests bear the number of the rule they hold.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import DNSModel
import Migration
import Notation
import TestSupport
import Testing

/// What others do to the record while the move is busy with something else. Each of these was found by a
/// rehearsal, in one world of thousands.
@Suite struct StrangersMeanwhileTests {
  private static let low = TTL(clamping: 60)

  private func recordEffects(_ walk: Walk) -> [Effect] {
    walk.effects.filter { $0.action.purpose == .record }
  }

  /// A manual move whose next change of the record is in someone's hands.
  private func inSomeonesHands(_ walk: inout Walk) throws -> RecordWrite {
    let before = recordEffects(walk).count
    walk.pass(.days(3)) { recordEffects($0).count > before }
    let effect = try #require(recordEffects(walk).last)
    walk.feed(.effectEnded(number: effect.number, .handedOver))
    guard case .writeRecord(let write) = effect.action else { throw NoWrite() }
    return write
  }

  private struct NoWrite: Error {}

  private func byHand() -> Walk {
    var walk = Walk(SamplePlans.contoso(hasFence: false, isManual: true))
    walk.kept = [.record]
    return walk
  }

  @Test func R3_aPanelThatChangesNothingIsAnsweredForThoughNothingNewIsSeen() throws {
    var walk = byHand()
    walk.record = try inSomeonesHands(&walk).value
    walk.pass(.hours(1))
    // The router takes a minute to be cleaned: what it waits for is not the record.
    walk.kept = [.record, .clean]
    walk.say(.rollback)
    walk.pass(.minutes(1))
    let cleaning = try #require(walk.effects.last { $0.action == .cleanRouter })
    walk.perform(cleaning)
    _ = try inSomeonesHands(&walk)
    let open = try #require(walk.state.openEffect(for: .record))
    // The premise: what was last worth a fact was seen before the person was told.
    #expect(walk.state.view?.startedAt ?? .distantFuture < open.intendedAt)
    walk.pass(.hours(1))
    #expect(walk.say(.adopt) == .accepted)
    let isOpen = walk.state.openEffect(for: .record) != nil
    #expect(!isOpen)
  }

  @Test func R19_whatIsLetStandIsNotWrittenOverByAnEarlierDecision() throws {
    var walk = byHand()
    walk.finish("ttl.lower.1", within: .zero)
    walk.pass(.minutes(1)) { recordEffects($0).count > 0 }
    walk.record = ServedValue(.other(7), walk.plan.waits.declaredTTL)
    walk.say(.withdraw)
    walk.pass(.hours(1))
    #expect(walk.say(.overwrite) == .accepted)
    let write = try inSomeonesHands(&walk)
    // The panel puts back the data, with a TTL of its own.
    walk.record = ServedValue(write.value.content, TTL(clamping: 7_000))
    walk.pass(.hours(1)) { $0.decision.standing == .held }
    #expect(walk.say(.adopt) == .accepted)
    #expect(walk.state.current == walk.record)
    #expect(!walk.state.mustRepair)
  }

  @Test func R13_writingOverDriftTowardsASickOldEndpointIsHeld() {
    var walk = Walk()
    walk.finish("ttl.lower.1")
    walk.record = ServedValue(.other(7), Self.low)
    walk.set(.oldEndpoint, .fail)
    walk.pass(.hours(2)) { $0.decision.standing == .held }
    let writes = walk.writtenAt.count
    #expect(walk.say(.overwrite) == .accepted)
    walk.pass(.hours(2))
    #expect(walk.writtenAt.count == writes)
    #expect(walk.decision.blockers.contains(.evidence(.oldEndpoint, .fail)))
    walk.set(.oldEndpoint, .pass)
    walk.pass(.hours(2)) { $0.writtenAt.count > writes }
    #expect(walk.writtenAt.last?.value.content == .old)
  }

  @Test func R13_theGlassIsBrokenForOneRepairOnly() {
    var walk = Walk()
    walk.finish("ttl.lower.1")
    #expect(walk.say(.breakGlass) == .refused(.notRollingBack))
    walk.record = ServedValue(.other(7), Self.low)
    walk.set(.oldEndpoint, .fail)
    walk.pass(.hours(2)) { $0.decision.standing == .held }
    walk.say(.overwrite)
    #expect(walk.say(.breakGlass) == .accepted)
    walk.pass(.hours(1)) { $0.record.content == .old }
    #expect(walk.record.content == .old)
    #expect(!walk.state.hasBrokenGlass)
  }

  @Test func R15_theRouterKeepsANameThatAStrangerJustPutThere() {
    var walk = Walk()
    walk.finish("router.bind")
    walk.seeRecord()
    // Not looked at again before somebody aborts.
    walk.record = ServedValue(.new, walk.record.ttl)
    walk.now = Now(safe: walk.now.safe + .minutes(10), wall: walk.now.wall + .minutes(10))
    walk.say(.abort)
    walk.pass(.hours(1))
    #expect(walk.router.contains(.bound))
    #expect(walk.decision.standing == .held)
  }

  @Test func R19_aCutoverThatIsUndoneBeforeItWasSeenEverywhereIsDrift() throws {
    var walk = Walk()
    walk.reach("cutover")
    walk.pass(.days(3)) { $0.record.content == .new }
    // One authority is slow, so the cutover is not settled; then somebody puts the old record back.
    walk.otherAnswers = [.value(ServedValue(.old, Self.low))]
    walk.pass(.minutes(3))
    let isSettled = walk.state.isSettled
    #expect(!isSettled)
    walk.record = ServedValue(.old, Self.low)
    walk.pass(.hours(1)) { $0.decision.standing == .held }
    #expect(walk.decision.standing == .held)
  }

  @Test func R19_aChangeByHandThatWasLetStandAndIsGoneAgainIsDrift() throws {
    var walk = byHand()
    let declared = walk.record
    _ = try inSomeonesHands(&walk)
    walk.otherAnswers = [.value(declared)]
    walk.record = ServedValue(.old, TTL(clamping: 7_000))
    walk.pass(.hours(1)) { $0.decision.standing == .held }
    #expect(walk.say(.adopt) == .accepted)
    #expect(walk.decision.standing != .held)
    walk.record = declared
    walk.pass(.hours(1)) { $0.decision.standing == .held }
    #expect(walk.decision.standing == .held)
  }

  @Test func R18_aCutoverWhoseTimeRanOutIsFencedOffBeforeTheRollbackEnds() throws {
    var walk = Walk()
    walk.reach("cutover")
    walk.kept = [.record]
    let before = recordEffects(walk).count
    walk.pass(.days(3)) { recordEffects($0).count > before }
    let cutOver = try #require(recordEffects(walk).last)
    guard case .writeRecord(let late) = cutOver.action else { throw NoWrite() }
    walk.feed(.effectEnded(number: cutOver.number, .unknown))
    walk.say(.rollback)
    walk.kept = []
    walk.pass(.days(2)) { $0.effects.contains { $0.action == .cleanRouter } }
    // It lands now, and finds another fence.
    #expect(late.fence != walk.fence)
    walk.pass(.days(2))
    #expect(walk.state.ending == .rolledBack)
  }
}
