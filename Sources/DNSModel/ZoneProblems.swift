extension Zone {
  /// Every reason this zone is unsound, in canonical order of the names concerned.
  public var problems: [ZoneProblem] {
    var inspection = ZoneInspection(zone: self)
    for node in unorderedNodes where !node.sets.isEmpty || node.owner == origin {
      inspection.inspect(node)
    }
    // Few of many names have any: those are put in order, not all. Of one name they stay as they are.
    return inspection.problems.enumerated().sorted {
      ($0.element.owner, $0.offset) < ($1.element.owner, $1.offset)
    }.map(\.element)
  }
}

private struct ZoneInspection {
  let zone: Zone
  var problems: [ZoneProblem] = []
  /// Longer ones are not looked for: resolvers have given up by then.
  private static let longestLoop = 16
  /// Whom any NS record names.
  private let serverNames: Set<DomainName>
  /// Whether any name could be hidden by one above it.
  private let hasBarriers: Bool

  init(zone: Zone) {
    self.zone = zone
    var names: Set<DomainName> = []
    for node in zone.unorderedNodes {
      for data in node[.ns]?.data ?? [] { data.nsTarget.map { _ = names.insert($0) } }
    }
    serverNames = names
    hasBarriers = zone.hasBarriers
  }

  mutating func report(
    _ id: ZoneProblem.ID, _ node: ZoneNode, _ type: RecordType?, _ message: String
  ) {
    problems.append(ZoneProblem(id: id, owner: node.owner, type: type, message: message))
  }

  mutating func inspect(_ node: ZoneNode) {
    let isOrigin = node.owner == zone.origin
    if isOrigin { inspectOrigin(node) }
    if !isOrigin, node[.soa] != nil {
      report(.soaBelowOrigin, node, .soa, "has an SOA; only the origin \(zone.origin) has one")
    }
    guard !isHidden(node) else { return }
    inspectAlias(node)
    inspectLoop(node)
    inspectRedirection(node, isOrigin: isOrigin)
    if let servers = node[.ns] { inspectServers(node, servers, isOrigin: isOrigin) }
    if node[.ds] != nil, isOrigin {
      report(.signerAtOrigin, node, .ds, "has DS: that belongs into the parent (RFC 4035 §2.4)")
    } else if node[.ds] != nil, node[.ns] == nil {
      report(.signerWithoutCut, node, .ds, "has DS but is no delegation (RFC 4035 §2.4)")
    }
    if node[.nsec3] != nil, !isHash(node.owner) {
      let message = "has NSEC3 and is no hash below the origin (RFC 5155 §3)"
      report(.hashedOwner, node, .nsec3, message)
    }
    inspectTargets(node)
  }

  private func isHash(_ owner: DomainName) -> Bool {
    guard owner.parent == zone.origin, let label = owner.labels.first else { return false }
    return label.allSatisfy { $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 22 }
  }

  private mutating func inspectOrigin(_ node: ZoneNode) {
    if let set = node[.soa] {
      if set.data.count > 1 {
        report(.soaTwice, node, .soa, "has \(set.data.count) SOA records; a zone has one")
      }
      if let soa = set.data[0].soa, soa.expire < soa.refresh || soa.refresh < soa.retry {
        report(
          .timers, node, .soa,
          "has an SOA whose timers are not in the order retry, refresh, expire (RFC 1912 §2.2)")
      }
    } else {
      report(.soaMissing, node, nil, "has no SOA record (RFC 1035 §5.2)")
    }
    if node[.ns] == nil {
      report(.nsMissing, node, nil, "has no NS record at the origin (RFC 1035 §5.2)")
    }
  }

  /// Data that no answer can reach, or only as glue.
  private mutating func isHidden(_ node: ZoneNode) -> Bool {
    guard hasBarriers else { return false }
    switch zone.lookup(node.owner) {
    case .redirection(let above):
      // Hashes of a zone's names stand below its origin, whatever stands there (RFC 5155 §3).
      guard node.sets.contains(where: { $0.type != .nsec3 && $0.type != .rrsig }) else {
        return false
      }
      let message = "is below the DNAME at \(above.owner): nothing may be there (RFC 6672 §2.4)"
      report(.dataBelowRedirection, node, node.sets.first?.type, message)
      return true
    case .delegation(let cut) where cut.owner != node.owner:
      inspectBelow(cut, node)
      return true
    default: return false
    }
  }

  private mutating func inspectBelow(_ cut: ZoneNode, _ node: ZoneNode) {
    let servers = cut[.ns]?.data ?? []
    for set in node.sets {
      guard set.type == .a || set.type == .aaaa else {
        let message =
          "has \(set.type) below the delegation at \(cut.owner): it is the child's to say"
        report(.dataBelowCut, node, set.type, message)
        continue
      }
      // Glue of another delegation counts too: servers are often named in a sibling.
      if !servers.contains(where: { $0.nsTarget == node.owner }), !serverNames.contains(node.owner)
      {
        let message = "has \(set.type) below the delegation at \(cut.owner) that no NS names"
        report(.glueUnused, node, set.type, message)
      }
    }
  }

  private mutating func inspectAlias(_ node: ZoneNode) {
    guard let alias = node[.cname] else { return }
    if alias.data.count > 1 {
      let message = "has \(alias.data.count) CNAME records; an alias has one (RFC 2181 §10.1)"
      report(.aliasTwice, node, .cname, message)
    }
    // RFC 4035 §2.5; KEY, SIG and NXT are their forerunners (RFC 2535 §2.3.5).
    let beside: [RecordType] = [.cname, .rrsig, .nsec, .key, .sig, .nxt]
    let others = node.sets.map(\.type).filter { !beside.contains($0) }
    if !others.isEmpty {
      let list = others.map(\.description).joined(separator: ", ")
      report(
        .aliasBesideData, node, .cname, "is an alias and has \(list) as well (RFC 1034 §3.6.2)")
    }
  }

  private mutating func inspectRedirection(_ node: ZoneNode, isOrigin: Bool) {
    guard let redirection = node[.dname] else { return }
    if redirection.data.count > 1 {
      report(.redirectionTwice, node, .dname, "has more than one DNAME (RFC 6672 §2.4)")
    }
    if node[.cname] != nil {
      report(.redirectionBesideAlias, node, .dname, "has DNAME beside CNAME (RFC 6672 §2.4)")
    }
    if !isOrigin, node[.ns] != nil {
      report(.redirectionAtCut, node, .dname, "has DNAME beside NS at a delegation (RFC 6672 §2.3)")
    }
    if node.owner.isWildcard {
      report(.wildcardRedirection, node, .dname, "is a wildcard with DNAME (RFC 4592 §4.4)")
    }
  }

  private mutating func inspectServers(_ node: ZoneNode, _ servers: RRset, isOrigin: Bool) {
    if node.owner.isWildcard {
      report(.wildcardServer, node, .ns, "is a wildcard with NS (RFC 4592 §4.2)")
    }
    if !isOrigin {
      let allowed: [RecordType] = [.ns, .ds, .nsec, .rrsig, .a, .aaaa, .dname, .cname]
      for set in node.sets where !allowed.contains(set.type) {
        report(
          .dataAtCut, node, set.type, "has \(set.type) at a delegation: it is the child's to say")
      }
    }
    for target in servers.data.compactMap(\.nsTarget) where target.isWithin(zone.origin) {
      let isReachable = !zone.addresses(of: target).isEmpty
      switch zone.lookup(target) {
      case .delegation(let cut):
        // Without an address here nobody can reach a server that lives in the zone it serves.
        if !isReachable, cut.owner == node.owner {
          report(
            .glueMissing, node, .ns, "is served by \(target), which has no glue (RFC 1034 §4.2.1)")
        }
      case .node(let found) where found[.cname] != nil:
        report(
          isOrigin ? .serverIsAlias : .childServerIsAlias, node, .ns,
          "is served by \(target), an alias (RFC 2181 §10.3)")
      case .wildcard(let found, _) where !addresses(found).isEmpty: break
      case .redirection:
        report(
          isOrigin ? .serverIsAlias : .childServerIsAlias, node, .ns,
          "is served by \(target), an alias (RFC 2181 §10.3)")
      default:
        guard !isReachable else { continue }
        report(
          isOrigin ? .serverWithoutAddress : .childServerWithoutAddress, node, .ns,
          "is served by \(target), which has no address")
      }
    }
  }

  private func addresses(_ node: ZoneNode) -> [RRset] {
    node.sets.filter { $0.type == .a || $0.type == .aaaa }
  }

  /// Aliases that go round: it is served as it is, and nobody can resolve it (RFC 1034 §3.6.2).
  private mutating func inspectLoop(_ node: ZoneNode) {
    var next = node[.cname]?.data.first?.cnameTarget
    for _ in 0..<Self.longestLoop {
      guard let target = next, target.isWithin(zone.origin) else { return }
      if target == node.owner {
        return report(.aliasLoop, node, .cname, "is an alias that leads back to itself")
      }
      guard case .node(let found) = zone.lookup(target) else { return }
      next = found[.cname]?.data.first?.cnameTarget
    }
  }

  private mutating func inspectTargets(_ node: ZoneNode) {
    for exchange in node[.mx]?.data.compactMap({ $0.mx?.exchange }) ?? []
    where exchange.isWithin(zone.origin) && !exchange.isRoot {
      switch zone.lookup(exchange) {
      case .node(let found), .wildcard(let found, _):
        if found[.cname] != nil {
          report(.exchangeIsAlias, node, .mx, "has MX \(exchange), an alias (RFC 2181 §10.3)")
        } else if addresses(found).isEmpty {
          report(.exchangeWithoutAddress, node, .mx, "has MX \(exchange), which has no address")
        }
      case .absent:
        report(.exchangeWithoutAddress, node, .mx, "has MX \(exchange), which does not exist")
      default: break
      }
    }
    for target in node[.srv]?.data.compactMap({ $0.srv?.target }) ?? []
    where zone.rrset(at: target, .cname) != nil {
      report(.serviceTargetIsAlias, node, .srv, "has SRV \(target), an alias (RFC 2782)")
    }
  }
}
