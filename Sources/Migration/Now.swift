import Notation

/// The moment a decision is made at, as two instants (R20).
///
/// `safe` never runs ahead of true elapsed time: waits are measured in it. `wall` is what the calendar
/// claims: it may be stepped by anyone. Whatever must not stay open too long (certificates, approvals,
/// change windows, decide-by) is held against the later of the two.
public struct Now: Hashable, Sendable {
  public var safe: UTCInstant
  public var wall: UTCInstant

  public init(safe: UTCInstant, wall: UTCInstant) {
    self.safe = safe
    self.wall = wall
  }

  /// Both clocks agree.
  public init(_ instant: UTCInstant) {
    safe = instant
    wall = instant
  }

  /// For everything that ends: the clock that says it is later wins.
  public var latest: UTCInstant { max(safe, wall) }
}
