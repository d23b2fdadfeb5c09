import DNSModel

/// What a signed zone shows for what is not there (RFC 4035 §3.1.3, RFC 5155 §7.2): made once from a
/// whole zone, whose records and signatures are served as they were loaded.
public struct DenialProofs: Sendable {
  private enum Chain: Sendable {
    case nsec(NSECChain)
    case nsec3(NSEC3Chain)
  }

  private let zone: Zone
  private let chain: Chain

  /// Nil for a zone without NSEC or NSEC3 records: then nothing can be proven.
  public init?(_ zone: Zone) {
    var plain: [RRset] = []
    var hashed: [RRset] = []
    for rrset in zone.allRRsets {
      if rrset.type == .nsec { plain.append(rrset) }
      if rrset.type == .nsec3 { hashed.append(rrset) }
    }
    let parameters = zone.rrset(at: zone.origin, .nsec3param)
    let hash = parameters?.data.lazy.compactMap { NSEC3Hash(parameters: $0.wire) }.first
    if let hash, let chain = NSEC3Chain(hashed, hash: hash, origin: zone.origin) {
      self.chain = .nsec3(chain)
    } else if let chain = NSECChain(plain) {
      self.chain = .nsec(chain)
    } else {
      return nil
    }
    self.zone = zone
  }

  /// The sets that prove all that an answer denies from this zone, each once, for its authority
  /// section.
  public func sets(for denials: [Denial]) -> [AnswerSet] {
    var sets: [AnswerSet] = []
    for denial in denials where denial.origin == zone.origin {
      for case let rrset? in proof(of: denial)
      where !sets.contains(where: { $0.owner == rrset.owner && $0.type == rrset.type }) {
        var set = AnswerSet(rrset)
        set.signatures = (zone.rrset(at: rrset.owner, .rrsig)?.data ?? []).filter {
          $0.coveredType == rrset.type
        }
        sets.append(set)
      }
    }
    return sets
  }

  private func proof(of denial: Denial) -> [RRset?] {
    let name = denial.name
    switch (denial.claim, chain) {
    case (.noData, .nsec(let chain)): return [chain.atOrBefore(name)]
    case (.noData, .nsec3(let chain)):
      // A name without a record of its own in the chain: an insecure delegation that was left out
      // (opt-out), or a name above such ones alone (§7.2.4, §7.2.7).
      return chain.matching(name).map { [$0] } ?? chain.encloser(of: name)
    case (.nameError(let encloser), .nsec(let chain)):
      return [chain.atOrBefore(name), chain.atOrBefore(encloser.wildcard)]
    case (.nameError(let encloser), .nsec3(let chain)):
      return chain.encloser(of: name) + [chain.covering(encloser.wildcard)]
    case (.wildcardExpansion, .nsec(let chain)): return [chain.atOrBefore(name)]
    case (.wildcardExpansion(let encloser), .nsec3(let chain)):
      return [chain.covering(name.nextCloser(below: encloser))]
    case (.wildcardNoData(_, let encloser), .nsec(let chain)):
      return [chain.atOrBefore(name), chain.atOrBefore(encloser.wildcard)]
    case (.wildcardNoData(_, let encloser), .nsec3(let chain)):
      return chain.encloser(of: name) + [chain.matching(encloser.wildcard)]
    }
  }
}

/// The NSEC records in canonical order.
private struct NSECChain: Sendable {
  private let rrsets: [RRset]

  init?(_ rrsets: [RRset]) {
    guard !rrsets.isEmpty else { return nil }
    self.rrsets = rrsets.sorted { $0.owner < $1.owner }
  }

  /// The record whose interval the name lies in: its own, or the one that spans over it.
  func atOrBefore(_ name: DomainName) -> RRset? {
    var (low, high) = (0, rrsets.count)
    while low < high {
      let middle = (low + high) / 2
      if rrsets[middle].owner <= name { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? rrsets[low - 1] : rrsets.last
  }
}

/// The NSEC3 records in the order of their hashes.
private struct NSEC3Chain: Sendable {
  private let entries: [(hash: [UInt8], rrset: RRset)]
  private let hash: NSEC3Hash
  private let origin: DomainName

  /// Records of other parameters belong to a chain that is being built or taken down.
  init?(_ rrsets: [RRset], hash: NSEC3Hash, origin: DomainName) {
    var entries: [(hash: [UInt8], rrset: RRset)] = []
    for rrset in rrsets {
      guard rrset.data.contains(where: { NSEC3Hash(parameters: $0.wire) == hash }),
        let label = rrset.owner.labels.first, let digest = NSEC3Hash.decode(label)
      else { continue }
      entries.append((digest, rrset))
    }
    guard !entries.isEmpty else { return nil }
    self.entries = entries.sorted { $0.hash.lexicographicallyPrecedes($1.hash) }
    self.hash = hash
    self.origin = origin
  }

  private func atOrBefore(_ digest: [UInt8]) -> (hash: [UInt8], rrset: RRset) {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if digest.lexicographicallyPrecedes(entries[middle].hash) {
        high = middle
      } else {
        low = middle + 1
      }
    }
    // The last record spans the end of the circle and its beginning.
    return low > 0 ? entries[low - 1] : entries[entries.count - 1]
  }

  func matching(_ name: DomainName) -> RRset? {
    let digest = hash.hash(name)
    let entry = atOrBefore(digest)
    return entry.hash == digest ? entry.rrset : nil
  }

  func covering(_ name: DomainName) -> RRset? {
    let digest = hash.hash(name)
    let entry = atOrBefore(digest)
    return entry.hash == digest ? nil : entry.rrset
  }

  /// RFC 5155 §7.2.1: the closest ancestor that can be proven, and that the next name down cannot.
  func encloser(of name: DomainName) -> [RRset?] {
    var nextCloser = name
    var candidate = name.parent
    while let ancestor = candidate, ancestor.isWithin(origin) {
      if let match = matching(ancestor) { return [match, covering(nextCloser)] }
      nextCloser = ancestor
      candidate = ancestor.parent
    }
    return []
  }
}

extension DomainName {
  fileprivate var wildcard: DomainName { wildcardChild ?? self }

  /// The ancestor (or self) with one label more than `encloser`.
  fileprivate func nextCloser(below encloser: DomainName) -> DomainName {
    var name = self
    while let parent = name.parent, parent != encloser, !parent.isRoot { name = parent }
    return name
  }
}
