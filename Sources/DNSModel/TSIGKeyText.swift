import Digests
import Notation

/// Why a text is no key file. The text itself is never quoted: it may hold the secret.
public enum TSIGKeyTextError: Error, Hashable, Sendable, CustomStringConvertible {
  case empty
  case unknownForm
  case noSuchKey(wanted: DomainName, found: [DomainName])
  case severalKeys([DomainName])
  case badName(String)
  case unknownAlgorithm(String)
  case badMACLength(String)
  case missing(String, key: DomainName)
  case nameUnknown
  case badSecret

  public var description: String {
    switch self {
    case .empty: "the key file is empty"
    case .unknownForm:
      "the key file is in no known form; write it with `tsig-keygen NAME` or `keymgr -t NAME`, "
        + "as ALGORITHM:NAME:SECRET, or as the secret alone in base64"
    case .noSuchKey(let wanted, let found):
      "the key file has no key \(wanted); it has \(found.map(\.description).joined(separator: ", "))"
    case .severalKeys(let names):
      "the key file has several keys (\(names.map(\.description).joined(separator: ", "))): name one"
    case .badName(let reason): "the key's name is no domain name: \(reason)"
    case .unknownAlgorithm(let word):
      "the key's algorithm is \(safeText(word, limit: 40)); expected one of "
        + TSIGAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
        + (word.hasPrefix("hmac-md5") ? " (RFC 8945 §6 forbids HMAC-MD5)" : "")
    case .badMACLength(let word):
      "the MAC length in \(safeText(word, limit: 40)) is not allowed: whole bytes, at least 80 bits "
        + "and half of the hash (RFC 8945 §5.2.2.1)"
    case .missing(let field, let key): "the key \(key) has no \(field)"
    case .nameUnknown: "the key file holds a secret alone, so the key's name must be given"
    case .badSecret: "the key's secret is not base64 (RFC 4648 §4)"
    }
  }
}

extension TSIGKey {
  /// Reads a key in the forms that people have: BIND's (`tsig-keygen`), Knot's (`keymgr -t`),
  /// `ALGORITHM:NAME:SECRET`, or the secret alone (then it is hmac-sha256's).
  public init(parsing text: String, named wanted: DomainName? = nil) throws(TSIGKeyTextError) {
    let words = Self.words(of: text)
    guard let first = words.first else { throw .empty }
    var found: [TSIGKey] = []
    if first == "key", words.count > 1 {
      found = try Self.bindKeys(words)
    } else if first == "key:" {
      found = try Self.knotKeys(words)
    } else if words.count == 1 {
      found = [try Self.oneWord(first, named: wanted)]
    } else {
      throw .unknownForm
    }
    let matching = found.filter { wanted == nil || $0.name == wanted }
    if matching.isEmpty, let wanted { throw .noSuchKey(wanted: wanted, found: found.map(\.name)) }
    guard matching.count == 1, let key = matching.first else {
      throw .severalKeys(matching.map(\.name))
    }
    self = key
  }

  /// Words, braces and semicolons; quotes fall away, and so do comments. (A secret may begin with
  /// `//`: only a lone `//` opens a comment.)
  private static func words(of text: String) -> [String] {
    var words: [String] = []
    for line in text.split(whereSeparator: \.isNewline) {
      var word = ""
      var isComment = false
      func close() {
        isComment = isComment || word == "//"
        if !word.isEmpty, !isComment { words.append(word) }
        word = ""
      }
      for character in line where !isComment {
        switch character {
        case "#": isComment = true
        case " ", "\t", "\"": close()
        case "{", "}", ";":
          close()
          words.append(String(character))
        default: word.append(character)
        }
      }
      if !word.isEmpty { words.append(word) }
    }
    return words
  }

  private static func bindKeys(_ words: [String]) throws(TSIGKeyTextError) -> [TSIGKey] {
    var keys: [TSIGKey] = []
    var index = 0
    while index < words.count {
      guard words[index] == "key", index + 2 < words.count, words[index + 2] == "{" else {
        throw .unknownForm
      }
      let name = words[index + 1]
      index += 3
      var fields: [String: String] = [:]
      while index + 2 < words.count, words[index] != "}" {
        guard words[index + 2] == ";" else { throw .unknownForm }
        fields[words[index]] = words[index + 1]
        index += 3
      }
      guard index < words.count, words[index] == "}" else { throw .unknownForm }
      index += 1
      if index < words.count, words[index] == ";" { index += 1 }
      keys.append(try TSIGKey(name: name, fields: fields))
    }
    return keys
  }

  private static func knotKeys(_ words: [String]) throws(TSIGKeyTextError) -> [TSIGKey] {
    var keys: [TSIGKey] = []
    var name: String?
    var fields: [String: String] = [:]
    var index = 1
    while index < words.count {
      if words[index] == "-" {
        if let name { keys.append(try TSIGKey(name: name, fields: fields)) }
        (name, fields) = (nil, [:])
        index += 1
        continue
      }
      guard index + 1 < words.count, words[index].hasSuffix(":") else { throw .unknownForm }
      if words[index] == "id:" {
        name = words[index + 1]
      } else {
        fields[String(words[index].dropLast())] = words[index + 1]
      }
      index += 2
    }
    guard let name else { throw .unknownForm }
    return keys + [try TSIGKey(name: name, fields: fields)]
  }

  private static func oneWord(
    _ word: String, named wanted: DomainName?
  ) throws(TSIGKeyTextError) -> TSIGKey {
    let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    if parts.count == 3 {
      return try TSIGKey(name: parts[1], fields: ["algorithm": parts[0], "secret": parts[2]])
    }
    guard parts.count == 1 else { throw .unknownForm }
    guard let secret = [UInt8](base64: word), !secret.isEmpty else { throw .badSecret }
    guard let wanted else { throw .nameUnknown }
    return TSIGKey(name: wanted, algorithm: .sha256, secret: secret)
  }

  private init(name text: String, fields: [String: String]) throws(TSIGKeyTextError) {
    let name: DomainName
    do {
      name = try DomainName(parsing: text)
    } catch {
      throw .badName(error.description)
    }
    guard let algorithmText = fields["algorithm"] else {
      throw .missing("algorithm", key: name)
    }
    guard let secretText = fields["secret"] else { throw .missing("secret", key: name) }
    guard let secret = [UInt8](base64: secretText), !secret.isEmpty else { throw .badSecret }
    let (algorithm, macByteCount) = try Self.algorithm(algorithmText)
    self.init(name: name, algorithm: algorithm, secret: secret, macByteCount: macByteCount)
  }

  /// `hmac-sha256`, or as BIND writes truncated MACs, `hmac-sha256-128`.
  private static func algorithm(
    _ text: String
  ) throws(TSIGKeyTextError) -> (TSIGAlgorithm, macByteCount: Int?) {
    let bare = text.hasSuffix(".") ? text.dropLast() : text[...]
    let parts = bare.lowercased().split(separator: "-").map(String.init)
    guard parts.count == 2 || parts.count == 3,
      let algorithm = TSIGAlgorithm(rawValue: parts[0] + "-" + parts[1])
    else { throw .unknownAlgorithm(text) }
    guard parts.count == 3 else { return (algorithm, nil) }
    guard let bits = Int(parts[2]), bits % 8 == 0, bits / 8 >= algorithm.leastMACByteCount,
      bits / 8 <= algorithm.macByteCount
    else { throw .badMACLength(text) }
    return (algorithm, bits / 8)
  }
}
