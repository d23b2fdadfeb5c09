/// One record: who owns it, how long it may be kept, and what it says. Two are equal when owner (in
/// any case), class, TTL and data are.
public struct ResourceRecord: Hashable, Sendable {
  public var owner: DomainName
  public var recordClass: RecordClass
  public var ttl: TTL
  public var data: RecordData

  public init(
    owner: DomainName, recordClass: RecordClass = .internet, ttl: TTL, data: RecordData
  ) {
    self.owner = owner
    self.recordClass = recordClass
    self.ttl = ttl
    self.data = data
  }

  public var type: RecordType { data.type }
}

/// The records of one owner and type, with the one TTL they share (RFC 2181 §5.2), in the order
/// they were added and without duplicates (RFC 2181 §5).
public struct RRset: Sendable {
  public let owner: DomainName
  public let type: RecordType
  public var ttl: TTL
  public private(set) var data: [RecordData]

  /// Duplicates are dropped. Nil without data, or with data of more than one type.
  public init?(_ owner: DomainName, ttl: TTL, _ data: [RecordData]) {
    guard let first = data.first else { return nil }
    self.init(owner, ttl: ttl, first)
    for next in data.dropFirst() {
      guard next.type == type else { return nil }
      insert(next)
    }
  }

  public init(_ owner: DomainName, ttl: TTL, _ data: RecordData) {
    self.owner = owner
    self.type = data.type
    self.ttl = ttl
    self.data = [data]
  }

  public var records: [ResourceRecord] {
    data.map { ResourceRecord(owner: owner, ttl: ttl, data: $0) }
  }

  public func contains(_ wanted: RecordData) -> Bool { data.contains(wanted) }

  /// False where it is there already, or of another type.
  @discardableResult
  public mutating func insert(_ new: RecordData) -> Bool {
    guard new.type == type, !data.contains(new) else { return false }
    data.append(new)
    return true
  }

  /// For data the caller has just found to be absent: large sets are built in linear time so.
  mutating func append(absent new: RecordData) { data.append(new) }

  /// The set at another name: what a wildcard's records become (RFC 4592 §3.3.1).
  public func moved(to owner: DomainName) -> RRset {
    var moved = RRset(owner, ttl: ttl, data[0])
    moved.data = data
    return moved
  }
}

extension RRset: Hashable {
  /// Order says nothing in a set of records.
  public static func == (left: RRset, right: RRset) -> Bool {
    left.owner == right.owner && left.ttl == right.ttl && left.hasSameData(as: right)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(owner)
    hasher.combine(type)
    hasher.combine(ttl)
    hasher.combine(data.count)
  }

  public func hasSameData(as other: RRset) -> Bool {
    guard type == other.type, data.count == other.data.count else { return false }
    return data.count < 8 ? data.allSatisfy(other.contains) : Set(data) == Set(other.data)
  }
}
