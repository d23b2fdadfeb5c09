/// SVCB's parameters in text (RFC 9460 §2.1 and appendix A).
enum ServiceParameterKey {
  private static let names: [(String, UInt16)] = [
    ("mandatory", 0), ("alpn", 1), ("no-default-alpn", 2), ("port", 3), ("ipv4hint", 4),
    ("ech", 5), ("ipv6hint", 6), ("dohpath", 7), ("ohttp", 8),
  ]

  /// `keyNNNNN` without leading zeros, or a registered name; lowercase (RFC 9460 §2.1).
  static func number(_ spelled: ArraySlice<UInt8>) -> UInt16? {
    let text = String(decoding: spelled, as: UTF8.self)
    if let known = names.first(where: { $0.0 == text }) { return known.1 }
    let digits = spelled.dropFirst(3)
    guard text.hasPrefix("key"), digits.first != UInt8(ascii: "0") || digits.count == 1 else {
      return nil
    }
    return UInt16(decimal: digits)
  }

  static func name(_ number: Int) -> String {
    names.first { Int($0.1) == number }?.0 ?? "key\(number)"
  }
}

extension RecordDataReader {
  mutating func readServiceParameters() throws(RecordTextError) {
    var parameters: [(key: UInt16, value: [UInt8])] = []
    while !isAtEnd {
      next += 1
      let word = words[next - 1]
      guard !word.isQuoted else { throw wrong(.quoted, "a key must not be quoted") }
      let spelled = text[word.start..<word.end]
      let equals = spelled.firstIndex(of: UInt8(ascii: "=")) ?? word.end
      guard let key = ServiceParameterKey.number(spelled[..<equals]) else {
        throw wrong(.parameter, "\"\(spelling(word))\" does not begin with a service parameter key")
      }
      guard !parameters.contains(where: { $0.key == key }) else {
        throw wrong(.parameter, "\(ServiceParameterKey.name(Int(key))) comes twice (RFC 9460 §2.1)")
      }
      let value = try serviceValue(key, word, from: min(equals + 1, word.end))
      parameters.append((key, value))
    }
    for (key, value) in parameters.sorted(by: { $0.key < $1.key }) {
      guard let count = UInt16(exactly: value.count) else {
        throw wrong(.parameter, "a value has over 65535 bytes")
      }
      append(number16: key)
      append(number16: count)
      wire += value
    }
  }

  private func serviceValue(
    _ key: UInt16, _ word: TextWord, from start: Int
  ) throws(RecordTextError) -> [UInt8] {
    var value = TextWord(start: start, end: word.end)
    if word.hasInnerQuotes {
      guard text[start] == UInt8(ascii: "\""), text[word.end - 1] == UInt8(ascii: "\""),
        word.end - start >= 2
      else { throw wrong(.strayQuote, "a value is quoted whole or not at all (RFC 9460 §2.1)") }
      value = TextWord(start: start + 1, end: word.end - 1, isQuoted: true)
    }
    let bytes = try unescaped(value)
    // Written as a number, any key's value is its wire form (RFC 9460 §2.1).
    if text[word.start..<word.end].starts(with: Array("key".utf8)) { return bytes }
    // mandatory, port, ech and the hints (RFC 9460 §7.2, §7.3 and §8, RFC 9848 §3).
    if [0, 3, 4, 5, 6].contains(key), text[value.start..<value.end].contains(UInt8(ascii: "\\")) {
      throw wrong(.parameter, "\(ServiceParameterKey.name(Int(key))) takes no escapes")
    }
    switch key {
    case 0: return try mandatory(bytes)
    case 1: return try protocols(bytes)
    case 2, 8:
      guard bytes.isEmpty else {
        throw wrong(.parameter, "\(ServiceParameterKey.name(Int(key))) takes no value")
      }
      return []
    case 3:
      guard let port = UInt16(decimal: bytes) else {
        throw wrong(.parameter, "port wants a number up to 65535")
      }
      return RecordData.bytes(port)
    case 4, 6: return try hints(bytes, key)
    case 5:
      let digits = TextWord(start: 0, end: bytes.count)
      var reader = RecordDataReader(text: bytes, words: [digits], from: 0, origin: .root)
      guard !bytes.isEmpty, (try? reader.readBase64(minimum: 1)) != nil else {
        throw wrong(.parameter, "ech wants base64")
      }
      return reader.wire
    default: return bytes
    }
  }

  /// A comma-separated list; a backslash protects a comma or a backslash (RFC 9460 appendix A.1).
  private func list(_ bytes: [UInt8]) throws(RecordTextError) -> [[UInt8]] {
    var items: [[UInt8]] = [[]]
    var isProtected = false
    for byte in bytes {
      if isProtected {
        guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\\") else {
          throw wrong(.parameter, "in a list a backslash protects a comma or a backslash only")
        }
        items[items.count - 1].append(byte)
        isProtected = false
      } else if byte == UInt8(ascii: "\\") {
        isProtected = true
      } else if byte == UInt8(ascii: ",") {
        items.append([])
      } else {
        items[items.count - 1].append(byte)
      }
    }
    guard !isProtected, !items.contains([]) else {
      throw wrong(.parameter, "the list is empty, has an empty item or ends in a backslash")
    }
    return items
  }

  private func protocols(_ bytes: [UInt8]) throws(RecordTextError) -> [UInt8] {
    var value: [UInt8] = []
    for item in try list(bytes) {
      guard let count = UInt8(exactly: item.count) else {
        throw wrong(.parameter, "a protocol's name has 1 to 255 bytes")
      }
      value.append(count)
      value += item
    }
    return value
  }

  private func mandatory(_ bytes: [UInt8]) throws(RecordTextError) -> [UInt8] {
    var keys: [UInt16] = []
    for item in bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let key = ServiceParameterKey.number(Array(item)[...]) else {
        throw wrong(.parameter, "mandatory wants a list of keys")
      }
      keys.append(key)
    }
    return keys.sorted().flatMap(RecordData.bytes)
  }

  private func hints(_ bytes: [UInt8], _ key: UInt16) throws(RecordTextError) -> [UInt8] {
    var value: [UInt8] = []
    for item in bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      let address =
        key == 4
        ? IPAddress.V4(parsing: Array(item)[...])?.bytes
        : IPAddress.V6(parsing: Array(item)[...])?.bytes
      guard let address else {
        throw wrong(.parameter, "\(ServiceParameterKey.name(Int(key))) wants a list of addresses")
      }
      value += address
    }
    return value
  }
}
