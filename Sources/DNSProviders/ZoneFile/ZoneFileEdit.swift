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
    let changes =
      try [layout.serialChange(next)] + rewrite(entries[first], layout)
      + layout.removal(of: Array(mine.dropFirst()))
    return ZoneFileChange.apply(changes, to: text)
  }

  /// TTL and data of the first record, in their places; further values on lines of their own.
  private func rewrite(
    _ entry: ZoneFileLayout.Entry, _ layout: ZoneFileLayout
  ) throws(ZoneFileEditError) -> [ZoneFileChange] {
    guard let start = entry.data.first?.lowerBound, let end = entry.data.last?.upperBound else {
      throw layout.problem("the record has no data", at: entry.extent.lowerBound)
    }
    var changes: [ZoneFileChange] = []
    if let field = entry.ttlField {
      changes.append(ZoneFileChange(range: field, text: ttl.description))
    } else {
      changes.append(ZoneFileChange(range: entry.headField..<entry.headField, text: "\(ttl) "))
    }
    changes.append(ZoneFileChange(range: start..<end, text: values[0]))
    let further = values.dropFirst().map { "\(owner) \(ttl) IN \(type) \($0)\n" }.joined()
    if !further.isEmpty {
      let end = entry.extent.upperBound
      let endsOpen = layout.text[end - 1] != 0x0A
      changes.append(ZoneFileChange(range: end..<end, text: (endsOpen ? "\n" : "") + further))
    }
    return changes
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
