// Tests bear the number of the rule they hold.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import DNSModel
import Migration
import Notation
import TestSupport
import Testing

/// R19: a decision to write over what a stranger put there is about what was shown, and about nothing that
/// comes afterwards.
@Suite struct OverwriteDecisionTests {
  static let first = ServedValue(.other(7), TTL(clamping: 60))
  static let second = ServedValue(.other(8), TTL(clamping: 60))
  static let before = ServedValue(.old, TTL(clamping: 172_800))

  /// A stranger's value was seen, a person said to write over it, and it has not been done yet.
  private func decided() -> Walk {
    var walk = Walk()
    walk.finish("ttl.lower.1")
    walk.record = Self.first
    walk.pass(.hours(3)) { $0.state.pauses.contains(.drift) }
    let answer = walk.say(.overwrite)
    #expect(answer == .accepted)
    return walk
  }

  @Test(arguments: [second, before])
  func R19_whatComesAfterTheDecisionNeedsAnother(value: ServedValue) {
    var walk = decided()
    let writes = walk.writtenAt.count
    walk.record = value
    walk.pass(.hours(5))
    #expect(walk.writtenAt.count == writes)
    #expect(walk.record == value)
    #expect(walk.decision.standing == .held)
    #expect(walk.say(.resume) == .refused(.driftMustBeDecided))
    #expect(walk.say(.overwrite) == .accepted)
    walk.pass(.hours(2))
    #expect(walk.record == walk.state.current && walk.writtenAt.count > writes)
    #expect(!walk.state.mustRepair)
  }

  @Test func R19_aSecondStrangerOnOneAuthorityIsNoticedBeforeTheFirstIsWrittenOver() {
    var walk = decided()
    walk.otherAnswers = [.value(Self.second)]
    walk.seeRecord()
    #expect(walk.decision.standing == .held)
    #expect(walk.record == Self.first)
  }

  @Test func R19_whatWasShownIsWrittenOverWithoutAskingAgain() {
    var walk = decided()
    walk.pass(.minutes(5))
    #expect(walk.record == walk.state.current && walk.record.content == .old)
    #expect(!walk.state.mustRepair && walk.state.pauses == [])
  }

  /// What the record said before is not known: nothing can be put in place of what is there.
  @Test func R19_beforeTheOldRecordWasSeenNothingIsWrittenOver() {
    var walk = Walk(served: Self.first)
    walk.pass(.hours(1)) { $0.decision.standing == .held }
    #expect(walk.say(.overwrite) == .refused(.nothingToPutBack))
    walk.record = Self.before
    walk.pass(.hours(1))
    #expect(walk.say(.abort) == .accepted)
    #expect(walk.state.ending == .rolledBack && walk.writtenAt.isEmpty)
  }
}
