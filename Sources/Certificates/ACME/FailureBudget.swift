import Notation

/// How often a CA may be let down. CAs count failed validations and lock names out (Let's Encrypt after
/// five in an hour), so we stop before they do: what fails three times an hour is no accident.
public struct FailureBudget: Hashable, Sendable {
  public static let limit = 3
  public static let window: TimeSpan = .hours(1)

  /// When another order may be placed; nil: now. A failure from the future (a clock that was set back)
  /// counts as just now.
  public static func opens(after failures: [UTCInstant], now: UTCInstant) -> UTCInstant? {
    let recent = failures.map { min($0, now) }.filter { now - $0 < window }.sorted()
    guard recent.count >= limit else { return nil }
    return recent[recent.count - limit] + window
  }
}
