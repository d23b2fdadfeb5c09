import DNSModel

extension AnswerCompiler {
  /// Makes anew what a change touches: the names themselves, their ancestors, and whoever's answer
  /// looked at them. Nil where the change reaches further (a wildcard, a cut or a DNAME came or went,
  /// the SOA names other hosts) or where too much unused memory has gathered: then all is compiled.
  mutating func recompile(_ zones: ServedZones, _ names: [DomainName]) -> CompiledAnswers? {
    guard names.count <= 1000, !hasGathered, zones.hasSameStanding(as: self.zones) else {
      return nil
    }
    let before = self.zones
    var origins: Set<DomainName> = []
    var touched: Set<DomainName> = []
    for name in names {
      guard let zone = zones.zone(enclosing: name), let old = before.zone(enclosing: name),
        isLocal(name, from: old, to: zone)
      else { return nil }
      origins.insert(zone.origin)
      var node = name
      while touched.insert(node).inserted, node != zone.origin, let parent = node.parent {
        node = parent
      }
    }
    for name in Array(touched) {
      for dependent in dependents[name] ?? [] { touched.insert(dependent) }
    }
    adopt(zones, changed: origins)
    for name in touched.sorted() {
      guard let zone = zones.zone(enclosing: name) else { continue }
      if let node = zone.node(at: name) { write(node, in: zone) } else { forget(name, in: zone) }
    }
    return finished()
  }

  /// Whether the change of a name leaves the answers of all names alone that do not mention it.
  private func isLocal(_ name: DomainName, from old: Zone, to new: Zone) -> Bool {
    guard !name.isWildcard, old.isSigned == new.isSigned else { return false }
    let isApex = name == new.origin
    if isApex, Self.hosts(old) != Self.hosts(new) { return false }
    for type in [RecordType.ns, .dname] where !(isApex && type == .ns) {
      if (old.rrset(at: name, type) == nil) != (new.rrset(at: name, type) == nil) { return false }
    }
    return true
  }

  private static func hosts(_ zone: Zone) -> [UInt8] {
    Array((zone.rrset(at: zone.origin, .soa)?.data.first?.wire ?? []).dropLast(20))
  }
}
