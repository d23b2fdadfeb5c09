import Notation

/// When the new endpoint's certificate is replaced while the move lasts.
public struct RenewalParameters: Hashable, Sendable {
  /// How long a new one is valid, as declared; the served one's own end is what counts.
  public var life: TimeSpan
  /// A person, or the router by itself, renews it: told once, and waited for.
  public var isByHand: Bool

  public init(life: TimeSpan, isByHand: Bool = false) {
    self.life = life
    self.isByHand = isByHand
  }

  /// So long before its end it is replaced: a third of its life, which leaves room for a CA or a router
  /// that is out of order for days.
  public var lead: TimeSpan { TimeSpan(milliseconds: life.milliseconds / 3) }

  /// From one certificate to the next.
  public var period: TimeSpan { life - lead }

  /// The graph has room for 64 steps.
  public static let limit = 12

  /// How many times one falls due after `obtained` and before `end`.
  public func count(from obtained: UTCInstant, until end: UTCInstant) -> Int {
    Int(min(unlimitedCount(from: obtained, until: end), Int64(Self.limit)))
  }

  /// Plans that need more than the limit are refused.
  func unlimitedCount(from obtained: UTCInstant, until end: UTCInstant) -> Int64 {
    guard period > .zero, end > obtained else { return 0 }
    return ((end - obtained).milliseconds - 1) / period.milliseconds
  }
}
