/// The types an NSEC or NSEC3 record says its name has (RFC 4034 §4.1.2).
public struct TypeMap: Hashable, Sendable {
  private let bytes: [UInt8]

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = Array(bytes) }

  public func contains(_ type: RecordType) -> Bool {
    var offset = 0
    while offset + 2 <= bytes.count {
      let (window, count) = (Int(bytes[offset]), Int(bytes[offset + 1]))
      let end = offset + 2 + count
      guard count > 0, end <= bytes.count else { return false }
      let place = Int(type.rawValue & 0xFF)
      if window == Int(type.rawValue >> 8) {
        return place / 8 < count
          && bytes[offset + 2 + place / 8] & (0x80 >> UInt8(place % 8)) != 0
      }
      offset = end
    }
    return false
  }

  /// The parent's side of a cut: it says nothing of what lies at the name or below it.
  public var isDelegation: Bool { contains(.ns) && !contains(.soa) }
}

/// Between its owner and `next` there is no name (RFC 4034 §4).
public struct NSECRecord: Hashable, Sendable {
  public let owner: DomainName
  public let next: DomainName
  public let types: TypeMap

  public init?(_ record: ResourceRecord) {
    guard record.data.type == .nsec, let next = record.data.name(at: 0) else { return nil }
    owner = record.owner
    self.next = next
    types = TypeMap(record.data.wire[next.wire.count...])
  }

  /// The last one of a zone leads back to the first.
  public func covers(_ name: DomainName) -> Bool {
    owner < name && (name < next || !(owner < next))
  }
}

/// Between the hash its owner is named by and `next` there is no name's hash (RFC 5155 §3).
public struct NSEC3Record: Hashable, Sendable {
  public let parameters: NSEC3Hash
  /// Unsigned delegations may lie in between.
  public let isOptOut: Bool
  public let own: [UInt8]
  public let next: [UInt8]
  public let types: TypeMap

  public init?(_ record: ResourceRecord, zone: DomainName) {
    let wire = record.data.wire
    guard record.data.type == .nsec3, record.owner.parent == zone,
      let label = record.owner.labels.first, let own = NSEC3Hash.decode(label),
      let parameters = NSEC3Hash(parameters: wire)
    else { return nil }
    let start = 6 + parameters.salt.count
    guard wire.count >= start, wire.count >= start + Int(wire[start - 1]),
      Int(wire[start - 1]) == own.count
    else { return nil }
    let end = start + own.count
    self.parameters = parameters
    self.own = own
    isOptOut = wire[1] & 1 == 1
    next = Array(wire[start..<end])
    types = TypeMap(wire[end...])
  }

  /// The last one of a zone leads back to the first.
  public func covers(_ hash: [UInt8]) -> Bool {
    let isAfter = own.lexicographicallyPrecedes(hash)
    let isBefore = hash.lexicographicallyPrecedes(next)
    return own.lexicographicallyPrecedes(next) ? isAfter && isBefore : isAfter || isBefore
  }
}
