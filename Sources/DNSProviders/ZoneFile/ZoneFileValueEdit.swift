import DNSModel
import Notation

/// One value of an RRset in a zone file, put in or taken out; the SOA's serial moved on; its neighbours and
/// every other byte as they were.
struct ZoneFileValueEdit {
  let owner: DomainName
  /// In capitals, as it stands in the file.
  let type: String
  /// Where the RRset is not there yet: all of one have the same.
  let ttl: TTL
  /// One field of record data, as it is to stand there: quotes and all.
  let value: String

  /// Nil where it is there already.
  func added(
    to text: [UInt8], origin: DomainName, serial next: (Serial) -> Serial
  ) throws(ZoneFileEditError) -> [UInt8]? {
    let layout = try ZoneFileLayout(text, origin: origin)
    if layout.entries.contains(where: { isMine($0, layout) }) { return nil }
    if let alias = layout.entries.first(where: { $0.owner == owner && $0.type == "CNAME" }) {
      throw layout.problem("\(owner) is an alias", at: alias.extent.lowerBound)
    }
    let set = layout.entries.first { $0.owner == owner && $0.type == type }
    // Whole in itself: no directive above and no record before it means anything for it.
    let line = "\(owner) \(set?.ttl ?? ttl) IN \(type) \(value)\n"
    let endsOpen = text.last.map { $0 != 0x0A } ?? false
    let place = ZoneFileChange(
      range: text.count..<text.count, text: (endsOpen ? "\n" : "") + line)
    return ZoneFileChange.apply([try layout.serialChange(next), place], to: text)
  }

  /// Nil where it is not there.
  func removed(
    from text: [UInt8], origin: DomainName, serial next: (Serial) -> Serial
  ) throws(ZoneFileEditError) -> [UInt8]? {
    let layout = try ZoneFileLayout(text, origin: origin)
    let mine = layout.entries.indices.filter { isMine(layout.entries[$0], layout) }
    if mine.isEmpty { return nil }
    return ZoneFileChange.apply(
      [try layout.serialChange(next)] + layout.removal(of: mine), to: text)
  }

  private func isMine(_ entry: ZoneFileLayout.Entry, _ layout: ZoneFileLayout) -> Bool {
    guard entry.owner == owner, entry.type == type, entry.data.count == 1 else { return false }
    func bare(_ text: String) -> String {
      text.hasPrefix("\"") ? String(text.dropFirst().dropLast()) : text
    }
    return bare(layout.word(entry.data[0])) == bare(value)
  }
}
