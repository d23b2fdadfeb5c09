import DNSModel
import Migration
import Notation
import SystemIO

/// Finds the zone a name lies in, and its servers, from the root down: no resolver is asked, so nothing
/// is left behind in anybody's cache (R5).
///
/// Answers are remembered: thousands of names of one zone cost one walk, and one question each.
public final class DelegationWalk {
  /// A server with the address it is asked at.
  struct Server: Hashable {
    let name: DomainName
    let address: SocketAddress
  }

  /// A zone as its parent delegates it.
  struct Cut {
    let zone: DomainName
    let servers: [Server]
    let serverNames: [DomainName]
    let glue: [Server]
    /// Who was asked for it: the DS record lies there.
    let parentServers: [Server]
  }

  enum Step {
    case cut(Cut)
    case noCut
    /// The name does not exist; nothing lies below it.
    case denied
    case failed(String)
  }

  let observing: Observing
  let port: UInt16
  private let root: Cut
  private var steps: [DomainName: Step] = [:]
  private var waiting: [DomainName: [(Step) -> Void]] = [:]
  private var addresses: [DomainName: [SocketAddress]] = [:]
  private var addressWaiting: [DomainName: [([SocketAddress]) -> Void]] = [:]
  /// What is being found out, and what that in turn waits for.
  private enum Need: Hashable {
    case cut(DomainName)
    case addresses(DomainName)
  }
  private var needs: [Need: Set<Need>] = [:]
  private static let depthLimit = 12

  public init(_ observing: Observing, roots: [SocketAddress], port: UInt16 = 53) {
    self.observing = observing
    self.port = port
    let servers = roots.map { Server(name: .root, address: $0) }
    root = Cut(zone: .root, servers: servers, serverNames: [], glue: [], parentServers: [])
  }

  /// The cut of the zone `name` lies in.
  func cut(for name: DomainName, then done: @escaping (Cut, String?) -> Void) {
    cut(for: name, [], done)
  }

  private func cut(
    for name: DomainName, _ trail: [Need], _ done: @escaping (Cut, String?) -> Void
  ) {
    var path: [DomainName] = []
    var next: DomainName? = name
    while let current = next, !current.isRoot {
      path.append(current)
      next = current.parent
    }
    descend(root, path.reversed()[...], trail, done)
  }

  private func descend(
    _ cut: Cut, _ path: ArraySlice<DomainName>, _ trail: [Need],
    _ done: @escaping (Cut, String?) -> Void
  ) {
    guard let name = path.first else { return done(cut, nil) }
    look(at: name, from: cut, trail) { step in
      switch step {
      case .cut(let below): self.descend(below, path.dropFirst(), trail, done)
      case .noCut: self.descend(cut, path.dropFirst(), trail, done)
      case .denied: done(cut, nil)
      case .failed(let why): done(cut, why)
      }
    }
  }

  private func look(
    at name: DomainName, from cut: Cut, _ trail: [Need], then done: @escaping (Step) -> Void
  ) {
    if let known = steps[name] { return done(known) }
    guard enter(.cut(name), trail) else {
      return done(.failed("the servers of \(name) can only be found by asking themselves"))
    }
    waiting[name, default: []].append(done)
    guard waiting[name]?.count == 1 else { return }
    guard !cut.servers.isEmpty, trail.count < Self.depthLimit else {
      return settle(name, .failed("no server of \(cut.zone) has an address that can be asked"))
    }
    askFirst(cut.servers, name, .ns) { observation in
      self.read(observation, at: name, from: cut, trail + [.cut(name)])
    }
  }

  /// Whether the last of `trail` may wait for `need`: not where that waits, in the end, for it. Delegations
  /// without glue may lead back to themselves, also through the walk for another name.
  private func enter(_ need: Need, _ trail: [Need]) -> Bool {
    guard let asker = trail.last else { return true }
    var seen: Set<Need> = []
    var open = [need]
    while let next = open.popLast() {
      guard next != asker else { return false }
      if seen.insert(next).inserted { open += needs[next] ?? [] }
    }
    needs[asker, default: []].insert(need)
    return true
  }

  private func settle(_ name: DomainName, _ step: Step) {
    steps[name] = step
    needs[.cut(name)] = nil
    for done in waiting.removeValue(forKey: name) ?? [] { done(step) }
  }

  private func read(
    _ observation: DNSObservation?, at name: DomainName, from cut: Cut, _ trail: [Need]
  ) {
    guard let reply = observation?.reply else {
      let why = observation?.silence?.description ?? "nobody to ask"
      return settle(name, .failed("no server of \(cut.zone) answers for \(name): \(why)"))
    }
    switch reply.meaning {
    case .referral(let zone) where zone == name && zone.isBelow(cut.zone):
      delegate(zone, reply.authorities, reply.additionals, from: cut, trail)
    case .data where !reply.records.isEmpty && reply.chain.isEmpty:
      // Parent and child on one server: it answers for the child at once.
      delegate(name, reply.records, reply.additionals, from: cut, trail)
    case .noSuchName: settle(name, .denied)
    case .data, .noSuchType, .referral: settle(name, .noCut)
    case .refused, .serverFailure, .other:
      settle(name, .failed("the servers of \(cut.zone) answer \(reply.code) for \(name)"))
    }
  }

  private func delegate(
    _ zone: DomainName, _ records: [ResourceRecord], _ additionals: [ResourceRecord],
    from cut: Cut, _ trail: [Need]
  ) {
    let names = records.filter { $0.owner == zone }.compactMap { $0.data.nsTarget }
    var glue: [Server] = []
    for record in additionals where names.contains(record.owner) {
      guard let bytes = record.data.address?.bytes,
        let address = SocketAddress(address: bytes, port: port)
      else { continue }
      glue.append(Server(name: record.owner, address: address))
    }
    let without = names.filter { name in !glue.contains { $0.name == name } }
    resolve(without, trail) { found in
      self.settle(
        zone,
        .cut(
          Cut(
            zone: zone, servers: glue + found, serverNames: names, glue: glue,
            parentServers: cut.servers)))
    }
  }

  // MARK: Addresses of servers

  /// Addresses of server names, from those names' own authorities.
  func resolve(_ names: [DomainName], then done: @escaping ([Server]) -> Void) {
    resolve(names, [], done)
  }

  private func resolve(
    _ names: [DomainName], _ trail: [Need], _ done: @escaping ([Server]) -> Void
  ) {
    guard !names.isEmpty, trail.count < Self.depthLimit else { return done([]) }
    var left = names.count
    var found: [[Server]] = Array(repeating: [], count: names.count)
    for (index, name) in names.enumerated() {
      addresses(of: name, trail) { addresses in
        found[index] = addresses.map { Server(name: name, address: $0) }
        left -= 1
        if left == 0 { done(found.flatMap { $0 }) }
      }
    }
  }

  private func addresses(
    of name: DomainName, _ trail: [Need], then done: @escaping ([SocketAddress]) -> Void
  ) {
    if let known = addresses[name] { return done(known) }
    guard enter(.addresses(name), trail) else { return done([]) }
    addressWaiting[name, default: []].append(done)
    guard addressWaiting[name]?.count == 1 else { return }
    cut(for: name, trail + [.addresses(name)]) { cut, _ in
      var found: [SocketAddress] = []
      var left = 2
      for type in [RecordType.a, .aaaa] {
        self.askFirst(cut.servers, name, type) { observation in
          for record in observation?.reply?.records ?? [] {
            if let bytes = record.data.address?.bytes,
              let address = SocketAddress(address: bytes, port: self.port)
            {
              found.append(address)
            }
          }
          left -= 1
          guard left == 0 else { return }
          self.addresses[name] = found
          self.needs[.addresses(name)] = nil
          for done in self.addressWaiting.removeValue(forKey: name) ?? [] { done(found) }
        }
      }
    }
  }

  /// Asks two servers at once, then all the others at once: the first answer that helps, or the last
  /// that does not.
  private func askFirst(
    _ servers: [Server], _ name: DomainName, _ type: RecordType,
    then done: @escaping (DNSObservation?) -> Void
  ) {
    guard !servers.isEmpty else { return done(nil) }
    let first = servers.prefix(2)
    let rest = servers.dropFirst(2).prefix(12)
    ask(Array(first), name, type) { observation in
      guard !Self.helps(observation), !rest.isEmpty else { return done(observation) }
      self.ask(Array(rest), name, type) { done($0 ?? observation) }
    }
  }

  private func ask(
    _ servers: [Server], _ name: DomainName, _ type: RecordType,
    then done: @escaping (DNSObservation?) -> Void
  ) {
    var left = servers.count
    var isDone = false
    for server in servers {
      observing.ask(name, type, of: server.address, label: server.name.description) {
        left -= 1
        guard !isDone, Self.helps($0) || left == 0 else { return }
        isDone = true
        done($0)
      }
    }
  }

  private static func helps(_ observation: DNSObservation?) -> Bool {
    switch observation?.reply?.meaning {
    case .data, .noSuchName, .noSuchType, .referral: true
    default: false
    }
  }
}
