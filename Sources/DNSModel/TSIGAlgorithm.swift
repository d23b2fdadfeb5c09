import Digests

/// The hash a TSIG key signs with (RFC 8945 §6). HMAC-MD5 is left out: that table says it MUST NOT
/// be used any more.
public enum TSIGAlgorithm: String, Hashable, Sendable, CaseIterable {
  case sha1 = "hmac-sha1"
  case sha224 = "hmac-sha224"
  case sha256 = "hmac-sha256"
  case sha384 = "hmac-sha384"
  case sha512 = "hmac-sha512"

  /// As it stands in the record's RDATA: a name of one label.
  public var name: DomainName { DomainName(stringLiteral: rawValue) }

  public init?(name: DomainName) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }

  var hash: HashFunction {
    switch self {
    case .sha1: .sha1
    case .sha224: .sha224
    case .sha256: .sha256
    case .sha384: .sha384
    case .sha512: .sha512
    }
  }

  public var macByteCount: Int { hash.byteCount }

  /// Shorter MACs must not be generated, and are a format error when received (RFC 8945 §5.2.2.1).
  public var leastMACByteCount: Int { max(10, (macByteCount + 1) / 2) }
}
