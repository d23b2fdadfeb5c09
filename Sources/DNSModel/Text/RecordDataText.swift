import Digests

/// Canonical zone text of data: the fields as the type's row has them, blanks between them.
extension RecordData: CustomStringConvertible {
  /// Reads back to the same bytes, whatever the data are. What does not fit the type's fields, or
  /// cannot be told in them, is written in the generic form of RFC 3597 §5.
  public var description: String {
    guard let schema = RecordSchema.of(type) else { return genericText }
    var writer = RecordDataWriter(type: type, wire: wire)
    return writer.write(schema) ?? genericText
  }

  public var genericText: String {
    wire.isEmpty ? "\\# 0" : "\\# \(wire.count) \(wire.uppercaseHex)"
  }
}

extension ResourceRecord: CustomStringConvertible {
  /// One line of canonical zone text.
  public var description: String {
    "\(owner)\t\(ttl)\t\(recordClass)\t\(type)\t\(textOfData)"
  }

  private var textOfData: String {
    recordClass == .internet ? data.description : data.genericText
  }
}

private struct RecordDataWriter {
  var check: RecordDataCheck
  let wire: [UInt8]
  var words: [String] = []

  init(type: RecordType, wire: [UInt8]) {
    check = RecordDataCheck(type: type, wire: wire)
    self.wire = wire
  }

  mutating func write(_ schema: RecordSchema) -> String? {
    do throws(RecordDataError) {
      for field in schema.fields {
        let start = check.offset
        try check.skip(field)
        guard write(field, start..<check.offset) else { return nil }
      }
    } catch { return nil }
    return check.remaining == 0 ? words.joined(separator: " ") : nil
  }

  func number(_ range: Range<Int>) -> UInt64 {
    wire[range].reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// False where the field has no text of its own.
  private mutating func write(_ field: RecordField, _ range: Range<Int>) -> Bool {
    switch field {
    case .name, .names:
      var names = RecordDataCheck(type: check.type, wire: wire)
      names.offset = range.lowerBound
      while names.offset < range.upperBound {
        let start = names.offset
        guard (try? names.skipName()) != nil else { return false }
        words.append(DomainName(validWire: Array(wire[start..<names.offset])).description)
      }
    case .number, .period, .algorithm, .certificateType, .scheme:
      words.append(String(number(range)))
    case .ipv4, .ipv6: words.append(IPAddress(bytes: Array(wire[range]))?.description ?? "")
    case .string, .digits, .strings, .optionalString: writeStrings(range)
    case .type: words.append(RecordType(rawValue: UInt16(number(range))).description)
    case .instant: words.append(CalendarText.text(UInt32(number(range))))
    case .hex, .digest: if !range.isEmpty { words.append(wire[range].uppercaseHex) }
    case .base64, .publicKey: if !range.isEmpty { words.append(Array(wire[range]).base64()) }
    case .countedHex: words.append(range.count == 1 ? "-" : wire[range.dropFirst()].uppercaseHex)
    case .countedBase32: words.append(Self.base32(wire[range.dropFirst()]))
    case .typeBitmap: writeBitmap(range)
    case .tag: words.append(String(decoding: wire[range.dropFirst()], as: UTF8.self))
    case .longString: words.append(Self.quoted(wire[range]))
    case .serviceParameters: return writeParameters(range)
    case .location: return writeLocation(range)
    case .hardwareAddress: words.append(wire[range].map { [$0].hex }.joined(separator: "-"))
    case .nodeIdentifier:
      let digits = Array(wire[range].hex.utf8)
      words.append(
        stride(from: 0, to: 16, by: 4).map {
          String(decoding: digits[$0..<($0 + 4)], as: UTF8.self)
        }
        .joined(separator: ":"))
    case .addressPrefixes: return writePrefixes(range)
    case .gateway:
      words += [String(wire[range.lowerBound]), String(wire[range.lowerBound + 1])]
      writeAddress(wire[range.lowerBound], range.dropFirst(2))
    case .relay:
      let kind = wire[range.lowerBound]
      guard kind & 0x7F <= 3 else { return false }
      words += [String(kind >> 7), String(kind & 0x7F)]
      writeAddress(kind & 0x7F, range.dropFirst())
    case .hostIdentity: writeHostIdentity(range)
    }
    return true
  }

  private mutating func writeAddress(_ kind: UInt8, _ range: Range<Int>) {
    switch kind {
    case 1, 2: words.append(IPAddress(bytes: Array(wire[range]))?.description ?? "")
    case 3: words.append(DomainName(validWire: Array(wire[range])).description)
    default: words.append(".")
    }
  }

  private mutating func writeHostIdentity(_ range: Range<Int>) {
    let start = range.lowerBound
    let tag = (start + 4)..<(start + 4 + Int(wire[start]))
    words.append(String(wire[start + 1]))
    words.append(wire[tag].uppercaseHex)
    words.append(Array(wire[tag.upperBound..<range.upperBound]).base64())
  }

  private mutating func writeStrings(_ range: Range<Int>) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let end = offset + 1 + Int(wire[offset])
      words.append(Self.quoted(wire[(offset + 1)..<end]))
      offset = end
    }
  }

  /// Always quoted; what is not printable ASCII stands as \DDD.
  static func quoted(_ bytes: ArraySlice<UInt8>) -> String {
    var text: [UInt8] = [UInt8(ascii: "\"")]
    text.reserveCapacity(bytes.count + 2)
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
      case 0x20...0x7E: text.append(byte)
      default: text += Array(decimalEscape(byte).utf8)
      }
    }
    text.append(UInt8(ascii: "\""))
    return String(decoding: text, as: UTF8.self)
  }

  private static func base32(_ bytes: ArraySlice<UInt8>) -> String {
    let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUV".utf8)
    var text: [UInt8] = []
    var bits: UInt32 = 0
    var width: UInt32 = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      width += 8
      while width >= 5 {
        width -= 5
        text.append(digits[Int(bits >> width & 31)])
      }
      bits &= (1 << width) - 1
    }
    if width > 0 { text.append(digits[Int(bits << (5 - width) & 31)]) }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func writeBitmap(_ range: Range<Int>) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let window = UInt16(wire[offset]) << 8
      let count = Int(wire[offset + 1])
      for index in 0..<(count * 8)
      where wire[offset + 2 + index / 8] & (0x80 >> UInt8(index & 7)) != 0 {
        words.append(RecordType(rawValue: window | UInt16(index)).description)
      }
      offset += 2 + count
    }
  }

  private mutating func writePrefixes(_ range: Range<Int>) -> Bool {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let family = number(offset..<(offset + 2))
      let count = Int(wire[offset + 3] & 0x7F)
      guard family == 1 || family == 2 else { return false }
      var bytes = Array(wire[(offset + 4)..<(offset + 4 + count)])
      bytes += Array(repeating: 0, count: (family == 1 ? 4 : 16) - count)
      let sign = wire[offset + 3] & 0x80 == 0 ? "" : "!"
      let address = IPAddress(bytes: bytes)?.description ?? ""
      words.append("\(sign)\(family):\(address)/\(wire[offset + 2])")
      offset += 4 + count
    }
    return true
  }

  /// Nothing, ten times over (RFC 1876 §2: mantissa 0 with an exponent), has no text of its own: it
  /// would come back as plain nothing, which is other data.
  private mutating func writeLocation(_ range: Range<Int>) -> Bool {
    let start = range.lowerBound
    guard wire[(start + 1)...(start + 3)].allSatisfy({ $0 == 0 || $0 > 15 }) else { return false }
    for (place, letters) in [(start + 4, ["S", "N"]), (start + 8, ["W", "E"])] {
      let angle = Int64(number(place..<(place + 4))) - 0x8000_0000
      let size = abs(angle)
      let seconds = Self.decimal(size % 60_000, scale: 1000)
      words += [
        String(size / 3_600_000), String(size / 60_000 % 60), seconds, letters[angle < 0 ? 0 : 1],
      ]
    }
    let altitude = Int64(number((start + 12)..<(start + 16))) - 10_000_000
    words.append((altitude < 0 ? "-" : "") + Self.decimal(abs(altitude), scale: 100) + "m")
    for place in (start + 1)...(start + 3) {
      var centimetres = Int64(wire[place] >> 4)
      for _ in 0..<(wire[place] & 15) { centimetres *= 10 }
      words.append(Self.decimal(centimetres, scale: 100) + "m")
    }
    return true
  }

  private static func decimal(_ value: Int64, scale: Int64) -> String {
    "\(value / scale)." + String(String(scale + value % scale).dropFirst())
  }
}

/// SVCB's parameters.
extension RecordDataWriter {
  fileprivate mutating func writeParameters(_ range: Range<Int>) -> Bool {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let key = Int(number(offset..<(offset + 2)))
      let end = offset + 4 + Int(number((offset + 2)..<(offset + 4)))
      let value = wire[(offset + 4)..<end]
      let name = ServiceParameterKey.name(key)
      switch key {
      case 2, 8:
        guard value.isEmpty else { return false }
        words.append(name)
      default:
        guard let text = Self.parameter(key, value) else { return false }
        words.append(value.isEmpty ? name : "\(name)=\(text)")
      }
      offset = end
    }
    return true
  }

  private static func parameter(_ key: Int, _ value: ArraySlice<UInt8>) -> String? {
    let bytes = Array(value)
    switch key {
    case 0:
      return stride(from: 0, to: bytes.count, by: 2).map {
        ServiceParameterKey.name(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]))
      }.joined(separator: ",")
    case 1: return protocols(bytes)
    case 3: return String(UInt16(bytes[0]) << 8 | UInt16(bytes[1]))
    case 4, 6:
      let size = key == 4 ? 4 : 16
      return stride(from: 0, to: bytes.count, by: size).map {
        IPAddress(bytes: Array(bytes[$0..<($0 + size)]))?.description ?? ""
      }.joined(separator: ",")
    case 5: return bytes.isEmpty ? nil : bytes.base64()
    default: return quoted(value)
    }
  }

  /// A comma or a backslash inside a protocol's name is protected for the list, and the protecting
  /// backslash once more for the string around it (RFC 9460 appendix A.1).
  private static func protocols(_ bytes: [UInt8]) -> String {
    var list: [UInt8] = []
    var offset = 0
    while offset < bytes.count {
      if offset > 0 { list.append(UInt8(ascii: ",")) }
      let end = offset + 1 + Int(bytes[offset])
      for byte in bytes[(offset + 1)..<end] {
        if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\\") {
          list.append(UInt8(ascii: "\\"))
        }
        list.append(byte)
      }
      offset = end
    }
    return quoted(list[...])
  }
}
