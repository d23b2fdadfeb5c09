import Notation

/// Why a text is not a domain name.
public enum DomainNameError: Error, Hashable, Sendable, CustomStringConvertible {
  case empty
  case emptyLabel
  case labelTooLong(bytes: Int)
  case nameTooLong(bytes: Int)
  case badEscape
  case notASCII

  public var description: String {
    switch self {
    case .empty: "the name is empty; the root is written \".\""
    case .emptyLabel: "the name has an empty label (two dots in a row, or a dot in front)"
    case .labelTooLong(let bytes): "a label has \(bytes) bytes; 63 is the limit (RFC 1035 §2.3.4)"
    case .nameTooLong(let bytes): "the name has \(bytes) bytes; 255 is the limit (RFC 1035 §2.3.4)"
    case .badEscape: "a backslash must be followed by a character or by three digits up to 255"
    case .notASCII:
      "the name has a character outside ASCII; write it as an A-label (xn--…) or as \\DDD"
    }
  }
}

extension DomainName {
  /// Reads a name in master-file notation (RFC 1035 §5.1). Without a final dot the name is relative:
  /// `origin` is appended (the root, where a caller takes `api.example.test` to be whole).
  public init(
    parsing text: some StringProtocol, relativeTo origin: DomainName = .root
  ) throws(DomainNameError) {
    try self.init(parsing: Array(text.utf8), relativeTo: origin)
  }

  public init(parsing text: [UInt8], relativeTo origin: DomainName) throws(DomainNameError) {
    var wire: [UInt8] = []
    wire.reserveCapacity(text.count + origin.wire.count + 1)
    try Self.append(text, 0..<text.count, relativeTo: origin, to: &wire)
    self.init(validWire: wire)
  }

  /// Reads the name that stands in a part of `text` and appends its wire form.
  static func append(
    _ text: [UInt8], _ range: Range<Int>, relativeTo origin: DomainName, to wire: inout [UInt8]
  ) throws(DomainNameError) {
    guard !range.isEmpty else { throw .empty }
    let nameStart = wire.count
    if range.count == 1, text[range.lowerBound] == UInt8(ascii: ".") { return wire.append(0) }
    wire.append(0)
    var labelStart = nameStart
    var absolute = false
    var offset = range.lowerBound
    while offset < range.upperBound {
      absolute = false
      var byte = text[offset]
      offset += 1
      if byte == UInt8(ascii: ".") {
        try close(&wire, from: labelStart)
        labelStart = wire.count
        wire.append(0)
        absolute = true
        continue
      }
      if byte == UInt8(ascii: "\\") {
        guard let escaped = unescape(text, at: &offset, end: range.upperBound) else {
          throw .badEscape
        }
        byte = escaped
      } else if byte >= 0x80 {
        throw .notASCII
      }
      wire.append(byte)
    }
    if !absolute {
      try close(&wire, from: labelStart)
      wire += origin.wire
    }
    guard wire.count - nameStart <= wireLimit else {
      throw .nameTooLong(bytes: wire.count - nameStart)
    }
  }

  private static func close(_ wire: inout [UInt8], from start: Int) throws(DomainNameError) {
    let length = wire.count - start - 1
    guard length > 0 else { throw .emptyLabel }
    guard length <= 63 else { throw .labelTooLong(bytes: length) }
    wire[start] = UInt8(length)
  }
}

/// What stands behind a backslash: three digits up to 255, or any one other character.
/// `offset` is moved behind it. Nil when it is neither.
func unescape(_ text: [UInt8], at offset: inout Int, end: Int) -> UInt8? {
  guard offset < end else { return nil }
  let first = text[offset]
  guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
    offset += 1
    return first
  }
  guard offset + 2 < end else { return nil }
  var value = 0
  for byte in text[offset...(offset + 2)] {
    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
    value = value * 10 + Int(byte - UInt8(ascii: "0"))
  }
  offset += 3
  return UInt8(exactly: value)
}

extension DomainName: CustomStringConvertible {
  /// Master-file notation with the final dot. What would not read back, or could steer a terminal, is
  /// escaped: the text is always printable ASCII.
  public var description: String {
    guard !isRoot else { return "." }
    var text = ""
    for label in labels {
      for byte in label {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: ";"),
          UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "@"), UInt8(ascii: "$"):
          text += "\\"
          text.unicodeScalars.append(Unicode.Scalar(byte))
        case 0x21...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
        default: text += decimalEscape(byte)
        }
      }
      text += "."
    }
    return text
  }

  /// As people write host names: no final dot (the root stays ".").
  public var host: String { isRoot ? "." : String(description.dropLast()) }
}

/// `\DDD`.
func decimalEscape(_ byte: UInt8) -> String {
  let digits = String(byte)
  return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
}

extension DomainName: ExpressibleByStringLiteral {
  /// For names written in source code. A literal that is no name is a programming error.
  public init(stringLiteral value: String) {
    do {
      try self.init(parsing: value)
    } catch {
      preconditionFailure("\"\(value)\" is no domain name: \(error)")
    }
  }
}
