import DNSModel
import TestSupport

/// Entries of zone text as people and scripts write them: data of every type told in one of the many
/// ways it can be told, and now and then damaged in one of the many ways text gets damaged.
///
/// Each is complete in itself: what is wrong with one says nothing about the next.
struct WrittenEntries {
  private var random: SeededRandom
  private var generated: GeneratedData
  private let types: [RecordType]

  init(seed: UInt64, types: [RecordType] = GeneratedData.types.filter { $0 != .soa }) {
    random = SeededRandom(seed: seed)
    generated = GeneratedData(random: SeededRandom(seed: seed ^ 0x5EED), hasPlainNames: true)
    self.types = types
  }

  /// The entry's owner is `nINDEX`, or a name below that.
  mutating func entry(_ index: Int) -> String {
    let type = types[index % types.count]
    for _ in 0..<20 {
      guard let data = generated.data(type) else { continue }
      var words = Self.words(Bool.random(using: &random) ? data.description : data.genericText)
      if random.next() % 3 != 0 { words = Self.words(data.description) }
      let changes = [0, 0, 1, 1, 1, 2, 3][Int(random.next() % 7)]
      for _ in 0..<changes { change(&words) }
      let text = head(index, type) + tail(words)
      if Self.isComplete(text) { return text }
    }
    return "n\(index) 60 IN TXT plain\n"
  }

  /// Data alone, told and damaged in the same ways.
  mutating func data(_ type: RecordType) -> String {
    for _ in 0..<20 {
      guard let data = generated.data(type) else { continue }
      var words = Self.words(data.description)
      for _ in 0..<(random.next() % 3) { change(&words) }
      let text = tail(words)
      if Self.isComplete("x " + text) { return text }
    }
    return ". . 1 2 3 4 5\n"
  }

  /// Whether the entry ends where its text does, and all quotes and parentheses with it.
  private static func isComplete(_ text: String) -> Bool {
    var scanner = EntryScanner(Array(text.utf8))
    guard scanner.next() == .entry else { return false }
    switch scanner.fault?.fault {
    case .unclosedQuote, .strayQuote, .unclosedParenthesis, .strayParenthesis, .tooLong:
      return false
    default: return scanner.next() == .end
    }
  }

  private static func words(_ text: String) -> [String] {
    var scanner = EntryScanner(Array(text.utf8))
    guard scanner.next() == .entry else { return [] }
    return scanner.words.map { word in
      let spelled = String(decoding: scanner.text[word.start..<word.end], as: UTF8.self)
      return word.isQuoted ? "\"\(spelled)\"" : spelled
    }
  }

  private mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int(random.next() % UInt64(values.count))]
  }

  // MARK: What stands before the data

  private mutating func head(_ index: Int, _ type: RecordType) -> String {
    let owners = ["n\(index)", "n\(index)", "N\(index)", "n\(index).example.", "*.n\(index)"]
    let odd = [
      "a\\.b.n\(index)", "\\065.n\(index)", "a..n\(index)", "\\256.n\(index)", "_x.n\(index)",
    ]
    var owner = pick(random.next() % 8 == 0 ? odd : owners)
    // What may stand at a wildcard is for the zone to say, not for the record (RFC 4592 §4).
    if [.ns, .dname, .nsec3].contains(type) { owner = pick(Array(owners.dropLast())) }
    let ttls = ["60", "60", "0", "1h", "1H30M", "2147483647", "007"]
    let oddTTLs = [
      "2147483648", "4294967296", "1h1", "1d1w", "1x", "-1", "1h1h", "1.5", "1m1h", "h",
    ]
    let ttl = pick(random.next() % 16 == 0 ? oddTTLs : ttls)
    let recordClass = pick(["IN", "IN", "in", "CLASS1"])
    let mnemonic = type.description
    let spelled = pick([mnemonic, mnemonic, mnemonic.lowercased(), "TYPE\(type.rawValue)"])
    let heads = [
      [ttl, recordClass], [ttl, recordClass], [recordClass, ttl], [ttl], [recordClass], [],
    ]
    return ([owner] + pick(heads) + [spelled]).joined(separator: pick([" ", "\t", "  "])) + " "
  }

  private mutating func tail(_ words: [String]) -> String {
    let text = words.joined(separator: pick([" ", " ", "\t", "  "]))
    switch random.next() % 8 {
    case 0: return "( \(text) )\n"
    case 1: return "(\(words.joined(separator: "  "))) ; a comment\n"
    case 2: return text + " ; a comment ( \" \n"
    default: return text + "\n"
    }
  }

  // MARK: Changes to the data

  private mutating func change(_ words: inout [String]) {
    guard !words.isEmpty else { return }
    let place = Int(random.next() % UInt64(words.count))
    switch random.next() % 12 {
    case 0: words.remove(at: place)
    case 1: words.insert(words[place], at: place)
    case 2: words.swapAt(place, Int(random.next() % UInt64(words.count)))
    case 3: words[place] = pick(Self.oddNumbers)
    case 4: words[place] = pick(Self.oddWords)
    case 5: words[place] = requoted(words[place])
    case 6:
      words[place] =
        Bool.random(using: &random)
        ? words[place].lowercased() : words[place].uppercased()
    case 7: words[place] = escaped(words[place])
    case 8 where place + 1 < words.count: words[place] += words.remove(at: place + 1)
    default: words[place] = edited(words[place])
    }
  }

  private static let oddNumbers = [
    "0", "00", "007", "1", "255", "256", "65535", "65536", "4294967295", "4294967296",
    "18446744073709551616", "-1", "+1", "1.0", "1e3", "0x10", "\\049", "\"1\"", "1h", "2w3d",
    "20260101000000", "20261301000000",
  ]
  private static let oddWords = [
    ".", "@", "-", "\"\"", "\\#", "\\# 0", "a", "a.", "a..b", ".a", "*", "A", "MX", "TYPE1",
    "TYPE65536",
    "BOGUS", "RSASHA256", "PKIX", "AA", "AAA", "A A", "AA==", "A===", "=", "1.2.3.4", "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4", "::", "::1", ":::", "1::2::3", "::ffff:1.2.3.4", "2001:DB8::g", "!1:10.0.0.0/8",
    "1:10.0.0.0/33", "2:::/0", "alpn=h2", "alpn=\"h2\"", "alpn", "port=53", "port", "key1=x",
    "key007=x",
    "ipv4hint=1.2.3.4,", "mandatory=alpn", "no-default-alpn", "00-00-5e-00-53-2a",
    "0014:4fff:ff20:ee64",
    "N", "90", "10m", "0.00m", "1.5m", "100000000m", "\\", "\\300", "\\0", "\\.", "a\\.b", "é",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  ]

  private mutating func requoted(_ word: String) -> String {
    let isQuoted = word.count >= 2 && word.hasPrefix("\"") && word.hasSuffix("\"")
    return isQuoted ? String(word.dropFirst().dropLast()) : "\"\(word)\""
  }

  /// One of its characters as `\DDD`, or behind a backslash: the same word, told otherwise.
  private mutating func escaped(_ word: String) -> String {
    var bytes = Array(word.utf8)
    let place = Int(random.next() % UInt64(max(bytes.count, 1)))
    guard place < bytes.count, bytes[place] < 0x80, bytes[place] != UInt8(ascii: "\"") else {
      return word
    }
    let digits = String(1000 + Int(bytes[place])).dropFirst()
    let isDigit = (0x30...0x39).contains(bytes[place])
    if Bool.random(using: &random), !isDigit {
      bytes.insert(UInt8(ascii: "\\"), at: place)
    } else {
      bytes.replaceSubrange(place...place, with: Array("\\\(digits)".utf8))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A character more, less or another.
  private mutating func edited(_ word: String) -> String {
    var characters = Array(word)
    let place = Int(random.next() % UInt64(characters.count + 1))
    let new = pick(Array("0123456789abcfghxzABFGZ.-_+=/@,:;*\\#$%~! "))
    switch random.next() % 3 {
    case 0: characters.insert(new, at: place)
    case 1 where place < characters.count: characters.remove(at: place)
    default: if place < characters.count { characters[place] = new }
    }
    return String(characters)
  }
}
