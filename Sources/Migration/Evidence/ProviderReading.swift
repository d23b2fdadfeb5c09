import Notation

/// What the provider itself says it holds: the record and the fence, read where writes go. The
/// expectation of every write comes from here, never from what we intended last.
public struct ProviderReading: Hashable, Sendable {
  /// Safe time at which the answer had come.
  public var at: UTCInstant
  /// Safe time at which it was asked for: a write that was sent later is not in it.
  public var askedAt: UTCInstant
  /// Nil when the provider could not be read.
  public var value: ServedValue?
  /// The fence record's number; nil where there is none.
  public var fence: UInt64?

  public init(askedAt: UTCInstant, at: UTCInstant, value: ServedValue?, fence: UInt64? = nil) {
    self.askedAt = askedAt
    self.at = at
    self.value = value
    self.fence = fence
  }
}
