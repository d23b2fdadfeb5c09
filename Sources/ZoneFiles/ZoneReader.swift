import DNSModel
import SystemIO

/// Reads zone text (RFC 1035 §5.1, RFC 2308 §4, RFC 3597 §5) entry by entry and hands each over at
/// once, so that a file of any size takes no more room than its longest entry.
///
/// What an omitted field stands for comes from the entries before it. Where such an entry was
/// refused for that very field, those that lean on it are refused as well: nothing is guessed.
public struct ZoneReader {
  /// What `lost` marks: names that are relative to an origin that could not be read.
  private static let lostOrigin: DomainName = "origin\\000lost."
  private static let includeLimit = 16

  var origin: DomainName
  var owner: DomainName?
  var defaultTTL: TTL?
  var lastTTL: TTL?
  /// That of the first record, and so of all (RFC 1035 §5.2).
  private var fileClass: RecordClass?
  private var depth = 0
  private var file = "-"
  private let allowsIncludes: Bool
  private let entryLimit: Int

  public init(
    origin: DomainName, allowsIncludes: Bool = true, entryLimit: Int = EntryScanner.usualLimit
  ) {
    self.origin = origin
    self.allowsIncludes = allowsIncludes
    self.entryLimit = entryLimit
  }

  /// `-` is standard input. Throws where the file itself cannot be read.
  public mutating func read(file path: String, _ sink: (ZoneEntry) -> Void) throws(FileError) {
    try read(ByteStream(path, regularOnly: depth > 0), sink)
  }

  public mutating func read(
    text: some StringProtocol, named name: String = "-", _ sink: (ZoneEntry) -> Void
  ) {
    read(bytes: Array(text.utf8), named: name, sink)
  }

  public mutating func read(
    bytes: [UInt8], named name: String = "-", _ sink: (ZoneEntry) -> Void
  ) {
    file = name
    var scanner = EntryScanner(bytes, entryLimit: entryLimit)
    while scanner.next() == .entry { take(&scanner, sink) }
  }

  private mutating func read(
    _ stream: ByteStream, _ sink: (ZoneEntry) -> Void
  ) throws(FileError) {
    file = stream.path
    var scanner = EntryScanner([], isFinal: false, entryLimit: entryLimit)
    var window = 1 << 16
    while true {
      switch scanner.next() {
      case .entry: take(&scanner, sink)
      case .end: return
      case .needsMore:
        // An entry longer than the window is scanned again: doubling keeps that linear.
        if scanner.pending > window / 2 { window = min(window * 2, 1 << 22) }
        let bytes = try stream.read(window)
        scanner.feed(bytes, isFinal: bytes.isEmpty)
      }
    }
  }

  private mutating func take(_ scanner: inout EntryScanner, _ sink: (ZoneEntry) -> Void) {
    do throws(RecordTextError) {
      if let fault = scanner.fault {
        noteLoss(of: scanner)
        throw fault
      }
      // A pair of parentheses around nothing says nothing.
      guard let first = scanner.words.first else { return }
      if !scanner.beginsBlank, !first.isQuoted, scanner.text[first.start] == UInt8(ascii: "$") {
        try follow(scanner, sink)
      } else {
        let place = TextPlace(file: file, line: scanner.entryLine)
        sink(.record(try record(scanner), place))
      }
    } catch {
      let (line, column) = scanner.position(of: error.offset)
      let place = TextPlace(file: file, line: line, column: column)
      sink(.refused(ZoneRefusal(fault: error.fault, place: place, message: error.message)))
    }
  }

  /// A broken entry may still tell whose records the lines behind it are; a broken directive takes with it
  /// what it was about to set.
  private mutating func noteLoss(of scanner: EntryScanner) {
    guard !scanner.beginsBlank else { return }
    let start = scanner.words.first?.start ?? scanner.entryStart
    guard scanner.text[start] != UInt8(ascii: "$") else {
      let name = String(decoding: scanner.text[start...].prefix(7), as: UTF8.self).uppercased()
      if name == "$ORIGIN" { origin = Self.lostOrigin }
      if name.hasPrefix("$TTL") { (defaultTTL, lastTTL) = (nil, nil) }
      return
    }
    guard let first = scanner.words.first, first.end < (scanner.fault?.offset ?? 0) else {
      owner = nil
      return
    }
    owner = try? ownerName(scanner, first)
  }

  private func ownerName(
    _ scanner: EntryScanner, _ word: TextWord
  ) throws(RecordTextError) -> DomainName {
    guard !word.isQuoted, !word.hasInnerQuotes else {
      throw RecordTextError(.quoted, at: word.start, "an owner must not be quoted")
    }
    return try DomainName(reading: scanner.text, word, origin: origin)
  }

  mutating func record(_ scanner: EntryScanner) throws(RecordTextError) -> ResourceRecord {
    let words = scanner.words
    var next = 0
    if !scanner.beginsBlank {
      owner = nil
      owner = try ownerName(scanner, words[0])
      next = 1
    }
    guard let owner else {
      let message = "no owner is written here, and none was understood before"
      throw RecordTextError(.ownerMissing, at: scanner.entryStart, message)
    }
    let (ttl, written, type) = try head(scanner, &next)
    let recordClass = written ?? fileClass ?? .internet
    let data = try RecordData(
      reading: type, scanner.text, words, from: next, origin: origin, recordClass: recordClass)
    if origin == Self.lostOrigin {
      let names = data.names + [owner]
      if names.contains(where: { $0.isWithin(Self.lostOrigin) }) {
        let message = "a relative name cannot be read: the $ORIGIN before was refused"
        throw RecordTextError(.name, at: words[0].start, message)
      }
    }
    fileClass = recordClass
    return ResourceRecord(owner: owner, recordClass: recordClass, ttl: ttl, data: data)
  }

  /// TTL and class in either order, each of which may be missing, and the type.
  private mutating func head(
    _ scanner: EntryScanner, _ next: inout Int
  ) throws(RecordTextError) -> (TTL, RecordClass?, RecordType) {
    let words = scanner.words
    var ttl: TTL?
    var written: RecordClass?
    while next < words.count, !words[next].isQuoted, !words[next].hasInnerQuotes {
      let word = words[next]
      if ttl == nil, (0x30...0x39).contains(scanner.text[word.start]) {
        lastTTL = nil
        lastTTL = try TTL(reading: scanner.text, word)
        ttl = lastTTL
      } else if written == nil, let found = RecordClass(reading: scanner.text, word) {
        guard found != .any, found != .none, found.rawValue != 0 else {
          throw RecordTextError(.recordClass, at: word.start, "\(found) is no class of records")
        }
        guard found == fileClass ?? found else {
          let message = "\(found) among records of another class (RFC 1035 §5.2: a file has one)"
          throw RecordTextError(.recordClass, at: word.start, message)
        }
        written = found
      } else {
        break
      }
      next += 1
    }
    guard next < words.count else {
      throw RecordTextError(.typeMissing, at: words.last?.end ?? 0, "the record type is missing")
    }
    let word = words[next]
    guard !word.isQuoted, let type = RecordType(reading: scanner.text, word) else {
      let text = String(
        decoding: scanner.text[word.start..<min(word.end, word.start + 60)], as: UTF8.self)
      throw RecordTextError(.typeUnknown, at: word.start, "\"\(text)\" is no record type")
    }
    guard !type.isMeta else {
      let message = "\(type) is no type of records in zones (RFC 6895 §3.1)"
      throw RecordTextError(.typeMeta, at: word.start, message)
    }
    next += 1
    guard let ttl = ttl ?? defaultTTL ?? lastTTL else {
      let message = "no TTL is written here, and no $TTL or TTL was understood before"
      throw RecordTextError(.ttlMissing, at: word.start, message)
    }
    return (ttl, written, type)
  }
}

/// Directives.
extension ZoneReader {
  private mutating func follow(
    _ scanner: EntryScanner, _ sink: (ZoneEntry) -> Void
  ) throws(RecordTextError) {
    let word = scanner.words[0]
    let name = String(decoding: scanner.text[word.start..<word.end], as: UTF8.self)
    switch name.uppercased() {
    case "$ORIGIN":
      origin = Self.lostOrigin(unless: origin, scanner)
      try expectWords(scanner, 2...2, "$ORIGIN NAME")
      let found = try DomainName(reading: scanner.text, scanner.words[1], origin: origin)
      guard !found.isWithin(Self.lostOrigin) else {
        throw RecordTextError(
          .name, at: scanner.words[1].start, "this is relative to an origin that was refused")
      }
      origin = found
    case "$TTL":
      (defaultTTL, lastTTL) = (nil, nil)
      try expectWords(scanner, 2...2, "$TTL SECONDS")
      defaultTTL = try TTL(reading: scanner.text, scanner.words[1])
    case "$INCLUDE": try include(scanner, sink)
    case "$GENERATE":
      try expectWords(scanner, 4...Int.max, "$GENERATE RANGE OWNER [TTL] [CLASS] TYPE DATA")
      let generator = try ZoneGenerator(scanner)
      try generate(generator, scanner, sink)
    default:
      let message = "there is no directive \(name); $ORIGIN, $TTL, $INCLUDE and $GENERATE are known"
      throw RecordTextError(.directiveUnknown, at: word.start, message)
    }
  }

  /// A relative `$ORIGIN` leans on the one before; any other makes good for a lost one.
  private static func lostOrigin(unless origin: DomainName, _ scanner: EntryScanner) -> DomainName {
    let isRightShape =
      scanner.words.count == 2
      && (try? DomainName(reading: scanner.text, scanner.words[1], origin: origin)) != nil
    return isRightShape ? origin : lostOrigin
  }

  private func expectWords(
    _ scanner: EntryScanner, _ count: ClosedRange<Int>, _ form: String
  ) throws(RecordTextError) {
    let words = scanner.words
    guard count.contains(words.count) else {
      let place = words.count > count.upperBound ? words[count.upperBound].start : words[0].start
      throw RecordTextError(.directive, at: place, "the directive is written \(form)")
    }
  }

  /// The file's own `$ORIGIN`s and owners end with it; TTLs go on, as if its text stood here
  /// (RFC 1035 §5.1).
  private mutating func include(
    _ scanner: EntryScanner, _ sink: (ZoneEntry) -> Void
  ) throws(RecordTextError) {
    try expectWords(scanner, 2...3, "$INCLUDE FILE [ORIGIN]")
    let word = scanner.words[1]
    guard allowsIncludes else {
      throw RecordTextError(.include, at: word.start, "$INCLUDE is not allowed here")
    }
    guard depth < Self.includeLimit else {
      let message = "files include each other more than \(Self.includeLimit) deep"
      throw RecordTextError(.include, at: word.start, message)
    }
    let before = (origin, owner, file)
    if scanner.words.count > 2 {
      origin = try DomainName(reading: scanner.text, scanner.words[2], origin: origin)
    }
    defer { (origin, owner, file) = before }
    let path = try word.string(in: scanner.text)
    depth += 1
    defer { depth -= 1 }
    do throws(FileError) {
      try read(file: path.hasPrefix("/") ? path : Self.directory(of: file) + path, sink)
    } catch {
      throw RecordTextError(.include, at: word.start, "\(error)")
    }
  }

  private static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[...slash])
  }

  private mutating func generate(
    _ generator: ZoneGenerator, _ scanner: EntryScanner, _ sink: (ZoneEntry) -> Void
  ) throws(RecordTextError) {
    let place = TextPlace(file: file, line: scanner.entryLine)
    for number in generator.numbers {
      var line = EntryScanner(try generator.line(for: number))
      do throws(RecordTextError) {
        guard line.next() == .entry, line.fault == nil, !line.beginsBlank else {
          throw line.fault
            ?? RecordTextError(.generate, at: 0, "nothing comes out for \(number)")
        }
        sink(.record(try record(line), place))
      } catch {
        // The place is the directive's: what is wrong was never written anywhere.
        throw RecordTextError(
          error.fault, at: scanner.words[0].start, "for \(number): \(error.message)")
      }
    }
  }
}
