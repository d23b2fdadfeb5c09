/// Hex, base64, base32hex, and what is made of them.
extension RecordDataReader {
  /// All words to the end as one run of digits; blanks between them mean nothing.
  mutating func readHex(minimum: Int) throws(RecordTextError) {
    let place = wire.count
    var high: UInt8?
    while !isAtEnd {
      let word = try word("hex digits")
      for offset in word.start..<word.end {
        guard let digit = hexValue(text[offset]) else {
          throw RecordTextError(.hex, at: offset, "this is no hex digit")
        }
        if let first = high {
          wire.append(first << 4 | digit)
          high = nil
        } else {
          high = digit
        }
      }
    }
    guard high == nil else { throw wrong(.hex, "the hex digits are odd in number") }
    guard wire.count - place >= minimum else {
      guard next > 0, wire.count > place else {
        _ = try anyWord("hex digits")
        throw wrong(.hex, "hex digits are wanted")
      }
      throw wrong(.hex, "\(wire.count - place) bytes are too few; \(minimum) are the least here")
    }
  }

  mutating func readBase64(minimum: Int) throws(RecordTextError) {
    let place = wire.count
    var bits: UInt32 = 0
    var width = 0
    var digits = 0
    var padding = 0
    while !isAtEnd {
      let word = try word("base64")
      for offset in word.start..<word.end {
        let byte = text[offset]
        if byte == UInt8(ascii: "=") {
          padding += 1
          continue
        }
        guard let value = Self.base64Value(byte), padding == 0 else {
          throw RecordTextError(.base64, at: offset, "this is no base64 (RFC 4648 §4)")
        }
        digits += 1
        bits = bits << 6 | UInt32(value)
        width += 6
        if width >= 8 {
          width -= 8
          wire.append(UInt8(truncatingIfNeeded: bits >> UInt32(width)))
          bits &= (1 << UInt32(width)) - 1
        }
      }
    }
    guard (digits + padding) % 4 == 0, padding <= 2, digits > 0 || padding == 0 else {
      throw wrong(.base64, "the base64 text is cut short or wrongly padded (RFC 4648 §4)")
    }
    guard bits == 0 else { throw wrong(.base64, "the last base64 digit has bits left over") }
    if wire.count - place < minimum {
      _ = try anyWord("base64")
    }
  }

  private static func base64Value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }

  func hexBytes(_ word: TextWord) throws(RecordTextError) -> [UInt8] {
    let digits = text[word.start..<word.end].compactMap(hexValue)
    guard digits.count == word.end - word.start, digits.count % 2 == 0 else {
      throw wrong(.hex, "\"\(spelling(word))\" is no even number of hex digits")
    }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  mutating func readCountedHex() throws(RecordTextError) {
    let word = try word("the salt")
    if word.end - word.start == 1, text[word.start] == UInt8(ascii: "-") {
      wire.append(0)
      return
    }
    let salt = try hexBytes(word)
    guard let count = UInt8(exactly: salt.count), count > 0 else {
      throw wrong(.hex, "a salt has 1 to 255 bytes; without one write -")
    }
    wire.append(count)
    wire += salt
  }

  /// RFC 4648 §7, without padding, and no bits beyond the last byte.
  mutating func readCountedBase32() throws(RecordTextError) {
    let word = try word("the hash")
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var width = 0
    for offset in word.start..<word.end {
      let byte = text[offset]
      let letter = (byte | 0x20) &- UInt8(ascii: "a")
      guard isDigit(byte) || (isLetter(byte) && letter < 22) else {
        throw RecordTextError(.base32, at: offset, "this is no base32hex (RFC 4648 §7)")
      }
      bits = bits << 5 | UInt32(isDigit(byte) ? byte & 15 : letter + 10)
      width += 5
      if width >= 8 {
        width -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(width)))
        bits &= (1 << UInt32(width)) - 1
      }
    }
    guard width < 5, bits == 0, let count = UInt8(exactly: bytes.count), count > 0 else {
      throw wrong(.base32, "\"\(spelling(word))\" is no whole number of bytes in base32hex")
    }
    wire.append(count)
    wire += bytes
  }

  mutating func readTypeBitmap() throws(RecordTextError) {
    var types: [UInt16] = []
    while !isAtEnd {
      let word = try word("a record type")
      types.append(try type(word).rawValue)
    }
    var window = -1
    var bits: [UInt8] = []
    for type in types.sorted() {
      if Int(type >> 8) != window {
        if window >= 0 { wire += [UInt8(window), UInt8(bits.count)] + bits }
        window = Int(type >> 8)
        bits = []
      }
      let place = Int(type & 0xFF) / 8
      while bits.count <= place { bits.append(0) }
      bits[place] |= 0x80 >> UInt8(type & 7)
    }
    if window >= 0 { wire += [UInt8(window), UInt8(bits.count)] + bits }
  }

  mutating func readHardwareAddress(_ count: Int) throws(RecordTextError) {
    let word = try word("the address")
    let groups = text[word.start..<word.end]
      .split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    let bytes = groups.compactMap { group -> UInt8? in
      guard group.count == 2, let high = hexValue(group[group.startIndex]),
        let low = hexValue(group[group.startIndex + 1])
      else { return nil }
      return high << 4 | low
    }
    guard groups.count == count, bytes.count == count else {
      throw wrong(.address, "the address is \(count) pairs of hex digits with dashes (RFC 7043)")
    }
    wire += bytes
  }

  mutating func readNodeIdentifier() throws(RecordTextError) {
    let word = try word("the identifier")
    let groups = text[word.start..<word.end]
      .split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard groups.count == 4 else {
      throw wrong(.address, "the identifier is four groups of hex digits with colons (RFC 6742)")
    }
    for group in groups {
      let digits = group.compactMap(hexValue)
      guard (1...4).contains(group.count), digits.count == group.count else {
        throw wrong(.address, "a group has one to four hex digits (RFC 6742)")
      }
      append(number16: digits.reduce(0) { $0 << 4 | UInt16($1) })
    }
  }

  /// RFC 3123 §5: `[!]family:address/prefix`.
  mutating func readAddressPrefix() throws(RecordTextError) {
    let word = try word("an address prefix")
    var item = text[word.start..<word.end]
    let isNegated = item.first == UInt8(ascii: "!")
    if isNegated { item = item.dropFirst() }
    guard let colon = item.firstIndex(of: UInt8(ascii: ":")),
      let slash = item.lastIndex(of: UInt8(ascii: "/")), colon < slash,
      let family = UInt16(decimal: item[..<colon]), family == 1 || family == 2,
      let prefix = UInt8(decimal: item[(slash + 1)...]), prefix <= (family == 1 ? 32 : 128)
    else {
      throw wrong(.address, "\"\(spelling(word))\" is no [!]family:address/prefix (RFC 3123)")
    }
    let spelled = item[(colon + 1)..<slash]
    let address =
      family == 1 ? IPAddress.V4(parsing: spelled)?.bytes : IPAddress.V6(parsing: spelled)?.bytes
    guard var bytes = address else {
      throw wrong(.address, "\"\(spelling(word))\" has no address of family \(family)")
    }
    while bytes.last == 0 { bytes.removeLast() }
    append(number16: family)
    wire += [prefix, UInt8(bytes.count) | (isNegated ? 0x80 : 0)] + bytes
  }

  mutating func readGateway() throws(RecordTextError) {
    let kind = try number(upTo: 3, "the gateway type")
    wire.append(UInt8(kind))
    try readNumber(bytes: 1, "the algorithm")
    try readAddress(kind)
  }

  mutating func readRelay() throws(RecordTextError) {
    let isOptional = try number(upTo: 1, "the discovery bit")
    let kind = try number(upTo: 3, "the relay type")
    wire.append(UInt8(isOptional << 7 | kind))
    try readAddress(kind)
  }

  private mutating func readAddress(_ kind: UInt64) throws(RecordTextError) {
    switch kind {
    case 1: try readIPv4()
    case 2: try readIPv6()
    case 3: try readName()
    default:
      let word = try word("the gateway")
      guard text[word.start..<word.end] == [UInt8(ascii: ".")] else {
        throw wrong(.name, "where there is none, write . (RFC 4025 §3.1)")
      }
    }
  }

  mutating func readHostIdentity() throws(RecordTextError) {
    let algorithm = UInt8(try number(upTo: 255, "the algorithm"))
    let tag = try hexBytes(word("the identity tag"))
    let servers = next + 1
    var key = RecordDataReader(
      text: text, words: Array(words.prefix(servers)), from: next, origin: origin)
    try key.readBase64(minimum: 1)
    next = servers
    guard let count = UInt8(exactly: tag.count), count > 0, key.wire.count <= 65535 else {
      throw wrong(.hex, "an identity tag has 1 to 255 bytes (RFC 8005 §5)")
    }
    wire += [count, algorithm] + RecordData.bytes(UInt16(key.wire.count)) + tag + key.wire
  }
}
