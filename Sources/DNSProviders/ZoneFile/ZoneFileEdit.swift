import DNSModel
import Notation

/// One RRset of a zone file, exchanged; the SOA's serial moved on; every other byte as it was.
struct ZoneFileEdit {
  let owner: DomainName
  /// In capitals, as it stands in the file.
  let type: String
  let ttl: TTL
  /// Record data in master-file notation, names absolute.
  let values: [String]

  func applied(
    to text: [UInt8], origin: DomainName, serial next: (Serial) -> Serial
  ) throws(ZoneFileEditError) -> [UInt8] {
    let layout = try ZoneFileLayout(text, origin: origin)
    guard !values.isEmpty else {
      throw ZoneFileEditError(reason: "an RRset is replaced, never removed", line: nil)
    }
    let entries = layout.entries
    let mine = entries.indices.filter { entries[$0].owner == owner && entries[$0].type == type }
    guard let first = mine.first else {
      let source =
        layout.elsewhere.isEmpty
        ? "" : "; it may come from \(layout.elsewhere.joined(separator: ", "))"
      throw ZoneFileEditError(
        reason: "\(owner.host) has no \(type) record in this file\(source)", line: nil)
    }
    var changes = try [serialChange(layout, next)]
    changes += try rewrite(entries[first], layout)
    for index in mine.dropFirst() {
      changes.append(Change(range: entries[index].extent, text: ""))
      // The next record may have leaned on the owner that goes with this line.
      if let field = entries[index].ownerField, index + 1 < entries.count,
        !mine.contains(index + 1), entries[index + 1].ownerField == nil
      {
        let start = entries[index + 1].extent.lowerBound
        changes.append(Change(range: start..<start, text: layout.word(field)))
      }
    }
    return Self.apply(changes, to: text)
  }

  struct Change {
    let range: Range<Int>
    let text: String
  }

  /// TTL and data of the first record, in their places; further values on lines of their own.
  private func rewrite(
    _ entry: ZoneFileLayout.Entry, _ layout: ZoneFileLayout
  ) throws(ZoneFileEditError) -> [Change] {
    guard let start = entry.data.first?.lowerBound, let end = entry.data.last?.upperBound else {
      throw layout.problem("the record has no data", at: entry.extent.lowerBound)
    }
    var changes: [Change] = []
    if let field = entry.ttlField {
      changes.append(Change(range: field, text: ttl.description))
    } else {
      changes.append(Change(range: entry.headField..<entry.headField, text: "\(ttl) "))
    }
    changes.append(Change(range: start..<end, text: values[0]))
    let further = values.dropFirst().map { "\(owner) \(ttl) IN \(type) \($0)\n" }.joined()
    if !further.isEmpty {
      let end = entry.extent.upperBound
      let endsOpen = layout.text[end - 1] != 0x0A
      changes.append(Change(range: end..<end, text: (endsOpen ? "\n" : "") + further))
    }
    return changes
  }

  private func serialChange(
    _ layout: ZoneFileLayout, _ next: (Serial) -> Serial
  ) throws(ZoneFileEditError) -> Change {
    guard let soa = layout.entries.first(where: { $0.type == "SOA" }) else {
      throw ZoneFileEditError(
        reason: "the file has no SOA record, so no serial to move on", line: nil)
    }
    guard soa.data.count == 7, let serial = UInt32(layout.word(soa.data[2])) else {
      throw layout.problem("the SOA record cannot be read", at: soa.extent.lowerBound)
    }
    return Change(range: soa.data[2], text: next(Serial(serial)).description)
  }

  private static func apply(_ changes: [Change], to text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var offset = 0
    let ordered = changes.enumerated().sorted {
      ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
    }
    for (_, change) in ordered {
      result += text[offset..<change.range.lowerBound]
      result += Array(change.text.utf8)
      offset = change.range.upperBound
    }
    return result + text[offset...]
  }
}

extension Serial {
  /// The next serial in the file's own habit: `YYYYMMDDnn` goes to today's first number where it can,
  /// anything else counts on. Always later in RFC 1982's circle.
  func following(on now: UTCInstant) -> Serial {
    let date = CivilDateTime(now)
    let today = Serial(UInt32(clamping: (date.year * 10000 + date.month * 100 + date.day) * 100))
    let isDated = (1_970_010_100...today.number &+ 99).contains(number)
    return isDated && today.isLater(than: self) ? today : next
  }
}
