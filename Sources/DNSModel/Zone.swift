/// A zone as it is at one moment: a value. Copies share what they hold until one of them is changed,
/// so whoever holds a zone holds a snapshot nobody else can alter.
///
/// It takes what it is given: whether the whole is fit to be served is for `ZoneCheck` to say.
public struct Zone: Sendable {
  public let origin: DomainName
  private var nodes: ZoneNodes

  public init(origin: DomainName) {
    self.origin = origin
    nodes = ZoneNodes(ZoneNode(owner: origin))
  }

  /// Sets outside the zone are left out.
  public init(origin: DomainName, _ rrsets: some Sequence<RRset>) {
    self.init(origin: origin)
    for rrset in rrsets { put(rrset) }
  }

  /// Records outside the zone are left out.
  public init(origin: DomainName, records: some Sequence<ResourceRecord>) {
    self.init(origin: origin)
    for record in records { insert(record) }
  }

  /// The node of a name that exists, also one that exists only for what is below it.
  public func node(at name: DomainName) -> ZoneNode? { nodes[name] }

  /// What is at a name; nothing at an empty non-terminal and at names that do not exist.
  public func rrsets(at name: DomainName) -> [RRset] { nodes[name]?.sets ?? [] }

  public func rrset(at name: DomainName, _ type: RecordType) -> RRset? { nodes[name]?[type] }

  /// Whether the name exists, with records or as an empty non-terminal. The apex always does.
  public func hasName(_ name: DomainName) -> Bool { nodes.has(name) }

  /// Whether answers need signatures and proofs: the zone has keys and what they signed.
  public var isSigned: Bool {
    rrset(at: origin, .dnskey) != nil && rrset(at: origin, .rrsig) != nil
  }

  public var soa: SOA? { rrset(at: origin, .soa)?.data.first?.soa }
  public var serial: Serial? { soa?.serial }

  public var nameCount: Int { nodes.count }

  /// Every node in canonical order (RFC 4034 §6.1), the origin first.
  public var orderedNodes: [ZoneNode] {
    nodes.inAnyOrder.map { ($0.owner.canonicalKey, $0) }
      .sorted { $0.0.lexicographicallyPrecedes($1.0) }
      .map { $0.1 }
  }

  /// Every node, in an order that differs from run to run.
  public var unorderedNodes: some Sequence<ZoneNode> { nodes.inAnyOrder }

  /// Every name that exists, in canonical order: the apex first.
  public var names: [DomainName] { orderedNodes.map(\.owner) }

  /// Names in canonical order; of each, its sets by type.
  public var allRRsets: [RRset] { orderedNodes.flatMap(\.sets) }

  /// Every set, without all of them being gathered first: the order has no meaning.
  public var streamedRRsets: AnyIterator<RRset> {
    let nodes = nodes.partByPart()
    var sets: [RRset] = []
    var position = 0
    return AnyIterator {
      while position == sets.count {
        guard let node = nodes.next() else { return nil }
        sets = node.sets
        position = 0
      }
      defer { position += 1 }
      return sets[position]
    }
  }
}

/// Changing a copy.
extension Zone {
  public enum Insertion: Hashable, Sendable {
    case inserted
    case alreadyThere
    /// Its set has another TTL; all of the set now has the lower one (RFC 2181 §5.2).
    case insertedWithOtherTTL
    case alreadyThereWithOtherTTL
    case outOfZone
  }

  @discardableResult
  public mutating func insert(_ record: ResourceRecord) -> Insertion {
    insert(record, isKnownAbsent: false)
  }

  /// For the loader, which keeps large sets' members in a hash table of its own.
  mutating func insert(_ record: ResourceRecord, isKnownAbsent: Bool) -> Insertion {
    if let outcome = nodes[record.owner]?.insert(record, isKnownAbsent: isKnownAbsent) {
      return outcome
    }
    guard makeNode(record.owner) else { return .outOfZone }
    return nodes[record.owner]?.insert(record, isKnownAbsent: isKnownAbsent) ?? .outOfZone
  }

  /// Puts a whole set in the place of the one there was. False when it is outside the zone.
  @discardableResult
  public mutating func put(_ set: RRset) -> Bool {
    guard makeNode(set.owner) else { return false }
    nodes[set.owner]?.put(set)
    return true
  }

  /// Takes a whole set away, and with it names that then no longer exist.
  @discardableResult
  public mutating func remove(at owner: DomainName, _ type: RecordType) -> RRset? {
    guard let place = nodes[owner]?.index(of: type) else { return nil }
    let set = nodes[owner]?.sets.remove(at: place)
    dropIfEmpty(owner)
    return set
  }

  /// Takes one record away, whatever its TTL; false when it was not there.
  @discardableResult
  public mutating func remove(_ owner: DomainName, _ data: RecordData) -> Bool {
    guard let set = rrset(at: owner, data.type), set.contains(data) else { return false }
    let rest = set.data.filter { $0 != data }
    if let left = RRset(set.owner, ttl: set.ttl, rest) {
      nodes[owner]?.put(left)
    } else {
      remove(at: owner, data.type)
    }
    return true
  }

  /// Makes the name and those between it and the origin exist. False outside the zone.
  private mutating func makeNode(_ name: DomainName) -> Bool {
    if nodes.has(name) { return true }
    guard name.isWithin(origin) else { return false }
    nodes[name] = ZoneNode(owner: name)
    var child = name
    while let parent = child.parent, child != origin {
      let existed = nodes.has(parent)
      if !existed { nodes[parent] = ZoneNode(owner: parent) }
      nodes[parent]?.childCount += 1
      if existed { break }
      child = parent
    }
    return true
  }

  private mutating func dropIfEmpty(_ name: DomainName) {
    var name = name
    while name != origin, let node = nodes[name], node.sets.isEmpty, node.childCount == 0,
      let parent = name.parent
    {
      nodes[name] = nil
      nodes[parent]?.childCount -= 1
      name = parent
    }
  }
}

extension ZoneNode {
  fileprivate mutating func insert(
    _ record: ResourceRecord, isKnownAbsent: Bool
  ) -> Zone.Insertion {
    guard let place = index(of: record.type) else {
      put(RRset(record.owner, ttl: record.ttl, record.data))
      return .inserted
    }
    let differs = sets[place].ttl != record.ttl
    if differs { sets[place].ttl = min(sets[place].ttl, record.ttl) }
    if isKnownAbsent {
      sets[place].append(absent: record.data)
    } else if !sets[place].insert(record.data) {
      return differs ? .alreadyThereWithOtherTTL : .alreadyThere
    }
    return differs ? .insertedWithOtherTTL : .inserted
  }
}

extension DomainName {
  /// Bytes whose plain order is the canonical order of names: labels from the right, folded, each
  /// ended by 0 0, with a zero byte inside one written 0 1.
  var canonicalKey: [UInt8] {
    var starts: [Int] = []
    var offset = 0
    while wire[offset] != 0 {
      starts.append(offset)
      offset += 1 + Int(wire[offset])
    }
    var key: [UInt8] = []
    key.reserveCapacity(wire.count + starts.count)
    for start in starts.reversed() {
      for index in (start + 1)...(start + Int(wire[start])) {
        let byte = Self.folded(wire[index])
        key.append(byte)
        if byte == 0 { key.append(1) }
      }
      key.append(0)
      key.append(0)
    }
    return key
  }
}
