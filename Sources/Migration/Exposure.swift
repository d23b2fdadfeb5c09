import DNSModel
import Notation

/// A value that may still sit in some cache, and until when (R1).
public struct Exposure: Hashable, Sendable {
  public enum Basis: UInt8, Hashable, Sendable {
    /// The plan says it was so; history that was not observed counts as declared (R2).
    case declared
    /// We intended to publish it: possible from the intent on, not from the acknowledgement.
    case intended
    /// An authority served it.
    case served
    /// A resolver gave it out with this much time left, more than we knew of (R2).
    case resolver
  }

  public var value: ServedValue
  public var basis: Basis
  public var firstPossible: UTCInstant
  /// A write of it could land until then.
  public var writeDeadAt: UTCInstant
  /// The plan, a write of ours or a recorded decision explains it; else it is drift (R19).
  public var isExplained: Bool
  /// The current run of rounds that did not show it.
  public var cleanRounds = 0
  public var cleanSince = UTCInstant.distantPast
  public var lastCleanStart = UTCInstant.distantPast
  /// Nil while an authority may serve it.
  public var lastPossible: UTCInstant?

  init(
    _ value: ServedValue, _ basis: Basis, firstPossible: UTCInstant,
    writeDeadAt: UTCInstant = .distantPast, isExplained: Bool
  ) {
    self.value = value
    self.basis = basis
    self.firstPossible = firstPossible
    self.writeDeadAt = writeDeadAt
    self.isExplained = isExplained
  }

  /// No cache that keeps to the rules has it from then on; nil while it may still be served.
  public func end(margin: TimeSpan) -> UTCInstant? {
    lastPossible.map { $0 + value.ttl.span + margin }
  }
}
