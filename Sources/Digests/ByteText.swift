extension Sequence<UInt8> {
  /// Two lowercase digits a byte.
  public var hex: String { spelled(with: "0123456789abcdef") }

  /// Two uppercase digits a byte, as DNS tools print them.
  public var uppercaseHex: String { spelled(with: "0123456789ABCDEF") }

  private func spelled(with digits: StaticString) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(underestimatedCount * 2)
    digits.withUTF8Buffer { digits in
      for byte in self {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension [UInt8] {
  /// Nil unless the text is hex digits only, an even number of them.
  public init?(hex text: some StringProtocol) {
    var bytes: [UInt8] = []
    var high: UInt8?
    for byte in text.utf8 {
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    guard high == nil else { return nil }
    self = bytes
  }

  public enum Base64Alphabet: Sendable {
    /// RFC 4648 §4, padded.
    case standard
    /// RFC 4648 §5, without padding, as JOSE wants it.
    case url
  }

  public func base64(_ alphabet: Base64Alphabet = .standard) -> String {
    let digits = Base64.digits(alphabet)
    var text: [UInt8] = []
    text.reserveCapacity((count + 2) / 3 * 4)
    for start in stride(from: 0, to: count, by: 3) {
      let chunk = self[start..<Swift.min(start + 3, count)]
      var bits: UInt32 = 0
      for byte in chunk { bits = bits << 8 | UInt32(byte) }
      bits <<= UInt32(8 * (3 - chunk.count))
      for position in 0..<4 {
        if position <= chunk.count {
          text.append(digits[Int(bits >> UInt32(18 - 6 * position) & 63)])
        } else if alphabet == .standard {
          text.append(UInt8(ascii: "="))
        }
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Strict: the right padding, no blanks, no bits beyond the last byte. Nil otherwise.
  public init?(base64 text: some StringProtocol, _ alphabet: Base64Alphabet = .standard) {
    var digits = Array(text.utf8)
    if alphabet == .standard {
      guard digits.count % 4 == 0 else { return nil }
      var padding = 0
      while padding < 2, digits.last == UInt8(ascii: "=") {
        digits.removeLast()
        padding += 1
      }
    }
    guard digits.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count * 3 / 4)
    var bits: UInt32 = 0
    var width: UInt32 = 0
    for digit in digits {
      guard let value = Base64.value(of: digit, alphabet) else { return nil }
      bits = bits << 6 | UInt32(value)
      width += 6
      if width >= 8 {
        width -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> width))
        bits &= (1 << width) - 1
      }
    }
    guard bits == 0 else { return nil }
    self = bytes
  }
}

private enum Base64 {
  private static let common = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
  private static let standard = common + Array("+/".utf8)
  private static let url = common + Array("-_".utf8)

  static func digits(_ alphabet: [UInt8].Base64Alphabet) -> [UInt8] {
    alphabet == .standard ? standard : url
  }

  static func value(of digit: UInt8, _ alphabet: [UInt8].Base64Alphabet) -> UInt8? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+") where alphabet == .standard: 62
    case UInt8(ascii: "/") where alphabet == .standard: 63
    case UInt8(ascii: "-") where alphabet == .url: 62
    case UInt8(ascii: "_") where alphabet == .url: 63
    default: nil
    }
  }
}
