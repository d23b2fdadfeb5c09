/// One word of zone text: where its characters stand, quotes left out.
public struct TextWord: Sendable {
  public var start: Int
  public var end: Int
  public var isQuoted: Bool
  /// Quotes begin inside it, right behind a `=`: SVCB's way to write values.
  public var hasInnerQuotes: Bool

  public init(start: Int, end: Int, isQuoted: Bool = false, hasInnerQuotes: Bool = false) {
    self.start = start
    self.end = end
    self.isQuoted = isQuoted
    self.hasInnerQuotes = hasInnerQuotes
  }
}

/// What zone text can be refused for. The raw values are stable: scripts and tests go by them.
public enum TextFault: String, Sendable, CaseIterable {
  case unclosedQuote = "unclosed-quote"
  case unclosedParenthesis = "unclosed-parenthesis"
  case strayParenthesis = "stray-parenthesis"
  case strayQuote = "stray-quote"
  case tooLong = "entry-too-long"
  case ownerMissing = "owner-missing"
  case ownerOutOfPlace = "bad-owner"
  case ttlMissing = "ttl-missing"
  case ttl = "bad-ttl"
  case recordClass = "bad-class"
  case typeMissing = "type-missing"
  case typeUnknown = "unknown-type"
  case typeMeta = "meta-type"
  case typeOpaque = "type-without-text"
  case directive = "bad-directive"
  case directiveUnknown = "unknown-directive"
  case include = "bad-include"
  case generate = "bad-generate"
  case fieldMissing = "field-missing"
  case fieldSurplus = "field-surplus"
  case quoted = "quoted-field"
  case name = "bad-name"
  case number = "bad-number"
  case address = "bad-address"
  case string = "bad-string"
  case escape = "bad-escape"
  case hex = "bad-hex"
  case base64 = "bad-base64"
  case base32 = "bad-base32"
  case time = "bad-time"
  case mnemonic = "bad-mnemonic"
  case parameter = "bad-parameter"
  case location = "bad-location"
  case generic = "bad-generic-data"
  case data = "bad-data"
  case unreadable = "unreadable"
}

/// Why an entry of zone text is refused, and at which byte of the text.
public struct RecordTextError: Error, Hashable, Sendable, CustomStringConvertible {
  public let fault: TextFault
  public let offset: Int
  public let message: String

  public init(_ fault: TextFault, at offset: Int, _ message: String) {
    self.fault = fault
    self.offset = offset
    self.message = message
  }

  public var description: String { "\(fault.rawValue): \(message)" }
}
