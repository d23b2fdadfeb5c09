import Notation

/// A moment on the clock that nobody can set, by which something must be done.
public struct Deadline: Hashable, Comparable, Sendable {
  /// Of `SystemClock.nanoseconds`.
  private let nanoseconds: UInt64

  public init(in span: TimeSpan) {
    let length = UInt64(clamping: span.milliseconds).multipliedReportingOverflow(by: 1_000_000)
    let end = SystemClock.nanoseconds().addingReportingOverflow(length.partialValue)
    nanoseconds = length.overflow || end.overflow ? .max : end.partialValue
  }

  /// Rounded up, so that waiting for it does not spin; 0 once it has passed.
  public var millisecondsLeft: Int64 {
    let now = SystemClock.nanoseconds()
    return now >= nanoseconds ? 0 : Int64(clamping: (nanoseconds - now + 999_999) / 1_000_000)
  }

  public static func < (left: Deadline, right: Deadline) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}
