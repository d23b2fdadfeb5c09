import DNSModel
import Migration
import Notation
import TestSupport
import Testing

/// When a change window is used, waited for, or missed.
@Suite struct ChangeWindowTests {
  /// An hour each: the first while caches still hold the old TTL, the others after that.
  static let opens = [1, 5, 9].map { Walk.start + .days($0) }
  static let windows = opens.map { ChangeWindow(opens: $0, closes: $0 + .hours(1)) }

  static func plan(holds: Bool, windows: [ChangeWindow] = windows) -> CompiledPlan {
    var plan = SamplePlans.contoso(changeWindows: windows)
    plan.holdsWhenWindowMissed = holds
    return plan
  }

  /// Nobody approves, so the window at day 5 goes by unused.
  static func walkPastTheSecond(holds: Bool) -> Walk {
    var walk = Walk(plan(holds: holds))
    walk.approves = false
    walk.pass(.days(6))
    return walk
  }

  @Test func aWindowThatCachesKeptShutIsNotMissed() {
    var walk = Walk(Self.plan(holds: true))
    walk.pass(.days(4))
    #expect(walk.decision.standing != .held)
    walk.pass(.days(2))
    let at = walk.firstWrite(of: .new)
    #expect(at.map { Self.opens[1] <= $0 && $0 < Self.opens[1] + .hours(1) } == true)
  }

  @Test func aMissedWindowHoldsWhereThePlanSaysSo() {
    var walk = Self.walkPastTheSecond(holds: true)
    walk.approves = true
    walk.pass(.days(1))
    #expect(walk.decision.standing == .held)
    #expect(walk.state.pauses.contains(.missedWindow))
    #expect(walk.say(.resume) == .accepted)
    walk.pass(.days(1))
    #expect(walk.firstWrite(of: .new) == nil)
    walk.pass(.days(3))
    let at = walk.firstWrite(of: .new)
    #expect(at.map { Self.opens[2] <= $0 && $0 < Self.opens[2] + .hours(1) } == true)
  }

  @Test func aMissedWindowIsWaitedOutWhereThePlanSaysSo() {
    var walk = Self.walkPastTheSecond(holds: false)
    walk.approves = true
    walk.pass(.days(1))
    #expect(walk.decision.standing != .held)
    walk.pass(.days(4))
    #expect(walk.firstWrite(of: .new).map { $0 >= Self.opens[2] } == true)
  }

  @Test(arguments: [true, false])
  func afterTheLastOneAPersonDecides(holds: Bool) {
    var walk = Walk(Self.plan(holds: holds, windows: Array(Self.windows.prefix(2))))
    walk.approves = false
    walk.pass(.days(6))
    walk.approves = true
    walk.pass(.days(1))
    #expect(walk.decision.standing == .held)
    #expect(walk.say(.resume) == .accepted)
    walk.pass(.days(1))
    #expect(walk.firstWrite(of: .new) != nil)
  }

  @Test func aWeeklyWindowIsThereAYearFromNow() {
    let rule = ChangeWindowPlan.Rule.weekly(days: [1], opens: 600, closes: 660)
    let plan = ChangeWindowPlan(timeZone: "UTC", rules: [rule])
    let windows = plan.windows(from: Walk.start, in: .utc)
    #expect(windows.last.map { $0.opens > Walk.start + .days(365) } == true)
  }
}
