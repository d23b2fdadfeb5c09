import Notation

/// A rule that was broken in a rehearsal.
public struct Violation: Hashable, Sendable, CustomStringConvertible {
  /// `R8`, `liveness`, …
  public let rule: String
  /// True time since the beginning.
  public let after: TimeSpan
  public let what: String

  public var description: String { "\(rule) after \(after): \(what)" }
}
