/// Reads the words of one record's data, field by field as its type's row says, into wire form.
///
/// Strict: data is exactly what the words say, or refused. Nothing is cut, rounded or guessed.
struct RecordDataReader {
  let text: [UInt8]
  let words: [TextWord]
  let origin: DomainName
  var next: Int
  var wire: [UInt8] = []

  init(text: [UInt8], words: [TextWord], from next: Int, origin: DomainName) {
    self.text = text
    self.words = words
    self.next = next
    self.origin = origin
  }

  var isAtEnd: Bool { next >= words.count }

  /// The place complaints are about: the word just taken.
  var place: Int { next > 0 && next <= words.count ? words[next - 1].start : text.count }

  func wrong(_ fault: TextFault, _ message: String) -> RecordTextError {
    RecordTextError(fault, at: place, message)
  }

  /// The next word's place, quotes allowed.
  mutating func anyWord(_ what: String) throws(RecordTextError) -> TextWord {
    guard next < words.count else {
      let end = words.last.map { $0.end + ($0.isQuoted ? 1 : 0) } ?? text.count
      throw RecordTextError(.fieldMissing, at: end, "\(what) is missing")
    }
    next += 1
    let word = words[next - 1]
    guard !word.hasInnerQuotes else {
      throw wrong(.strayQuote, "a quote stands inside a word")
    }
    return word
  }

  mutating func word(_ what: String) throws(RecordTextError) -> TextWord {
    let word = try anyWord(what)
    guard !word.isQuoted else { throw wrong(.quoted, "\(what) must not be quoted") }
    return word
  }

  func spelling(_ word: TextWord) -> String {
    String(decoding: text[word.start..<min(word.end, word.start + 60)], as: UTF8.self)
  }

  mutating func read(_ schema: RecordSchema) throws(RecordTextError) {
    wire.reserveCapacity(32)
    for field in schema.fields { try read(field) }
    try expectEnd()
  }

  mutating func expectEnd() throws(RecordTextError) {
    guard isAtEnd else {
      next += 1
      throw wrong(.fieldSurplus, "\"\(spelling(words[next - 1]))\" is one field too many")
    }
    guard wire.count <= RecordData.wireLimit else {
      throw wrong(.data, "the data has \(wire.count) bytes; 65535 are the limit")
    }
  }

  private mutating func read(_ field: RecordField) throws(RecordTextError) {
    switch field {
    case .name: try readName()
    case .number(let bytes): try readNumber(bytes: bytes, "a number")
    case .period: try readPeriod()
    case .ipv4: try readIPv4()
    case .ipv6: try readIPv6()
    case .string, .digits: try readString()
    case .strings:
      repeat { try readString() } while !isAtEnd
    case .optionalString: if !isAtEnd { try readString() }
    case .type:
      let word = try word("the type")
      append(number16: try type(word).rawValue)
    case .algorithm: try readAlgorithm()
    case .certificateType:
      try readMnemonic(Mnemonics.certificateTypes, limit: 65535, "a certificate type")
    case .scheme: try readMnemonic(Mnemonics.schemes, limit: 255, "a scheme")
    case .instant: try readInstant()
    case .hex(let minimum): try readHex(minimum: minimum)
    case .base64(let minimum): try readBase64(minimum: minimum)
    case .digest(let use): try readHex(minimum: use.minimum)
    case .publicKey: try readBase64(minimum: 0)
    case .countedHex: try readCountedHex()
    case .countedBase32: try readCountedBase32()
    case .typeBitmap: try readTypeBitmap()
    case .tag: try readTag()
    case .longString: wire += try unescaped(try anyWord("the value"))
    case .serviceParameters: try readServiceParameters()
    case .location: try readLocation()
    case .hardwareAddress(let count): try readHardwareAddress(count)
    case .nodeIdentifier: try readNodeIdentifier()
    case .addressPrefixes: while !isAtEnd { try readAddressPrefix() }
    case .gateway: try readGateway()
    case .relay: try readRelay()
    case .hostIdentity: try readHostIdentity()
    case .names: while !isAtEnd { try readName() }
    }
  }
}

/// The plain fields.
extension RecordDataReader {
  mutating func append(number16: UInt16) {
    wire.append(UInt8(number16 >> 8))
    wire.append(UInt8(truncatingIfNeeded: number16))
  }

  mutating func append(number32: UInt32) {
    append(number16: UInt16(number32 >> 16))
    append(number16: UInt16(truncatingIfNeeded: number32))
  }

  mutating func readName() throws(RecordTextError) {
    let word = try word("a name")
    // RFC 1035 §5.1: @ alone is the origin.
    if word.end - word.start == 1, text[word.start] == UInt8(ascii: "@") {
      wire += origin.wire
      return
    }
    do throws(DomainNameError) {
      try DomainName.append(text, word.start..<word.end, relativeTo: origin, to: &wire)
    } catch {
      throw wrong(.name, "\(error)")
    }
  }

  mutating func number(upTo limit: UInt64, _ what: String) throws(RecordTextError) -> UInt64 {
    let word = try word(what)
    guard let value = UInt64(decimal: text[word.start..<word.end]) else {
      throw wrong(.number, "\(what) is wanted and \"\(spelling(word))\" is none")
    }
    guard value <= limit else {
      throw wrong(.number, "\(value) is out of range: \(limit) is the limit here")
    }
    return value
  }

  mutating func readNumber(bytes: Int, _ what: String) throws(RecordTextError) {
    let value = try number(upTo: (1 << UInt64(8 * bytes)) - 1, what)
    for shift in stride(from: 8 * (bytes - 1), through: 0, by: -8) {
      wire.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }

  mutating func readPeriod() throws(RecordTextError) {
    let word = try word("a time in seconds")
    guard let seconds = PeriodText.seconds(text[word.start..<word.end]) else {
      throw wrong(.number, "\"\(spelling(word))\" is no time up to 4294967295 seconds")
    }
    append(number32: seconds)
  }

  mutating func readIPv4() throws(RecordTextError) {
    let word = try word("an IPv4 address")
    guard let address = IPAddress.V4(parsing: text[word.start..<word.end]) else {
      throw wrong(.address, "\"\(spelling(word))\" is no IPv4 address (four numbers up to 255)")
    }
    wire += address.bytes
  }

  mutating func readIPv6() throws(RecordTextError) {
    let word = try word("an IPv6 address")
    guard let address = IPAddress.V6(parsing: text[word.start..<word.end]) else {
      throw wrong(.address, "\"\(spelling(word))\" is no IPv6 address (RFC 4291 §2.2)")
    }
    wire += address.bytes
  }

  mutating func readString() throws(RecordTextError) {
    let word = try anyWord("a string")
    let place = wire.count
    wire.append(0)
    try appendUnescaped(word)
    guard let count = UInt8(exactly: wire.count - place - 1) else {
      throw wrong(
        .string, "a string has \(wire.count - place - 1) bytes; 255 is the limit (RFC 1035 §3.3)")
    }
    wire[place] = count
  }

  mutating func readTag() throws(RecordTextError) {
    let word = try word("the tag")
    let tag = text[word.start..<word.end]
    guard let count = UInt8(exactly: tag.count), count > 0,
      tag.allSatisfy({ isLetter($0) || isDigit($0) })
    else { throw wrong(.string, "a tag has letters and digits only (RFC 8659 §4.1)") }
    wire.append(count)
    wire += tag
  }

  func unescaped(_ word: TextWord) throws(RecordTextError) -> [UInt8] {
    var copy = self
    copy.wire = []
    try copy.appendUnescaped(word)
    return copy.wire
  }

  private mutating func appendUnescaped(_ word: TextWord) throws(RecordTextError) {
    var offset = word.start
    while offset < word.end {
      let byte = text[offset]
      offset += 1
      guard byte == UInt8(ascii: "\\") else {
        wire.append(byte)
        continue
      }
      guard let escaped = unescape(text, at: &offset, end: word.end) else {
        throw RecordTextError(
          .escape, at: offset - 1,
          "a backslash must be followed by a character or by three digits up to 255")
      }
      wire.append(escaped)
    }
  }

  func type(_ word: TextWord) throws(RecordTextError) -> RecordType {
    guard let type = RecordType(mnemonic: text[word.start..<word.end]) else {
      throw wrong(.typeUnknown, "\"\(spelling(word))\" is no record type")
    }
    return type
  }

  /// RFC 4034 §3.2: a number of seconds of up to ten digits, or YYYYMMDDHHmmSS.
  mutating func readInstant() throws(RecordTextError) {
    let word = try word("a time")
    let digits = text[word.start..<word.end]
    guard digits.allSatisfy(isDigit), digits.count <= 10 || digits.count == 14 else {
      throw wrong(.time, "a time is YYYYMMDDHHmmSS or a number of seconds (RFC 4034 §3.2)")
    }
    let seconds = digits.count == 14 ? CalendarText.seconds(digits) : UInt32(decimal: digits)
    guard let seconds else {
      throw wrong(.time, "\"\(spelling(word))\" is no time from 1901 to 2174 (RFC 4034 §3.1.5)")
    }
    append(number32: seconds)
  }

  mutating func readAlgorithm() throws(RecordTextError) {
    try readMnemonic(Mnemonics.algorithms, limit: 255, "an algorithm")
  }

  private mutating func readMnemonic(
    _ table: [(String, UInt16)], limit: UInt16, _ what: String
  ) throws(RecordTextError) {
    let word = try word(what)
    let spelled = text[word.start..<word.end]
    var value = UInt16(decimal: spelled)
    if value == nil {
      let upper = String(decoding: spelled.map { isLetter($0) ? $0 & 0xDF : $0 }, as: UTF8.self)
      value = table.first { $0.0 == upper }?.1
    }
    guard let value, value <= limit else {
      throw wrong(.mnemonic, "\"\(spelling(word))\" is no number or name of \(what)")
    }
    if limit > 255 { append(number16: value) } else { wire.append(UInt8(value)) }
  }
}
