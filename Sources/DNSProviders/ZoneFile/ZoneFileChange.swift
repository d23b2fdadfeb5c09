import DNSModel

/// Bytes of a zone file and what comes in their place.
struct ZoneFileChange {
  let range: Range<Int>
  let text: String

  static func apply(_ changes: [ZoneFileChange], to text: [UInt8]) -> [UInt8] {
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

extension ZoneFileLayout {
  func serialChange(_ next: (Serial) -> Serial) throws(ZoneFileEditError) -> ZoneFileChange {
    guard let soa = entries.first(where: { $0.type == "SOA" }) else {
      throw ZoneFileEditError(
        reason: "the file has no SOA record, so no serial to move on", line: nil)
    }
    guard soa.data.count == 7, let serial = UInt32(word(soa.data[2])) else {
      throw problem("the SOA record cannot be read", at: soa.extent.lowerBound)
    }
    return ZoneFileChange(range: soa.data[2], text: next(Serial(serial)).description)
  }

  /// The entries go, whole. A record that leaned on an owner that goes with them has it written out.
  func removal(of indices: [Int]) -> [ZoneFileChange] {
    var changes = indices.map { ZoneFileChange(range: entries[$0].extent, text: "") }
    let gone = Set(indices)
    for index in entries.indices.dropFirst()
    where entries[index].ownerField == nil && gone.contains(index - 1) && !gone.contains(index) {
      guard let named = entries[..<index].lastIndex(where: { $0.ownerField != nil }),
        gone.contains(named), let field = entries[named].ownerField
      else { continue }
      let isSame = entries[named].origin == entries[index].origin
      let start = entries[index].extent.lowerBound
      changes.append(
        ZoneFileChange(
          range: start..<start, text: isSame ? word(field) : entries[named].owner.description))
    }
    return changes
  }

  /// Whether `name` stands in this file, or a name below it.
  func holds(_ name: DomainName) -> Bool { entries.contains { $0.owner.isWithin(name) } }

  /// Whether a wildcard of this file is all that makes `name` exist (RFC 4592 §2.2.1).
  func livesByWildcard(_ name: DomainName, in zone: DomainName) -> Bool {
    guard name.isBelow(zone), !holds(name) else { return false }
    var encloser = name.parent
    while let candidate = encloser, candidate != zone, !holds(candidate) {
      encloser = candidate.parent
    }
    guard let wildcard = encloser?.prepending("*") else { return false }
    return entries.contains { $0.owner == wildcard }
  }
}
