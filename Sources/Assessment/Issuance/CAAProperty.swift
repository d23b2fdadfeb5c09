import DNSModel

/// One CAA property as a CA reads it (RFC 8659 §4).
public struct CAAProperty: Hashable, Sendable {
  public enum Tag: Hashable, Sendable {
    case issue
    case issueWild
    /// Properties that say nothing about who may issue for a host name.
    case other
    /// "If the critical flag is set and the tag is not understood, the CA MUST NOT issue."
    case unknownCritical
  }

  /// `issuer-domain-name *( ";" tag "=" value )`; nil: the value is not of that form, which is the same
  /// as naming nobody (§4.2).
  public struct Issuer: Hashable, Sendable {
    /// Lower case; empty: nobody may issue.
    public var domain: String
    public var parameters: [(tag: String, value: String)]

    public static func == (left: Issuer, right: Issuer) -> Bool {
      left.domain == right.domain
        && left.parameters.elementsEqual(right.parameters) { $0 == $1 }
    }
    public func hash(into hasher: inout Hasher) { hasher.combine(domain) }

    func values(_ tag: String) -> [String] {
      parameters.filter { $0.tag == tag }.map(\.value)
    }
  }

  public var tag: Tag
  public var issuer: Issuer?

  static let understood = [
    "issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone",
  ]

  public init(flags: UInt8, tag text: String, value: [UInt8]) {
    switch text.lowercased() {
    case "issue": tag = .issue
    case "issuewild": tag = .issueWild
    case let other:
      tag = flags & 0x80 != 0 && !Self.understood.contains(other) ? .unknownCritical : .other
    }
    issuer = Issuer(value)
  }
}

extension CAAProperty.Issuer {
  /// RFC 8659 §4.2: `*WSP [issuer-domain-name *WSP] [";" *WSP [parameters *WSP]]`
  init?(_ value: [UInt8]) {
    guard value.allSatisfy({ $0 == 0x09 || (0x20...0x7E).contains($0) }) else { return nil }
    let text = String(decoding: value, as: UTF8.self)
    let parts = text.split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
    let domain = parts[0].lowercased()
    guard domain.utf8.allSatisfy(Self.isNameByte) else { return nil }
    self.domain = domain
    parameters = []
    for part in parts.dropFirst() {
      // A semicolon at the end, and one before nothing, are common and harm nobody.
      guard !part.isEmpty else { continue }
      guard let equals = part.firstIndex(of: "=") else { return nil }
      let tag = Self.trimmed(part[..<equals]).lowercased()
      let value = Self.trimmed(part[part.index(after: equals)...])
      guard !tag.isEmpty, tag.utf8.allSatisfy(Self.isNameByte),
        value.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
      else { return nil }
      parameters.append((tag, value))
    }
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    var text = Substring(text).drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
