/// Why a text is not JSON, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  public let reason: String
  /// Counted in bytes from 0.
  public let offset: Int

  public var description: String { "\(reason) (at byte \(offset))" }
}

extension JSON {
  /// Reads exactly one value (RFC 8259). Nesting is bounded, so hostile input cannot exhaust the stack.
  public init(parsing text: some Sequence<UInt8>, maxDepth: Int = 128) throws(JSONError) {
    var parser = JSONParser(bytes: Array(text), maxDepth: maxDepth)
    self = try parser.document()
  }

  public init(parsing text: String, maxDepth: Int = 128) throws(JSONError) {
    try self.init(parsing: text.utf8, maxDepth: maxDepth)
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  let maxDepth: Int
  var offset = 0

  init(bytes: [UInt8], maxDepth: Int) {
    self.bytes = bytes
    self.maxDepth = maxDepth
  }

  mutating func document() throws(JSONError) -> JSON {
    let value = try value(depth: 0)
    skipSpace()
    guard offset == bytes.count else { throw fail("more text after the value") }
    return value
  }

  private func fail(_ reason: String) -> JSONError { JSONError(reason: reason, offset: offset) }

  private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      offset += 1
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    offset += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSON {
    guard depth <= maxDepth else { throw fail("nested deeper than \(maxDepth) levels") }
    skipSpace()
    guard let byte = next else { throw fail("a value is missing") }
    switch byte {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw fail("not the start of a value")
    }
  }

  private mutating func word(_ text: String, _ value: JSON) throws(JSONError) -> JSON {
    for byte in text.utf8 {
      guard take(byte) else { throw fail("expected \(text)") }
    }
    return value
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSON {
    offset += 1
    // Collected as pairs with a set beside them: a lookup per member would be quadratic.
    var members: [JSONMember] = []
    var seen: Set<String> = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(JSONObject()) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw fail("a member needs a name in quotes") }
      let key = try string()
      guard seen.insert(key).inserted else { throw fail("the name \"\(key)\" stands twice") }
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw fail("expected ':'") }
      members.append(JSONMember(key: key, value: try value(depth: depth + 1)))
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "}")) else { throw fail("expected ',' or '}'") }
      return .object(JSONObject(distinct: members))
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSON {
    offset += 1
    var values: [JSON] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(values) }
    while true {
      values.append(try value(depth: depth + 1))
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "]")) else { throw fail("expected ',' or ']'") }
      return .array(values)
    }
  }

  private mutating func digits() -> Int {
    let start = offset
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
    return offset - start
  }

  private mutating func number() throws(JSONError) -> JSON {
    let start = offset
    var exact = true
    _ = take(UInt8(ascii: "-"))
    if take(UInt8(ascii: "0")) {
      if digits() > 0 { throw fail("a number may not begin with 0") }
    } else if digits() == 0 {
      throw fail("a number needs digits")
    }
    if take(UInt8(ascii: ".")) {
      exact = false
      guard digits() > 0 else { throw fail("digits are missing after the point") }
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      exact = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      guard digits() > 0 else { throw fail("digits are missing in the exponent") }
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if exact, let value = Int64(text) { return .integer(value) }
    return .decimal(text)
  }

  private mutating func string() throws(JSONError) -> String {
    offset += 1
    var content: [UInt8] = []
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw fail("a string is not UTF-8")
        }
        offset += 1
        return text
      case UInt8(ascii: "\\"):
        offset += 1
        content += Array(String(Character(try escape())).utf8)
      case 0..<0x20: throw fail("a control character stands bare in a string")
      default:
        content.append(byte)
        offset += 1
      }
    }
    throw fail("a string does not end")
  }

  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    guard let byte = next else { throw fail("a string does not end") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw fail("unknown escape in a string")
    }
  }

  private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
    let high = try fourHexDigits()
    if let scalar = Unicode.Scalar(high) { return scalar }
    guard (0xD800..<0xDC00).contains(high), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
      throw fail("half of a surrogate pair")
    }
    let low = try fourHexDigits()
    guard (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    else { throw fail("half of a surrogate pair") }
    return scalar
  }

  private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fail("\\u needs four hex digits")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}

extension JSONObject {
  /// For the parser, which has already seen to it that no key stands twice.
  fileprivate init(distinct members: [JSONMember]) {
    self.init()
    self.adopt(members)
  }
}
