import DNSModel
import Migration
import SystemIO

/// Gathers keys and DS records of every zone from a trust anchor down, each once for all names.
final class TrustPathLook {
  private let observing: Observing
  private let finder: DelegationFinder
  private let anchors: [ResourceRecord]
  private var paths: [DomainName: [NameEvidence.TrustLink]] = [:]
  private var waiting: [DomainName: [([NameEvidence.TrustLink]) -> Void]] = [:]

  init(_ observing: Observing, _ finder: DelegationFinder, _ anchors: [ResourceRecord]) {
    self.observing = observing
    self.finder = finder
    self.anchors = anchors
  }

  func gather(_ evidence: NameEvidence, then done: @escaping (NameEvidence) -> Void) {
    guard !anchors.isEmpty else { return done(evidence) }
    var evidence = evidence
    evidence.anchors = anchors
    path(to: evidence.delegation) { path in
      evidence.trustPath = path
      done(evidence)
    }
  }

  private func path(
    to delegation: Delegation, then done: @escaping ([NameEvidence.TrustLink]) -> Void
  ) {
    let zone = delegation.zone
    if let known = paths[zone] { return done(known) }
    waiting[zone, default: []].append(done)
    guard waiting[zone]?.count == 1 else { return }
    let settle = { (path: [NameEvidence.TrustLink]) in
      self.paths[zone] = path
      for done in self.waiting.removeValue(forKey: zone) ?? [] { done(path) }
    }
    let above = anchors.map(\.owner).filter { zone.isWithin($0) }
    guard let start = above.max(by: { $0.labelCount < $1.labelCount }),
      start == zone || finder.followsDelegations
    else { return settle([]) }
    zones(from: start, to: delegation) { zones in self.ask(zones, then: settle) }
  }

  /// Every zone there is between the two, both included, from the top.
  private func zones(
    from start: DomainName, to delegation: Delegation, then done: @escaping ([Delegation]) -> Void
  ) {
    var names: [DomainName] = []
    var next = delegation.zone == start ? nil : delegation.zone.parent
    while let name = next {
      names.append(name)
      next = name == start ? nil : name.parent
    }
    var found: [Delegation] = [delegation]
    var left = names.count
    guard left > 0 else { return done(found) }
    for name in names {
      finder.find(name) { other in
        if other.zone.isWithin(start), !found.contains(where: { $0.zone == other.zone }) {
          found.append(other)
        }
        left -= 1
        if left == 0 { done(found.sorted { $0.zone.labelCount < $1.zone.labelCount }) }
      }
    }
  }

  private func ask(
    _ zones: [Delegation], then done: @escaping ([NameEvidence.TrustLink]) -> Void
  ) {
    var path = zones.map { NameEvidence.TrustLink(zone: $0.zone) }
    var left = zones.count * 2 - 1
    let finish = {
      left -= 1
      if left == 0 { done(path) }
    }
    for (index, delegation) in zones.enumerated() {
      observing.askSome(delegation, delegation.zone, .dnskey, dnssec: true) {
        path[index].keys = $0
        finish()
      }
      guard index > 0 else { continue }
      observing.askSome(zones[index - 1], delegation.zone, .ds, dnssec: true) {
        path[index].signers = $0
        finish()
      }
    }
  }
}

extension Observing {
  /// Every authority, and each one's word in their order.
  func askEvery(
    _ delegation: Delegation, _ name: DomainName, _ type: RecordType,
    then done: @escaping ([DNSObservation]) -> Void
  ) {
    let authorities = AskedAuthority.all(of: delegation).prefix(16)
    var found: [DNSObservation?] = Array(repeating: nil, count: authorities.count)
    var left = authorities.count
    guard left > 0 else { return done([]) }
    for (index, authority) in authorities.enumerated() {
      ask(authority.ask(Question(name, type))) {
        found[index] = $0
        left -= 1
        if left == 0 { done(found.compactMap { $0 }) }
      }
    }
  }

  /// Two authorities at once; the first good answer counts.
  func askSome(
    _ delegation: Delegation, _ name: DomainName, _ type: RecordType, dnssec: Bool = false,
    then done: @escaping (DNSObservation?) -> Void
  ) {
    let servers = delegation.authorities.prefix(2).compactMap { authority in
      SocketAddress(parsing: authority.address).map { (authority, $0) }
    }
    var left = servers.count
    var isDone = false
    guard left > 0 else { return done(nil) }
    for (authority, address) in servers {
      let label = authority.name.isRoot ? authority.address : authority.name.description
      ask(name, type, of: address, label: label, dnssec: dnssec) {
        left -= 1
        let helps =
          $0.reply.map { $0.isAuthoritative && ($0.meaning == .data || $0.isDenial) } ?? false
        guard !isDone, helps || left == 0 else { return }
        isDone = true
        done($0)
      }
    }
  }
}
