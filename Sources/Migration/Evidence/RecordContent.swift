import DNSModel

/// What the name's record says, told apart as far as the rules need: the data before the move, the
/// data after it, nothing at all, or something that neither the plan nor we put there.
public enum RecordContent: Hashable, Sendable {
  case old
  case new
  /// NXDOMAIN or NODATA.
  case absent
  /// Known again by its fingerprint; its text travels beside it (`AuthoritativeRound.foreignTexts`).
  case other(UInt64)

  public var isForeign: Bool {
    if case .other = self { true } else { false }
  }

  /// Reads an observed alias target against the plan's two.
  public init(target: DomainName, old: DomainName, new: DomainName) {
    if target == old {
      self = .old
    } else if target == new {
      self = .new
    } else {
      self = .other(Self.fingerprint(target.foldedWire))
    }
  }

  /// FNV-1a: stable over runs and machines. Two foreign values are only ever compared to say that
  /// something changed; no decision trusts them to differ.
  public static func fingerprint(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
  }
}

/// A value in the sense of R1: data and TTL together. Two TTLs of the same data are two values, because
/// they leave the caches at different times.
public struct ServedValue: Hashable, Sendable {
  public var content: RecordContent
  public var ttl: TTL

  public init(_ content: RecordContent, _ ttl: TTL) {
    self.content = content
    self.ttl = ttl
  }
}
