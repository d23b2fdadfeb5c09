import DNSModel
import Notation

/// Where the records of a zone file stand, byte for byte: enough to change one RRset and leave every
/// comment, blank and habit of its owner alone. It judges nothing else; the server that loads the
/// file does.
struct ZoneFileLayout {
  /// One record, from the first byte of its first line to the first byte of the next line.
  struct Entry {
    let extent: Range<Int>
    let owner: DomainName
    /// Nil where the line begins with a blank and the owner is the one before it.
    let ownerField: Range<Int>?
    let ttlField: Range<Int>?
    /// Where a TTL would be put: in front of the class or type.
    let headField: Int
    let type: String
    let data: [Range<Int>]
    /// What relative names in it end in.
    let origin: DomainName
    /// The one that stands there, or follows from `$TTL` (RFC 2308 §4) or the record before.
    let ttl: TTL
  }

  let text: [UInt8]
  private(set) var entries: [Entry] = []
  /// `$INCLUDE` and `$GENERATE`: records that do not stand in this file as such.
  private(set) var elsewhere: [String] = []
  private(set) var origin: DomainName
  private var lastOwner: DomainName?
  private var defaultTTL: TTL?
  private var lastTTL: TTL?

  init(_ text: [UInt8], origin: DomainName) throws(ZoneFileEditError) {
    self.text = text
    self.origin = origin
    var offset = 0
    while offset < text.count {
      let line = try tokens(from: offset)
      if !line.fields.isEmpty { try take(line, extent: offset..<line.end) }
      offset = line.end
    }
  }

  private struct Line {
    var fields: [Range<Int>] = []
    var startsBlank = false
    var end: Int
  }

  /// The fields of one entry; parentheses carry it over line ends (RFC 1035 §5.1).
  private func tokens(from start: Int) throws(ZoneFileEditError) -> Line {
    var line = Line(end: start)
    var depth = 0
    var offset = start
    line.startsBlank = text[start] == 0x20 || text[start] == 0x09
    while offset < text.count {
      switch text[offset] {
      case 0x0A:
        offset += 1
        if depth == 0 {
          line.end = offset
          return line
        }
      case 0x20, 0x09, 0x0D: offset += 1
      case UInt8(ascii: ";"):
        while offset < text.count, text[offset] != 0x0A { offset += 1 }
      case UInt8(ascii: "("):
        depth += 1
        offset += 1
      case UInt8(ascii: ")"):
        depth -= 1
        offset += 1
        if depth < 0 { throw problem("a closing parenthesis without an opening one", at: offset) }
      default:
        let end = try fieldEnd(from: offset)
        line.fields.append(offset..<end)
        offset = end
      }
    }
    if depth > 0 { throw problem("an opening parenthesis is never closed", at: start) }
    line.end = offset
    return line
  }

  private func fieldEnd(from start: Int) throws(ZoneFileEditError) -> Int {
    var offset = start
    var quoted = false
    while offset < text.count {
      switch text[offset] {
      case UInt8(ascii: "\\"):
        offset += 2
        continue
      case UInt8(ascii: "\""): quoted.toggle()
      case 0x0A where quoted: throw problem("a quote is not closed on its line", at: start)
      case 0x0A, 0x20, 0x09, 0x0D, UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: ")"):
        if !quoted { return offset }
      default: break
      }
      offset += 1
    }
    if quoted { throw problem("a quote is not closed", at: start) }
    return min(offset, text.count)
  }

  private mutating func take(_ line: Line, extent: Range<Int>) throws(ZoneFileEditError) {
    let first = word(line.fields[0])
    if !line.startsBlank, first.hasPrefix("$") {
      try takeDirective(first.uppercased(), line)
      return
    }
    var fields = line.fields[...]
    var ownerField: Range<Int>?
    var owner = lastOwner
    if !line.startsBlank, let field = fields.popFirst() {
      ownerField = field
      owner = try name(field)
      lastOwner = owner
    }
    guard let owner, let head = fields.first?.lowerBound else {
      throw problem("a record without an owner or a type", at: extent.lowerBound)
    }
    var ttlField: Range<Int>?
    while let field = fields.first, let kind = Self.headKind(word(field)) {
      if kind == .ttl { ttlField = field }
      fields.removeFirst()
    }
    guard let typeField = fields.popFirst() else {
      throw problem("a record without a type", at: extent.lowerBound)
    }
    let ttl = ttlField.flatMap(ttl(_:)) ?? defaultTTL ?? lastTTL ?? .zero
    lastTTL = ttl
    entries.append(
      Entry(
        extent: extent, owner: owner, ownerField: ownerField, ttlField: ttlField, headField: head,
        type: word(typeField).uppercased(), data: Array(fields), origin: origin, ttl: ttl))
  }

  private mutating func takeDirective(
    _ directive: String, _ line: Line
  ) throws(ZoneFileEditError) {
    switch directive {
    case "$ORIGIN":
      guard line.fields.count > 1 else {
        throw problem("$ORIGIN without a name", at: line.fields[0].lowerBound)
      }
      origin = try name(line.fields[1])
    case "$TTL": defaultTTL = line.fields.count > 1 ? ttl(line.fields[1]) : nil
    case "$INCLUDE", "$GENERATE": elsewhere.append(directive)
    default: break
    }
  }

  private enum HeadKind { case ttl, recordClass }

  /// What may stand between owner and type: a TTL (BIND's `1h30m` too) and a class, in any order.
  private static func headKind(_ word: String) -> HeadKind? {
    let upper = word.uppercased()
    if ["IN", "CH", "HS", "CS"].contains(upper) || upper.hasPrefix("CLASS") { return .recordClass }
    guard let first = word.utf8.first, (0x30...0x39).contains(first) else { return nil }
    return TimeSpan(parsing: word) == nil ? nil : .ttl
  }

  private func ttl(_ field: Range<Int>) -> TTL? {
    TimeSpan(parsing: word(field)).flatMap { TTL($0.secondsRoundedUp) }
  }

  private func name(_ field: Range<Int>) throws(ZoneFileEditError) -> DomainName {
    try name(field, origin: origin)
  }

  func name(_ field: Range<Int>, origin: DomainName) throws(ZoneFileEditError) -> DomainName {
    if word(field) == "@" { return origin }
    do {
      return try DomainName(parsing: Array(text[field]), relativeTo: origin)
    } catch {
      throw problem("\"\(safeText(word(field)))\" is no name: \(error)", at: field.lowerBound)
    }
  }

  func word(_ field: Range<Int>) -> String { String(decoding: text[field], as: UTF8.self) }

  func problem(_ reason: String, at offset: Int) -> ZoneFileEditError {
    let line = text[..<min(offset, text.count)].count { $0 == 0x0A } + 1
    return ZoneFileEditError(reason: reason, line: line)
  }
}

/// Why a zone file was not changed. The file is as it was.
public struct ZoneFileEditError: Error, Hashable, Sendable, CustomStringConvertible {
  public let reason: String
  public let line: Int?

  public var description: String { (line.map { "line \($0): " } ?? "") + reason }
}
