import Migration
import Notation

/// One look at all the clocks there are.
public struct ClockReading: Hashable, Sendable {
  /// Which start of the machine `sinceBoot` counts from.
  public var bootID: String
  public var wall: UTCInstant
  public var sinceBoot: TimeSpan
  /// Something keeps the wall clock right, as far as the kernel knows.
  public var isSynchronised: Bool

  public init(bootID: String, wall: UTCInstant, sinceBoot: TimeSpan, isSynchronised: Bool) {
    self.bootID = bootID
    self.wall = wall
    self.sinceBoot = sinceBoot
    self.isSynchronised = isSynchronised
  }
}

/// Safe time (R20): it never runs ahead of the time that has truly passed, whatever anyone does to the
/// wall clock, so no wait can open early.
///
/// Within one start of the machine it advances by the smaller of what the wall and the boot clock
/// say; across starts only the wall is left, and it counts only while something keeps it right.
public struct SafeClock: Hashable, Sendable {
  public private(set) var last: ClockReading
  public private(set) var safe: UTCInstant
  /// How far wall and boot clock have come to disagree since this clock began: positive when the wall
  /// ran ahead. Shown to people; nothing is decided by it.
  public private(set) var disagreement: TimeSpan = .zero
  /// The latest safe moment that was ever written down: that much has truly passed.
  private let floor: UTCInstant

  /// A new one begins at the wall's time.
  public init(startingAt reading: ClockReading) {
    last = reading
    safe = reading.wall
    floor = reading.wall
  }

  /// Goes on from what was stored. `floor` is the latest safe moment that was ever written down: it lies
  /// within the time since `last`, which `advance` counts, so it is a bound and never a beginning.
  public init(stored last: ClockReading, safe: UTCInstant, floor: UTCInstant) {
    self.last = last
    self.safe = safe
    self.floor = floor
  }

  public mutating func advance(to reading: ClockReading) -> Now {
    let wallPassed = reading.wall - last.wall
    let passed: TimeSpan
    if reading.bootID == last.bootID {
      let bootPassed = reading.sinceBoot - last.sinceBoot
      passed = min(wallPassed, bootPassed)
      disagreement += wallPassed - bootPassed
    } else {
      passed = reading.isSynchronised && last.isSynchronised ? wallPassed : .zero
    }
    safe = max(safe + max(.zero, passed), floor)
    last = reading
    return Now(safe: safe, wall: reading.wall)
  }
}
