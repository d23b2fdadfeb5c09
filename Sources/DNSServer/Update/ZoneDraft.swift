import DNSModel

/// A zone while an update is worked on: the snapshot below, what was changed on top. Only the names
/// an update touches are copied, so its cost does not grow with the zone.
struct ZoneDraft {
  let zone: Zone
  private var edited: [DomainName: [RRset]] = [:]
  /// In the order they were first touched: the result must not depend on hashing.
  private var touched: [DomainName] = []

  init(of zone: Zone) { self.zone = zone }

  func rrsets(at name: DomainName) -> [RRset] { edited[name] ?? zone.rrsets(at: name) }

  func rrset(at name: DomainName, _ type: RecordType) -> RRset? {
    rrsets(at: name).first { $0.type == type }
  }

  mutating func put(_ rrset: RRset) {
    edit(rrset.owner) { rrsets in
      if let index = rrsets.firstIndex(where: { $0.type == rrset.type }) {
        rrsets[index] = rrset
      } else {
        rrsets.append(rrset)
      }
    }
  }

  mutating func remove(at name: DomainName, where matches: (RRset) -> Bool) {
    edit(name) { $0.removeAll(where: matches) }
  }

  private mutating func edit(_ name: DomainName, _ change: (inout [RRset]) -> Void) {
    if edited[name] == nil {
      edited[name] = zone.rrsets(at: name)
      touched.append(name)
    }
    change(&edited[name, default: []])
  }

  /// What differs from the snapshot, RRset by RRset.
  func changes() -> [RRsetChange] {
    var changes: [RRsetChange] = []
    for name in touched {
      let (before, after) = (zone.rrsets(at: name), edited[name] ?? [])
      for old in before {
        let new = after.first { $0.type == old.type }
        if new == old { continue }
        changes.append(RRsetChange(owner: old.owner, type: old.type, before: old, after: new))
      }
      for new in after where !before.contains(where: { $0.type == new.type }) {
        changes.append(RRsetChange(owner: new.owner, type: new.type, before: nil, after: new))
      }
    }
    return changes
  }
}

/// One RRset that was added, replaced or removed.
public struct RRsetChange: Hashable, Sendable {
  public let owner: DomainName
  public let type: RecordType
  public let before: RRset?
  public let after: RRset?
}

extension Zone {
  /// The snapshot after the changes; this one stays as it is.
  func applying(_ changes: [RRsetChange]) -> Zone {
    var zone = self
    for change in changes {
      if let after = change.after {
        zone.put(after)
      } else {
        zone.remove(at: change.owner, change.type)
      }
    }
    return zone
  }

  /// For messages.
  var serialText: String { serial.map(\.description) ?? "?" }
}
