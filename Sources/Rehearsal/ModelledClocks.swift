import Engine
import Migration
import Notation

/// The machine's clocks: the wall is stepped by people and daemons, the boot clock starts anew with
/// each boot. Safe time comes from the production `SafeClock`.
struct ModelledClocks {
  private let start: UTCInstant
  private let steps: [Scenario.ClockStep]
  private let reboots: [TimeSpan]
  private var nextStep = 0
  private var nextReboot = 0
  private var offset = TimeSpan.zero
  private var bootedAt: UTCInstant
  private var bootID = "boot 0"
  private var clock: SafeClock
  private(set) var now: Now
  /// The last advance went over a restart of the machine.
  private(set) var hasRebooted = false

  init(start: UTCInstant, scenario: Scenario) {
    self.start = start
    steps = scenario.clockSteps
    reboots = scenario.reboots
    bootedAt = start - .days(1)
    clock = SafeClock(
      startingAt: ClockReading(
        bootID: bootID, wall: start, sinceBoot: .days(1), isSynchronised: true))
    now = Now(start)
  }

  var nextMoment: UTCInstant? {
    var next: UTCInstant?
    if nextStep < steps.count { next = start + steps[nextStep].at }
    if nextReboot < reboots.count {
      next = min(next ?? .distantFuture, start + reboots[nextReboot])
    }
    return next
  }

  mutating func advance(to time: UTCInstant) {
    hasRebooted = false
    while nextStep < steps.count, start + steps[nextStep].at <= time {
      offset += steps[nextStep].by
      nextStep += 1
    }
    while nextReboot < reboots.count, start + reboots[nextReboot] <= time {
      nextReboot += 1
      bootedAt = time
      bootID = "boot \(nextReboot)"
      hasRebooted = true
    }
    // A stepped wall is no synchronised one.
    now = clock.advance(
      to: ClockReading(
        bootID: bootID, wall: time + offset, sinceBoot: time - bootedAt,
        isSynchronised: offset == .zero))
  }
}
