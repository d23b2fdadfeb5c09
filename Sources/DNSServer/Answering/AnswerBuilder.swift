import DNSModel

/// The second step: which records answer a question (RFC 1034 §4.3.2, with RFC 2308, 4592, 6604 and
/// 6672). The path and its names are NSD's: zone → authoritative or delegation → exact, DNAME,
/// wildcard or nothing → type, CNAME or no data.
public struct AnswerBuilder: Sendable {
  /// Links of CNAME and DNAME that are followed. What is longer is left to the resolver, which asks
  /// on from where we stopped.
  public static let chainLimit = 16

  let zones: ServedZones
  let dnssecOK: Bool

  public init(_ zones: ServedZones, dnssecOK: Bool = false) {
    self.zones = zones
    self.dnssecOK = dnssecOK
  }

  public func answer(_ question: Question) -> Answer {
    var work = AnswerWork(question: question, dnssecOK: dnssecOK)
    var name = question.name
    for link in 0...Self.chainLimit {
      guard let zone = zone(for: name, question.type) else {
        // A chain that leaves what we serve ends here, and is an answer all the same.
        if link == 0 { work.answer.code = .refused }
        break
      }
      guard !zones.isExpired(zone.origin) else {
        if link == 0 { work.answer.code = .serverFailure }
        break
      }
      work.zone = zone
      work.answer.zone = zone
      if link == 0 { work.answer.isAuthoritative = question.recordClass == .internet }
      guard link < Self.chainLimit, let next = work.lookup(name) else { break }
      name = next
      // A name that was asked for already in this chain: a loop.
      guard !work.chain.contains(name) else { break }
      work.chain.append(name)
    }
    if dnssecOK { work.answer.authorities += zones.proofs(of: work.answer.denials) }
    work.addAddresses()
    return work.answer
  }

  /// The zone that answers: the nearest one at or above the name; for DS its parent, if we serve
  /// that too (RFC 4035 §3.1.4.1).
  private func zone(for name: DomainName, _ type: RecordType) -> Zone? {
    guard let zone = zones.zone(enclosing: name) else { return nil }
    guard type == .ds, zone.origin == name, let parent = name.parent else { return zone }
    return zones.zone(enclosing: parent) ?? zone
  }
}

/// One answer while it is collected.
struct AnswerWork {
  let question: Question
  let dnssecOK: Bool
  var answer = Answer()
  var zone: Zone?
  /// The names asked for so far: the question's and the targets of the chain.
  var chain: [DomainName]

  init(question: Question, dnssecOK: Bool) {
    self.question = question
    self.dnssecOK = dnssecOK
    chain = [question.name]
  }

  /// Looks one name up in the zone; gives the name to go on with, if an alias leads there.
  mutating func lookup(_ name: DomainName) -> DomainName? {
    guard let zone else { return nil }
    answer.consulted.append(name)
    var ancestors = [name]
    while let last = ancestors.last, last != zone.origin, let parent = last.parent {
      ancestors.append(parent)
    }
    var encloser = zone.origin
    for node in ancestors.reversed() {
      guard let spelling = zone.node(at: node)?.owner else { break }
      encloser = node
      if chain.count == 1 { answer.isSpelledAsServed = name.isSpelled(endingIn: spelling) }
      let rrsets = zone.rrsets(at: node)
      if node != zone.origin, let cut = rrsets.first(where: { $0.type == .ns }),
        !(node == name && question.type == .ds)
      {
        refer(to: cut, beside: rrsets)
        return nil
      }
      if node != name, let redirection = rrsets.first(where: { $0.type == .dname }) {
        return redirect(name, along: redirection)
      }
    }
    if encloser == name { return match(name, zone.rrsets(at: name)) }
    // Any name on the way coming or going would change what is the closest encloser.
    for node in ancestors.dropFirst() {
      answer.consulted.append(node)
      if node == encloser { break }
    }
    guard let wildcard = encloser.wildcardChild, zone.hasName(wildcard) else {
      answer.code = .nameError
      deny(name, .nameError(closestEncloser: encloser))
      addSOA()
      return nil
    }
    answer.consulted.append(wildcard)
    return match(name, zone.rrsets(at: wildcard), wildcardBelow: encloser)
  }

  /// The name is there, itself or through a wildcard (RFC 4592 §3.3): type, alias or no data.
  private mutating func match(
    _ name: DomainName, _ rrsets: [RRset], wildcardBelow encloser: DomainName? = nil
  ) -> DomainName? {
    let type = question.type
    let expansion = encloser.map { Denial.Claim.wildcardExpansion(closestEncloser: $0) }
    if type == .any {
      // One set is an answer to ANY (RFC 8482 §4.1): the first by type, signatures apart.
      let best = rrsets.filter { $0.type != .rrsig }.min { $0.type < $1.type }
      guard let best = best ?? rrsets.first else { return noData(name, wildcardBelow: encloser) }
      add(best, as: name, denying: expansion)
      return nil
    }
    if let exact = rrsets.first(where: { $0.type == type }) {
      add(exact, as: name, denying: expansion)
      return nil
    }
    if let alias = rrsets.first(where: { $0.type == .cname }), let target = alias.data.first {
      add(alias, as: name, denying: expansion)
      return DomainName(wire: target.wire)
    }
    return noData(name, wildcardBelow: encloser)
  }

  private mutating func noData(_ name: DomainName, wildcardBelow encloser: DomainName?)
    -> DomainName?
  {
    if let encloser {
      deny(name, .wildcardNoData(question.type, closestEncloser: encloser))
    } else {
      deny(name, .noData(question.type))
    }
    addSOA()
    return nil
  }

  /// DNAME: what lies below its owner is renamed (RFC 6672 §3.2).
  private mutating func redirect(_ name: DomainName, along redirection: RRset) -> DomainName? {
    add(redirection, as: redirection.owner)
    guard let data = redirection.data.first, let target = DomainName(wire: data.wire) else {
      return nil
    }
    guard let renamed = name.replacingSuffix(redirection.owner, with: target) else {
      // Too long for a name (RFC 6672 §2.2).
      answer.code = .nameExists
      return nil
    }
    answer.answers.append(AnswerSet(RRset(name, ttl: redirection.ttl, .cname(renamed))))
    // Whoever asked for the CNAME has it now. And what leads below itself never ends.
    return question.type == .cname || target.isWithin(redirection.owner) ? nil : renamed
  }

  /// A delegation: the way on is below, and not ours to answer (RFC 1034 §4.3.2 step 3b).
  private mutating func refer(to cut: RRset, beside rrsets: [RRset]) {
    // With an alias before it the answer stays authoritative for that one.
    if answer.answers.isEmpty { answer.isAuthoritative = false }
    answer.authorities.append(AnswerSet(cut))
    if dnssecOK, zone?.isSigned == true {
      if let signer = rrsets.first(where: { $0.type == .ds }) {
        answer.authorities.append(signed(signer, as: cut.owner))
      } else {
        deny(cut.owner, .noData(.ds))
      }
    }
    answer.consulted.append(cut.owner)
  }

  // MARK: Collecting

  mutating func add(_ rrset: RRset, as owner: DomainName, denying claim: Denial.Claim? = nil) {
    // A DNAME on the way may be asked for at the end: nothing is said twice.
    guard !answer.answers.contains(where: { $0.owner == owner && $0.type == rrset.type }) else {
      return
    }
    answer.answers.append(signed(rrset, as: owner))
    if let claim { deny(owner, claim) }
  }

  private mutating func deny(_ name: DomainName, _ claim: Denial.Claim) {
    guard let zone else { return }
    answer.denials.append(Denial(name: name, claim: claim, origin: zone.origin))
  }

  /// The zone's SOA with the TTL that the negative answer may be kept (RFC 2308 §3).
  mutating func addSOA() {
    guard let zone, let rrset = zone.rrset(at: zone.origin, .soa),
      let soa = rrset.data.first?.soa
    else { return }
    var set = signed(rrset, as: zone.origin)
    set.ttl = min(rrset.ttl, TTL(clamping: soa.minimum))
    answer.authorities.append(set)
  }

  /// The set with the signatures that cover it, where they are wanted. They stand under the set's
  /// own name, a wildcard's too.
  func signed(_ rrset: RRset, as owner: DomainName) -> AnswerSet {
    var set = AnswerSet(rrset, owner: owner)
    guard dnssecOK, let zone, zone.isSigned, rrset.type != .rrsig,
      let signatures = zone.rrset(at: rrset.owner, .rrsig)
    else { return set }
    set.signatures = signatures.data.filter { $0.coveredType == rrset.type }
    return set
  }
}

extension DomainName {
  /// Whether the name ends in another, byte for byte. (Known to be within it.)
  fileprivate func isSpelled(endingIn other: DomainName) -> Bool {
    wire[(wire.count - other.wire.count)...] == other.wire[...]
  }
}

extension RecordData {
  /// What an RRSIG record signs (RFC 4034 §3.1.1).
  var coveredType: RecordType? {
    guard type == .rrsig, wire.count >= 2 else { return nil }
    return RecordType(rawValue: UInt16(wire[0]) << 8 | UInt16(wire[1]))
  }
}
