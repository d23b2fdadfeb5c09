import Engine
import Migration
import Notation
import Testing

@Suite struct SafeClockTests {
  let start = ClockReading(
    bootID: "one", wall: UTCInstant(seconds: 1_000_000), sinceBoot: .hours(1), isSynchronised: true)

  func later(
    _ reading: ClockReading, wall: TimeSpan, boot: TimeSpan, bootID: String = "one",
    synchronised: Bool = true
  ) -> ClockReading {
    ClockReading(
      bootID: bootID, wall: reading.wall + wall, sinceBoot: reading.sinceBoot + boot,
      isSynchronised: synchronised)
  }

  @Test func goesWithBothClocksWhileTheyAgree() {
    var clock = SafeClock(startingAt: start)
    let now = clock.advance(to: later(start, wall: .seconds(5), boot: .seconds(5)))
    #expect(now.safe == start.wall + .seconds(5) && now.wall == now.safe)
    #expect(clock.disagreement == .zero)
  }

  @Test func noStepOfTheWallBringsItForward() {
    var clock = SafeClock(startingAt: start)
    let ahead = later(start, wall: .days(2), boot: .seconds(1))
    #expect(clock.advance(to: ahead).safe == start.wall + .seconds(1))
    #expect(clock.disagreement == .days(2) - .seconds(1))
    let back = later(ahead, wall: .zero - .days(4), boot: .seconds(1))
    #expect(clock.advance(to: back).safe == start.wall + .seconds(1))
    let on = later(back, wall: .seconds(9), boot: .seconds(9))
    #expect(clock.advance(to: on).safe == start.wall + .seconds(10))
  }

  @Test func aSlowWallHoldsItBack() {
    var clock = SafeClock(startingAt: start)
    let now = clock.advance(to: later(start, wall: .seconds(3), boot: .seconds(8)))
    #expect(now.safe == start.wall + .seconds(3))
  }

  @Test func acrossStartsOnlyAClockThatIsKeptRightCounts() {
    let reading = later(start, wall: .days(1), boot: .zero, bootID: "two")
    var trusted = SafeClock(startingAt: start)
    #expect(trusted.advance(to: reading).safe == start.wall + .days(1))
    let drifting = later(
      start, wall: .days(1), boot: .zero, bootID: "two", synchronised: false)
    var untrusted = SafeClock(startingAt: start)
    #expect(untrusted.advance(to: drifting).safe == start.wall)
  }

  /// What was written down a minute after the clock was stored lies within the time since: a restart
  /// must not count it twice.
  @Test func aRestartDoesNotBringItForward() {
    let floor = start.wall + .seconds(50)
    var clock = SafeClock(stored: start, safe: start.wall, floor: floor)
    let soon = clock.advance(to: later(start, wall: .seconds(51), boot: .seconds(51)))
    #expect(soon.safe == start.wall + .seconds(51))
  }

  @Test func neverGoesBehindWhatWasWrittenDown() {
    let floor = start.wall + .hours(3)
    var clock = SafeClock(stored: start, safe: start.wall, floor: floor)
    #expect(clock.advance(to: start).safe == floor)
  }
}
