import DNSModel

/// What is served at one moment: a value, so that an answer never sees half of a change.
public struct ServedZones: Sendable {
  private var zones: [DomainName: Zone] = [:]
  private var proofs: [DomainName: DenialProofs] = [:]
  private var expired: Set<DomainName> = []
  private var mostLabels = 0

  public init(_ zones: [Zone] = []) {
    for zone in zones { set(zone) }
  }

  /// The zone whose apex is the nearest at or above `name`.
  public func zone(enclosing name: DomainName) -> Zone? {
    var surplus = name.labelCount - mostLabels
    var candidate: DomainName? = name
    while let current = candidate {
      if surplus <= 0, let zone = zones[current] { return zone }
      surplus -= 1
      candidate = current.parent
    }
    return nil
  }

  public subscript(origin: DomainName) -> Zone? { zones[origin] }

  /// What a signed zone shows for all that an answer denies.
  func proofs(of denials: [Denial]) -> [AnswerSet] {
    var origins: [DomainName] = []
    for denial in denials where !origins.contains(denial.origin) { origins.append(denial.origin) }
    return origins.flatMap { proofs[$0]?.sets(for: denials) ?? [] }
  }

  /// In canonical order.
  public var origins: [DomainName] { zones.keys.sorted() }

  /// The origins with another one below them.
  var originsAroundOthers: Set<DomainName> {
    var outer: Set<DomainName> = []
    for origin in zones.keys {
      var next = origin.parent
      while let name = next {
        if zones[name] != nil { outer.insert(name) }
        next = name.parent
      }
    }
    return outer
  }

  /// Whether it is the same zones, and the same of them are expired.
  func hasSameStanding(as other: ServedZones) -> Bool {
    expired == other.expired && zones.count == other.zones.count
      && zones.keys.allSatisfy { other.zones[$0] != nil }
  }

  public mutating func set(_ zone: Zone) {
    zones[zone.origin] = zone
    proofs[zone.origin] = zone.isSigned ? DenialProofs(zone) : nil
    expired.remove(zone.origin)
    mostLabels = max(mostLabels, zone.origin.labelCount)
  }

  public mutating func remove(_ origin: DomainName) {
    zones[origin] = nil
    proofs[origin] = nil
    expired.remove(origin)
  }

  /// A secondary that has not reached its primary for too long answers SERVFAIL (RFC 1034 §4.3.5).
  public mutating func markExpired(_ origin: DomainName) { expired.insert(origin) }

  public func isExpired(_ origin: DomainName) -> Bool { expired.contains(origin) }
}
