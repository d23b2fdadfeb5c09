import DNSModel
import DNSProviders
import DNSTransport
import Migration
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

/// What goes wrong between the engine and the world, with the real store, provider, observers and server, on
/// an injected clock: the same end, and each effect once.
@Suite struct MishapTests {
  typealias Course = CrashSnapshotTests.Course

  static let mishaps: [(mishap: LossyPath.Mishap, every: Int)] = [
    (.replyLost, 1), (.late(.milliseconds(200)), 2), (.late(.seconds(3)), 2),
    (.late(.minutes(4)), 2),
  ]

  /// The reply is lost and the update took hold; or it arrives late: before the engine has looked, after it
  /// has tried again, and when its old value has long been true once more.
  @Test(arguments: CrashSnapshotTests.courses)
  func aLostReplyAndALateUpdateAreOneEffect(course: Course) throws {
    let bed = try CrashBed(turnsBackAfter: course.turnsBackAfter)
    var whole = try bed.runAfresh()
    whole.performed = []
    var refusedLate = 0
    for (mishap, every) in Self.mishaps {
      let path = try LossyPath(to: bed.primary.address, mishap: mishap, every: every)
      defer { path.stop() }
      bed.path = path
      var outcome = try bed.runAfresh()
      #expect(path.mishaps >= 2, "\(mishap): \(path.mishaps)")
      #expect(Set(outcome.performed).count == outcome.performed.count, "\(outcome)")
      outcome.performed = []
      #expect(outcome == whole, "\(mishap)")
      #expect(outcome.fence == course.writes, "\(mishap): \(path.lateReplies)")
      refusedLate += path.lateReplies.count { $0 != .noError }
    }
    // Some came too late, and the fence refused them.
    #expect(refusedLate > 0)
  }

  /// The wall is set two days off and back, at any commit: no wait opens early, and none lasts for ever.
  @Test(arguments: CrashSnapshotTests.courses)
  func stepsOfTheWallClockOpenNoWaitEarly(course: Course) throws {
    let bed = try CrashBed(turnsBackAfter: course.turnsBackAfter)
    var commits = 0
    bed.afterCommit = { commits = $0 }
    let whole = try bed.runAfresh()
    let usual = Self.gaps(bed)
    #expect(usual.contains { $0 >= .seconds(10) }, "nothing to wait for: \(usual)")
    let stride = stride(from: 1, to: commits, by: Soak.isOn ? 1 : 6)
    for (number, first) in stride.enumerated() {
      let step = number.isMultiple(of: 2) ? TimeSpan.days(2) : .zero - .days(2)
      bed.afterCommit = { [clock = bed.clock] count in
        if count == first { clock.wallError = step }
        if count == first + 4 { clock.wallError = .zero }
      }
      let outcome = try bed.runAfresh()
      #expect(outcome == whole, "\(step) after \(first) commits")
      for (gap, other) in zip(Self.gaps(bed), usual) {
        #expect(gap >= other - .milliseconds(100), "\(step) after \(first) commits")
        #expect(gap < other + .minutes(5), "\(step) after \(first) commits")
      }
    }
  }

  /// Killed, and the wall is two days off when it is back: after a restart of the process, and of the machine
  /// with nothing that keeps its clock right. Nothing comes earlier than after a restart with a right clock.
  @Test(arguments: CrashSnapshotTests.courses)
  func aWallThatIsOffAfterARestartChangesNothing(course: Course) throws {
    let bed = try CrashBed(turnsBackAfter: course.turnsBackAfter)
    var whole = try bed.runOnce()
    whole.performed = []
    for (number, left) in bed.remains.enumerated() where number % (Soak.isOn ? 1 : 9) == 3 {
      _ = try bed.goOn(from: left, later: .milliseconds(200))
      let usual = bed.effectTimes
      bed.clock.wallError = number.isMultiple(of: 2) ? .days(2) : .zero - .days(2)
      bed.clock.bootID = number % 3 == 0 ? "two" : "one"
      bed.clock.isSynchronised = number % 3 != 0
      var again = try bed.goOn(from: left, later: .milliseconds(200))
      let times = bed.effectTimes
      bed.clock.wallError = .zero
      bed.clock.bootID = "one"
      bed.clock.isSynchronised = true
      #expect(times.count == usual.count, "\(left.what)")
      for (at, other) in zip(times, usual) {
        #expect(at >= other - .milliseconds(100), "\(left.what): an effect came early")
      }
      again.performed = []
      #expect(again == whole, "\(left.what)")
    }
  }

  /// Before anything is changed the key is tried with an update that replaces the record by itself. One that
  /// arrives when the TTL has come down meanwhile does not put it up again.
  @Test func aTrialOfTheKeyThatArrivesLateChangesNothing() throws {
    let primary = try UpdatablePrimary(.ours, ttl: 20)
    let sent = Mutex<[[UInt8]]>([])
    let path = try UpdatePath(to: primary.address) { bytes in
      sent.withLock { $0.append(bytes) }
      return .swallowed
    }
    defer { path.stop() }
    // What was not answered proves nothing.
    let findings = primary.provider(at: path.address).preflight()
    #expect(findings.contains { $0.weight == .blocker }, "\(findings)")
    let provider = primary.provider()
    let old = AliasRecord(target: "old.example.net", ttl: TTL(clamping: 20))
    let low = AliasRecord(target: "old.example.net", ttl: TTL(clamping: 5))
    let change = AliasChange(expected: old, wanted: low, fence: try provider.read().fence ?? 0)
    #expect(provider.change(change) == .applied)
    let trials = sent.withLock { $0 }
    #expect(trials.count == 1)
    for bytes in trials {
      guard
        case .answered(let reply) = StreamExchange.ask(
          bytes, of: primary.address, within: .seconds(10))
      else {
        Issue.record("the late trial was not answered")
        continue
      }
      #expect(try Message(parsing: reply).responseCode == .setExists)
    }
    #expect(try provider.read().content == .alias(low))
  }

  private static func gaps(_ bed: CrashBed) -> [TimeSpan] {
    zip(bed.effectTimes, bed.effectTimes.dropFirst()).map { $1 - $0 }
  }
}
