import Engine
import Migration
import Notation

/// The machine's clocks: the wall is stepped by people and daemons, the boot clock starts anew with
/// each boot. Safe time comes from the production `SafeClock`.
final class ModelledClocks {
  private let start: UTCInstant
  private let steps: [Scenario.ClockStep]
  private let reboots: [TimeSpan]
  private let stops: [Scenario.Outage]
  private var nextStep = 0
  private var nextReboot = 0
  private let drift: Int64
  /// So long after a halt the wall is set right again.
  private let healing: TimeSpan
  /// What the boot clock has missed by now.
  private(set) var lost = TimeSpan.zero
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
    stops = scenario.clockStops
    healing = scenario.pace(.minutes(30))
    drift = Int64(scenario.clockDrift)
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

  /// From then on the clocks run: at once, where they do.
  func runs(from time: UTCInstant) -> UTCInstant {
    for stop in stops where start + stop.from <= time && time < start + stop.until {
      return start + stop.until
    }
    return time
  }

  /// What was missed by this moment: altogether, and by a wall that is not set right yet.
  private func missed(by time: UTCInstant) -> (boot: TimeSpan, wall: TimeSpan) {
    var missed = (boot: TimeSpan.zero, wall: TimeSpan.zero)
    for stop in stops where start + stop.from < time {
      let span = min(time - start, stop.until) - stop.from
      missed.boot += span
      if start + stop.until + healing > time { missed.wall += span }
    }
    return missed
  }

  private func drifted(_ span: TimeSpan) -> TimeSpan {
    drift == 0 ? .zero : TimeSpan(milliseconds: span.milliseconds / 1_000_000 * drift)
  }

  func advance(to time: UTCInstant) {
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
    // The boot clock runs on its quartz alone; the wall is kept near the truth while it is synchronised.
    let missed = missed(by: time)
    lost = missed.boot
    let boot = time - bootedAt - missed.boot
    now = clock.advance(
      to: ClockReading(
        bootID: bootID, wall: time + offset + drifted(time - start) - missed.wall,
        sinceBoot: boot + drifted(boot),
        isSynchronised: offset == .zero && missed.wall == .zero))
  }
}
