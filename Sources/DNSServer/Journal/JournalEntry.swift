import DNSModel

/// What the journal's payloads say.
///
/// ```
/// base:    0 | origin | fingerprint, 16
/// updates: 1 | one after the other: fingerprint after, 16 | changes, 4 | each change:
///            owner | type, 2 | records, 4 | with records: TTL, 4 | each: length, 2, and data
/// ```
/// A change with no records removes the RRset. Entries hold whole RRsets: applying one twice does
/// no harm.
enum JournalEntry: Hashable {
  case base(origin: DomainName, ZoneFingerprint)
  case update(changes: [RRsetState], after: ZoneFingerprint)

  /// What an RRset is from now on; nothing when `records` is nil.
  struct RRsetState: Hashable {
    let owner: DomainName
    let type: RecordType
    let rrset: RRset?
  }

  static func payload(baseOf origin: DomainName, _ fingerprint: ZoneFingerprint) -> [UInt8] {
    [0] + origin.wire + bytes(of: fingerprint)
  }

  static func payload(updates: [(changes: [RRsetChange], after: ZoneFingerprint)]) -> [UInt8] {
    var bytes: [UInt8] = [1]
    for update in updates {
      bytes += Self.bytes(of: update.after)
      bytes.append(number: UInt32(clamping: update.changes.count))
      for change in update.changes { append(change, to: &bytes) }
    }
    return bytes
  }

  private static func append(_ change: RRsetChange, to bytes: inout [UInt8]) {
    bytes += (change.after?.owner ?? change.owner).wire
    bytes.append(number16: change.type.rawValue)
    bytes.append(number: UInt32(clamping: change.after?.data.count ?? 0))
    guard let after = change.after else { return }
    bytes.append(number: after.ttl.seconds)
    for data in after.data {
      bytes.append(number16: UInt16(clamping: data.wire.count))
      bytes += data.wire
    }
  }

  /// The entries of a payload. Its checksum was right, so what cannot be read was written by
  /// another version.
  static func entries(in payload: [UInt8]) throws(MessageError) -> [JournalEntry] {
    var reader = WireReader(payload)
    let kind = try reader.byte()
    if kind == 0 {
      let origin = try name(&reader)
      return [.base(origin: origin, try fingerprint(&reader))]
    }
    guard kind == 1 else { throw .endsInside(offset: 0) }
    var entries: [JournalEntry] = []
    while reader.remaining > 0 {
      let after = try fingerprint(&reader)
      var changes: [RRsetState] = []
      for _ in 0..<(try reader.number32()) { changes.append(try state(&reader)) }
      entries.append(.update(changes: changes, after: after))
    }
    return entries
  }

  private static func state(_ reader: inout WireReader) throws(MessageError) -> RRsetState {
    let owner = try name(&reader)
    let type = RecordType(rawValue: try reader.number16())
    let count = try reader.number32()
    guard count > 0 else { return RRsetState(owner: owner, type: type, rrset: nil) }
    let ttl = TTL(received: try reader.number32())
    var data: [RecordData] = []
    for _ in 0..<count {
      let length = try reader.number16()
      data.append(RecordData(type: type, wire: Array(try reader.take(Int(length)))))
    }
    return RRsetState(
      owner: owner, type: type, rrset: RRset(owner, ttl: ttl, data))
  }

  /// (Not `WireReader.name`, which allows for pointers.)
  private static func name(_ reader: inout WireReader) throws(MessageError) -> DomainName {
    let start = reader.offset
    var wire: [UInt8] = []
    while true {
      let length = try reader.byte()
      wire.append(length)
      if length == 0 { break }
      wire += try reader.take(Int(length))
    }
    guard let name = DomainName(wire: wire) else { throw .badName(offset: start) }
    return name
  }

  private static func bytes(of fingerprint: ZoneFingerprint) -> [UInt8] {
    var bytes: [UInt8] = []
    for half in [fingerprint.high, fingerprint.low] {
      bytes.append(number: UInt32(truncatingIfNeeded: half >> 32))
      bytes.append(number: UInt32(truncatingIfNeeded: half))
    }
    return bytes
  }

  private static func fingerprint(
    _ reader: inout WireReader
  ) throws(MessageError) -> ZoneFingerprint {
    var halves: [UInt64] = []
    for _ in 0..<2 {
      let upper = UInt64(try reader.number32()) << 32
      halves.append(upper | UInt64(try reader.number32()))
    }
    return ZoneFingerprint(high: halves[0], low: halves[1])
  }
}

extension [UInt8] {
  mutating func append(number16 value: UInt16) {
    append(UInt8(value >> 8))
    append(UInt8(truncatingIfNeeded: value))
  }
}
