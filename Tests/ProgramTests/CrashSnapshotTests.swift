import DNSProviders
import Migration
import Notation
import TestSupport
import Testing

/// Killed after every commit and after every effect, and gone on from what that left: the same end, each
/// effect once, the zone as without a crash. The clock is injected; store, provider, observers and DNS
/// server are the real ones.
@Suite struct CrashSnapshotTests {
  struct Course: Sendable, CustomStringConvertible {
    let turnsBackAfter: String?
    let end: Standing
    let writes: UInt64
    var description: String { turnsBackAfter.map { "rolled back after \($0)" } ?? "to the end" }
  }

  /// Lower, cut over, raise; or lower, cut over, restore and give the old TTL back.
  static let courses = [
    Course(turnsBackAfter: nil, end: .moved, writes: 3),
    Course(turnsBackAfter: "origin.lock", end: .rolledBack, writes: 4),
  ]

  /// Every crash is gone on from for a few commits. Those at an effect, where something could be lost or
  /// done twice, are gone on from to the end; in the long tier all are.
  @Test(arguments: courses)
  func everyCrashComesToTheSameEnd(course: Course) throws {
    let bed = try CrashBed(turnsBackAfter: course.turnsBackAfter)
    let whole = try bed.runOnce()
    #expect(whole.standing == course.end && whole.broken == nil)
    #expect(whole.fence == course.writes && whole.isLocked == (course.end == .moved))
    let remains = bed.remains
    let effects = remains.indices.filter { remains[$0].isEffect }
    #expect(remains.count > 30 && effects.count == whole.performed.count, "\(remains.count)")
    for index in remains.indices {
      let left = remains[index]
      // The intent is written down just before, its outcome just after.
      let isNearEffect = left.isEffect || effects.contains(index + 1)
      // At once, or long after whatever was under way can still land.
      let later: TimeSpan = index % 2 == 0 ? .milliseconds(200) : .minutes(3)
      let goesOn = isNearEffect || Soak.isOn
      var again = try bed.goOn(from: left, later: later, commits: goesOn ? .max : 2)
      #expect(Set(again.performed).count == again.performed.count, "\(left.what): \(again)")
      #expect(again.broken == nil, "\(left.what)")
      if goesOn {
        again.performed = whole.performed
        #expect(again == whole, "killed after \(left.what)")
      }
    }
  }

  /// From every step, the lock, the soaks and the last change included, undoing ends in the record that was
  /// there, with the old endpoint's doors open.
  /// (Once the TTL is raised nothing is left to wait for: the report ends it.)
  @Test(arguments: CrashBed.plan.steps.map(\.id).dropLast(2))
  func everyStepCanBeTurnedBack(step: String) throws {
    let outcome = try CrashBed(turnsBackAfter: step).runAfresh()
    #expect(outcome.standing == .rolledBack && outcome.broken == nil, "\(outcome)")
    #expect(outcome.content == CrashBed.beginning.content, "\(outcome)")
    #expect(!outcome.isLocked)
    #expect(Set(outcome.performed).count == outcome.performed.count)
  }
}
