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
    // Few of many names differ: those are put in order, not all.
    for node in new.unorderedNodes {
      compare(old.node(at: node.owner)?.sets ?? [], node.sets)
    }
    for node in old.unorderedNodes where !new.hasName(node.owner) { compare(node.sets, []) }
    changes.sort { ($0.owner, $0.type) < ($1.owner, $1.type) }
  }

  private init(changes: [Change]) { self.changes = changes }

  private mutating func compare(_ old: [RRset], _ new: [RRset]) {
    guard old != new else { return }
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
