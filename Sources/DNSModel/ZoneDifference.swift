/// What separates two versions of a zone, set by set, in canonical order.
public struct ZoneDifference: Sendable {
  /// One set that came, went or became another.
  public struct Change: Hashable, Sendable {
    public let old: RRset?
    public let new: RRset?

    public var owner: DomainName { (old ?? new)?.owner ?? .root }
    public var type: RecordType { (old ?? new)?.type ?? RecordType(rawValue: 0) }
  }

  public private(set) var changes: [Change] = []

  public init(from old: Zone, to new: Zone) {
    // Both lists are in the same order: one walk along the two finds everything.
    var (before, after) = (old.orderedNodes[...], new.orderedNodes[...])
    while let left = before.first ?? after.first {
      let right = after.first ?? left
      let isOld = !before.isEmpty && (after.isEmpty || !(right.owner < left.owner))
      let isNew = !after.isEmpty && (before.isEmpty || !(left.owner < right.owner))
      compare(isOld ? left.sets : [], isNew ? right.sets : [])
      if isOld { before.removeFirst() }
      if isNew { after.removeFirst() }
    }
  }

  private init(changes: [Change]) { self.changes = changes }

  private mutating func compare(_ old: [RRset], _ new: [RRset]) {
    for type in Set((old + new).map(\.type)).sorted() {
      let left = old.first { $0.type == type }
      let right = new.first { $0.type == type }
      if left != right { changes.append(Change(old: left, new: right)) }
    }
  }

  public var isEmpty: Bool { changes.isEmpty }

  /// The way back.
  public var inverted: ZoneDifference {
    ZoneDifference(changes: changes.map { Change(old: $0.new, new: $0.old) })
  }

  /// Records to take away, as IXFR lists them: the old SOA first (RFC 1995 §4).
  public var removed: [ResourceRecord] { records(\.old, without: \.new) }

  /// Records to add, the new SOA first.
  public var added: [ResourceRecord] { records(\.new, without: \.old) }

  private func records(
    _ side: KeyPath<Change, RRset?>, without other: KeyPath<Change, RRset?>
  ) -> [ResourceRecord] {
    var soa: [ResourceRecord] = []
    var rest: [ResourceRecord] = []
    for change in changes {
      guard let set = change[keyPath: side] else { continue }
      let opposite = change[keyPath: other]
      let kept = opposite?.ttl == set.ttl ? Set(opposite?.data ?? []) : []
      let records = set.records.filter { !kept.contains($0.data) }
      if set.type == .soa { soa += records } else { rest += records }
    }
    return soa + rest
  }
}

extension Zone {
  public func applying(_ difference: ZoneDifference) -> Zone {
    var zone = self
    for change in difference.changes {
      if let new = change.new {
        zone.put(new)
      } else {
        zone.remove(at: change.owner, change.type)
      }
    }
    return zone
  }
}
