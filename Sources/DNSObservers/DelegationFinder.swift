import DNSModel
import Migration
import Notation
import SystemIO

/// A zone's delegation in full: what the parent says, what each of its servers says, and every address
/// there is to ask.
public final class DelegationFinder {
  private let walk: DelegationWalk?
  private let given: [SocketAddress]
  private let observing: Observing
  private var known: [DomainName: Delegation] = [:]
  private var waiting: [DomainName: [(Delegation) -> Void]] = [:]
  private var apexes: [DomainName: DomainName?] = [:]
  private var apexWaiting: [DomainName: [(DomainName?) -> Void]] = [:]

  /// From the root.
  public init(_ observing: Observing, roots: [SocketAddress], port: UInt16) {
    self.observing = observing
    given = []
    walk = DelegationWalk(observing, roots: roots, port: port)
  }

  /// These servers and no others: nothing is looked for.
  public init(_ observing: Observing, authorities: [SocketAddress]) {
    self.observing = observing
    given = authorities
    walk = nil
  }

  /// Whether zones above the name's can be found.
  var followsDelegations: Bool { walk != nil }

  /// The delegation of the zone `name` lies in.
  public func find(_ name: DomainName, then done: @escaping (Delegation) -> Void) {
    guard let walk else { return findGiven(name, then: done) }
    walk.cut(for: name) { cut, trouble in
      guard trouble == nil, !cut.zone.isRoot || name.isRoot else {
        return done(
          Delegation(
            zone: cut.zone, troubles: [trouble ?? "\(name) lies in no zone below the root"]))
      }
      if let known = self.known[cut.zone] { return done(known) }
      self.waiting[cut.zone, default: []].append(done)
      guard self.waiting[cut.zone]?.count == 1 else { return }
      self.complete(cut, walk)
    }
  }

  private func complete(_ cut: DelegationWalk.Cut, _ walk: DelegationWalk) {
    var delegation = Delegation(
      zone: cut.zone, parentServers: cut.serverNames.sorted(),
      glue: cut.glue.map { .init(name: $0.name, address: $0.address.description) })
    var servers = cut.servers
    askChildren(cut.zone, servers) { childNames in
      delegation.childServers = childNames
      let unknown = childNames.filter { name in !servers.contains { $0.name == name } }
      walk.resolve(unknown) { found in
        for server in found where !servers.contains(server) { servers.append(server) }
        self.askForDS(cut) { isSecure, signers in
          delegation.hasSecureDelegation = isSecure
          delegation.signers = signers
          delegation.unresolved = (cut.serverNames + unknown).filter { name in
            !servers.contains { $0.name == name }
          }
          delegation.authorities = Self.ordered(servers)
          self.settle(cut.zone, delegation)
        }
      }
    }
  }

  private static func ordered(_ servers: [DelegationWalk.Server]) -> [Delegation.ServerAddress] {
    var result: [Delegation.ServerAddress] = []
    for server in servers.sorted(by: {
      ($0.name, $0.address.description) < ($1.name, $1.address.description)
    }) {
      let entry = Delegation.ServerAddress(
        name: server.name, address: server.address.description)
      if result.last != entry { result.append(entry) }
    }
    return result
  }

  private func settle(_ zone: DomainName, _ delegation: Delegation) {
    known[zone] = delegation
    for done in waiting.removeValue(forKey: zone) ?? [] { done(delegation) }
  }

  /// What the zone's own servers call its servers, over all of them.
  private func askChildren(
    _ zone: DomainName, _ servers: [DelegationWalk.Server],
    then done: @escaping ([DomainName]) -> Void
  ) {
    var left = servers.count
    guard left > 0 else { return done([]) }
    var names: Set<DomainName> = []
    for server in servers {
      observing.ask(zone, .ns, of: server.address, label: server.name.description) {
        for record in $0.reply?.records ?? [] where $0.reply?.isAuthoritative == true {
          if let name = record.data.nsTarget { names.insert(name) }
        }
        left -= 1
        if left == 0 { done(names.sorted()) }
      }
    }
  }

  private func askForDS(
    _ cut: DelegationWalk.Cut, then done: @escaping (Bool?, [RecordData]) -> Void
  ) {
    var left = min(3, cut.parentServers.count)
    guard left > 0 else { return done(nil, []) }
    var isSecure: Bool?
    var signers: [RecordData] = []
    for server in cut.parentServers.prefix(3) {
      observing.ask(cut.zone, .ds, of: server.address, label: server.name.description) {
        if let reply = $0.reply {
          if reply.meaning == .data {
            isSecure = true
            for data in reply.data where !signers.contains(data) { signers.append(data) }
          }
          if reply.meaning == .noSuchType { isSecure = isSecure ?? false }
        }
        left -= 1
        if left == 0 { done(isSecure, signers) }
      }
    }
  }

  /// With the servers given, the zone is the closest ancestor they have an SOA for.
  private func findGiven(_ name: DomainName, then done: @escaping (Delegation) -> Void) {
    var ancestors: [DomainName] = []
    var next: DomainName? = name
    while let current = next, !current.isRoot {
      ancestors.append(current)
      next = current.parent
    }
    let authorities = given.map {
      Delegation.ServerAddress(name: .root, address: $0.description)
    }
    var zone: DomainName?
    var left = ancestors.count
    guard left > 0, !given.isEmpty else {
      return done(Delegation(zone: .root, authorities: authorities))
    }
    for ancestor in ancestors {
      apex(at: ancestor) { apex in
        if let apex, apex.wire.count > (zone?.wire.count ?? 0) { zone = apex }
        left -= 1
        guard left == 0 else { return }
        var found = Delegation(zone: zone ?? name.parent ?? .root, authorities: authorities)
        found.isAssumed = zone == nil
        done(found)
      }
    }
  }

  /// The apex that any of the servers given knows `name` to lie under; asked once for all names below.
  private func apex(at name: DomainName, then done: @escaping (DomainName?) -> Void) {
    if let known = apexes[name] { return done(known) }
    apexWaiting[name, default: []].append(done)
    guard apexWaiting[name]?.count == 1 else { return }
    var left = given.count
    var closest: DomainName?
    for server in given {
      observing.ask(name, .soa, of: server, label: "") {
        if let reply = $0.reply, reply.isAuthoritative,
          let apex = reply.records.first?.owner ?? reply.zone, name.isWithin(apex),
          apex.wire.count > (closest?.wire.count ?? 0)
        {
          closest = apex
        }
        left -= 1
        guard left == 0 else { return }
        self.apexes[name] = .some(closest)
        for done in self.apexWaiting.removeValue(forKey: name) ?? [] { done(closest) }
      }
    }
  }
}
