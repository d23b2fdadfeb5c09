/// A moment, in whole milliseconds since 1970-01-01T00:00:00Z without leap seconds.
///
/// Nothing here reads a clock: moments come in as arguments.
public struct UTCInstant: Hashable, Comparable, Sendable {
  public var milliseconds: Int64

  @inlinable public init(milliseconds: Int64) { self.milliseconds = milliseconds }
  @inlinable public init(seconds: Int64) { self.milliseconds = seconds &* 1000 }

  /// Whole seconds, rounded down.
  public var seconds: Int64 {
    milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
  }

  /// For people, of what must not be told too early: the next whole second.
  public var nextSecond: UTCInstant { UTCInstant(seconds: (self + .milliseconds(999)).seconds) }

  /// For people, of what must not be told too late: the last whole second.
  public var lastSecond: UTCInstant { UTCInstant(seconds: seconds) }

  @inlinable public static func < (left: UTCInstant, right: UTCInstant) -> Bool {
    left.milliseconds < right.milliseconds
  }

  public static let distantPast = UTCInstant(milliseconds: -62_135_596_800_000)
  /// 9999-12-31T23:59:59.999Z, the last moment our notation can write.
  public static let distantFuture = UTCInstant(milliseconds: 253_402_300_799_999)

  // Saturating: a hostile TTL or date must not trap.
  @inlinable public static func + (left: UTCInstant, right: TimeSpan) -> UTCInstant {
    let (sum, overflow) = left.milliseconds.addingReportingOverflow(right.milliseconds)
    if overflow { return right.milliseconds > 0 ? .distantFuture : .distantPast }
    return min(max(UTCInstant(milliseconds: sum), .distantPast), .distantFuture)
  }

  @inlinable public static func - (left: UTCInstant, right: TimeSpan) -> UTCInstant {
    left + (.zero - right)
  }

  @inlinable public static func - (left: UTCInstant, right: UTCInstant) -> TimeSpan {
    TimeSpan(milliseconds: left.milliseconds) - TimeSpan(milliseconds: right.milliseconds)
  }

  @inlinable public static func += (left: inout UTCInstant, right: TimeSpan) { left = left + right }
}

/// A length of time in whole milliseconds. Arithmetic saturates.
public struct TimeSpan: Hashable, Comparable, Sendable {
  public var milliseconds: Int64

  @inlinable public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  public static let zero = TimeSpan(milliseconds: 0)
  @inlinable public static func milliseconds(_ count: some BinaryInteger) -> TimeSpan {
    TimeSpan(milliseconds: Int64(clamping: count))
  }
  @inlinable public static func seconds(_ count: some BinaryInteger) -> TimeSpan { of(count, 1000) }
  @inlinable public static func minutes(_ count: some BinaryInteger) -> TimeSpan {
    of(count, 60_000)
  }
  @inlinable public static func hours(_ count: some BinaryInteger) -> TimeSpan {
    of(count, 3_600_000)
  }
  @inlinable public static func days(_ count: some BinaryInteger) -> TimeSpan {
    of(count, 86_400_000)
  }

  @inlinable static func of(_ count: some BinaryInteger, _ unit: Int64) -> TimeSpan {
    let (product, overflow) = Int64(clamping: count).multipliedReportingOverflow(by: unit)
    return TimeSpan(milliseconds: overflow ? (count > 0 ? .max : .min) : product)
  }

  /// Whole seconds, rounded up: a wait told in seconds must not end early.
  public var secondsRoundedUp: Int64 {
    let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 1000)
    return remainder > 0 ? quotient + 1 : quotient
  }

  /// For people who count down: whole seconds.
  public var inSeconds: TimeSpan { .seconds(secondsRoundedUp) }

  @inlinable public static func < (left: TimeSpan, right: TimeSpan) -> Bool {
    left.milliseconds < right.milliseconds
  }

  @inlinable public static func + (left: TimeSpan, right: TimeSpan) -> TimeSpan {
    let (sum, overflow) = left.milliseconds.addingReportingOverflow(right.milliseconds)
    return TimeSpan(milliseconds: overflow ? (right.milliseconds > 0 ? .max : .min) : sum)
  }

  @inlinable public static func - (left: TimeSpan, right: TimeSpan) -> TimeSpan {
    let (sum, overflow) = left.milliseconds.subtractingReportingOverflow(right.milliseconds)
    return TimeSpan(milliseconds: overflow ? (right.milliseconds < 0 ? .max : .min) : sum)
  }

  @inlinable public static func += (left: inout TimeSpan, right: TimeSpan) { left = left + right }

  @inlinable public static func * (left: TimeSpan, right: some BinaryInteger) -> TimeSpan {
    let (product, overflow) = left.milliseconds.multipliedReportingOverflow(
      by: Int64(clamping: right))
    let negative = (left.milliseconds < 0) != (right < 0)
    return TimeSpan(milliseconds: overflow ? (negative ? .min : .max) : product)
  }
}
