import DNSModel

/// What is written in an entry that two readers take differently: as narrow as a difference's reason
/// has to be, without reading the entry as either of them does.
extension PeerDifference.Case {
  /// The words behind the type's name, up to a comment; parentheses and blanks part them.
  var dataWords: [Substring] {
    let words = entry.split { " \t\n()".contains($0) }.prefix { !$0.hasPrefix(";") }
    let names = [type.description, "TYPE\(type.rawValue)"]
    guard let place = words.firstIndex(where: { names.contains($0.uppercased()) }) else {
      return []
    }
    return Array(words[(place + 1)...])
  }

  /// Whether the data are written by number and hex (RFC 3597 §5).
  var isGeneric: Bool { dataWords.first == "\\#" }

  /// Words before the base64 or hex data of each type.
  private var fixedFields: Int {
    if isGeneric { return 2 }
    return switch type {
    case .openpgpkey, .dhcid: 0
    case .sshfp: 2
    case .ipseckey: 4
    case .rrsig: 9
    default: 3
    }
  }

  /// Whether the data stand in several words and one that is not the last is no whole number of groups.
  func hasBrokenGroups(of size: Int) -> Bool {
    dataWords.dropFirst(fixedFields).dropLast().contains { !$0.count.isMultiple(of: size) }
  }

  /// Whether a parenthesis stands right beside something that is not a blank.
  var hasTouchingParenthesis: Bool {
    let characters = Array(entry.utf8)
    return characters.indices.contains { index in
      guard characters[index] == UInt8(ascii: ")") || characters[index] == UInt8(ascii: "(") else {
        return false
      }
      let around = [index - 1, index + 1].filter(characters.indices.contains)
      return around.contains { !" \t\n()".utf8.contains(characters[$0]) }
    }
  }

  /// Whether `alpn`, the parameter with key 1, has a protocol whose name is one byte long.
  var hasProtocolOfOneByte: Bool {
    var rest = bytes.dropFirst(2 + (ours?.data.names.first?.wire.count ?? 0))
    func number(_ place: Int) -> Int {
      Int(rest[rest.startIndex + place]) << 8 | Int(rest[rest.startIndex + place + 1])
    }
    while rest.count >= 4, number(0) != 1 { rest = rest.dropFirst(4 + number(2)) }
    guard rest.count >= 4 else { return false }
    var protocols = rest.dropFirst(4).prefix(number(2))
    while let length = protocols.first {
      if length == 1 { return true }
      protocols = protocols.dropFirst(1 + Int(length))
    }
    return false
  }

  /// Whether a NAPTR record has a regular expression: behind order, preference, flags and service.
  var hasExpression: Bool {
    var rest = bytes.dropFirst(4)
    for _ in 0..<2 { rest = rest.dropFirst(1 + Int(rest.first ?? 0)) }
    return (rest.first ?? 0) > 0
  }
}
