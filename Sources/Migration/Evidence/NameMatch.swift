import DNSModel

/// The name a client wants the server to prove: a host name or an address.
public enum ServerIdentity: Hashable, Sendable, CustomStringConvertible {
  case host(DomainName)
  /// 4 or 16 bytes.
  case address([UInt8])

  public var description: String {
    switch self {
    case .host(let name): name.host
    case .address(let bytes): AlternativeName.addressText(bytes)
    }
  }
}

extension AlternativeName {
  /// RFC 9525 §6.3: A-labels compared as ASCII without regard to case; `*` only as the whole leftmost
  /// label, standing for exactly one label; addresses byte by byte, never as text. The common name
  /// plays no part (§1.4).
  public func matches(_ identity: ServerIdentity) -> Bool {
    switch (self, identity) {
    case (.address(let bytes), .address(let wanted)): return bytes == wanted
    case (.dns(let text), .host(let wanted)):
      guard let pattern = try? DomainName(parsing: text), !pattern.isRoot,
        text.utf8.last != UInt8(ascii: ".")
      else { return false }
      guard pattern.isWildcard else {
        return pattern == wanted && !text.utf8.contains(UInt8(ascii: "*"))
      }
      // A wildcard over a single label would speak for a whole top-level domain.
      guard let suffix = pattern.parent, suffix.labelCount >= 2 else { return false }
      // A whole label stands for an A-label too; only parts of one never do (RFC 9525 §6.3).
      return wanted.parent == suffix
    default: return false
    }
  }
}

extension CertificateFacts {
  public func covers(_ identity: ServerIdentity) -> Bool {
    (alternativeNames ?? []).contains { $0.matches(identity) }
  }
}
