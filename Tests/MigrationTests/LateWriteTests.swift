// Tests bear the number of the rule they hold.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import DNSModel
import Migration
import Notation
import TestSupport
import Testing

/// R18: a write that was found not to have taken hold, and lands after all, is known again by its fence.
@Suite struct LateWriteTests {
  /// A first write whose time has run out, and that was not seen to take hold.
  private func givenUp() throws -> (walk: Walk, late: Effect, write: RecordWrite) {
    var walk = Walk()
    walk.kept = [.record]
    walk.pass(.hours(2)) { $0.state.openEffect(for: .record) != nil }
    let late = try #require(walk.state.openEffect(for: .record)?.effect)
    walk.feed(.effectEnded(number: late.number, .unknown))
    walk.pass(.hours(1)) { $0.state.openEffect(for: .record)?.effect != late }
    #expect(
      walk.facts.contains { $0.kind == .effectResolved(number: late.number, tookHold: false) })
    guard case .writeRecord(let write) = late.action else { throw NoWrite() }
    return (walk, late, write)
  }

  private struct NoWrite: Error {}

  private func tookHold(_ late: Effect, _ walk: Walk) -> Bool {
    walk.facts.contains { $0.kind == .effectResolved(number: late.number, tookHold: true) }
  }

  @Test(arguments: [true, false])
  func R18_ourOwnWriteThatLandsLateIsKnownByItsFence(isServedFirst: Bool) throws {
    var (walk, late, write) = try givenUp()
    // Before it is tried again.
    #expect(walk.state.openEffect(for: .record) == nil)
    walk.record = write.value
    walk.fence += 1
    if isServedFirst { walk.seeRecord() }
    #expect(walk.state.pauses == [])
    walk.pass(.minutes(20))
    #expect(tookHold(late, walk))
    #expect(walk.state.pauses == [] && walk.state.current == write.value)
    #expect(walk.effects.filter { $0.action.purpose == .record }.count == 1)
  }

  @Test(arguments: [true, false])
  func R19_theSameValueWithoutOurFenceIsAStrangers(isServedFirst: Bool) throws {
    var (walk, late, write) = try givenUp()
    walk.record = write.value
    if isServedFirst { walk.seeRecord() }
    walk.pass(.minutes(20))
    #expect(!tookHold(late, walk))
    #expect(walk.decision.standing == .held)
  }
}
