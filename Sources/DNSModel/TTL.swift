import Notation

/// A time to live in seconds, at most 2³¹ − 1 (RFC 2181 §8).
public struct TTL: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let seconds: UInt32

  public static let ceiling = TTL(clamping: UInt32.max)
  public static let zero = TTL(clamping: 0)

  /// Nil above the ceiling.
  public init?(_ seconds: some BinaryInteger) {
    guard let value = UInt32(exactly: seconds), value <= 0x7FFF_FFFF else { return nil }
    self.seconds = value
  }

  /// For figures from configuration that are known to be in range; what is above becomes the ceiling.
  public init(clamping seconds: some BinaryInteger) {
    self.seconds = UInt32(clamping: Swift.min(UInt64(clamping: seconds), 0x7FFF_FFFF))
  }

  /// A value received from elsewhere: with the top bit set it counts as zero (RFC 2181 §8).
  public init(received: UInt32) { seconds = received > 0x7FFF_FFFF ? 0 : received }

  public var span: TimeSpan { .seconds(seconds) }
  public var description: String { String(seconds) }

  public static func < (left: TTL, right: TTL) -> Bool { left.seconds < right.seconds }
}
