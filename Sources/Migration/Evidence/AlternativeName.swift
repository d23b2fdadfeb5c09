import Notation

/// One entry of a certificate's subjectAltName (RFC 5280 §4.2.1.6), as written: a DNS name here may
/// be anything the issuer put there.
public enum AlternativeName: Hashable, Sendable {
  case dns(String)
  /// 4 or 16 bytes where it is well formed.
  case address([UInt8])
  case email(String)
  case uri(String)
  /// Kinds that no TLS client matches.
  case other(String)
}

extension AlternativeName: CustomStringConvertible {
  public var description: String {
    switch self {
    case .dns(let name): safeText(name)
    case .address(let bytes): Self.addressText(bytes)
    case .email(let text), .uri(let text), .other(let text): safeText(text)
    }
  }

  /// `192.0.2.1`, or eight groups of hex digits with the longest run of zeros left out (RFC 5952).
  public static func addressText(_ bytes: [UInt8]) -> String {
    if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
    guard bytes.count == 16 else { return "malformed address of \(bytes.count) bytes" }
    let groups = (0..<8).map { Int(bytes[$0 * 2]) << 8 | Int(bytes[$0 * 2 + 1]) }
    var best = 0..<0
    var start = 0
    for index in 0...8 where index == 8 || groups[index] != 0 {
      if index - start > max(best.count, 1) { best = start..<index }
      start = index + 1
    }
    let words = groups.map { String($0, radix: 16) }
    guard !best.isEmpty else { return words.joined(separator: ":") }
    return words[..<best.lowerBound].joined(separator: ":") + "::"
      + words[best.upperBound...].joined(separator: ":")
  }

  public var json: JSON {
    switch self {
    case .dns(let name): ["dns": .string(name)]
    case .address(let bytes): ["ip": .string(Self.addressText(bytes))]
    case .email(let text): ["email": .string(text)]
    case .uri(let text): ["uri": .string(text)]
    case .other(let text): ["other": .string(text)]
    }
  }
}
