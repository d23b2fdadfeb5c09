import Foundation
import Testing

/// Every finding of the audit stands in a table of cases: a zone that trips it, and a near-miss, which
/// a case cannot be written without.
@Suite struct AuditRuleTests {
  @Test func everyFindingHasAZoneThatTripsItAndANearMiss() throws {
    let isFinding = /"(dns\.[a-zA-Z]+(\.[a-zA-Z0-9]+)*)"/
    var found: Set<String> = []
    for file in Repository.sources where file.path.contains("Assessment/Audit/") {
      for line in file.lines {
        for match in line.matches(of: isFinding) { found.insert(String(match.1)) }
      }
    }
    #expect(found.count > 40)
    let tests = Repository.tests.flatMap(\.lines).joined(separator: "\n")
    let isCase = /Case\(\s*"(dns\.[a-zA-Z0-9.]+)"/
    let cases = Set(tests.matches(of: isCase).map { String($0.1) })
    for id in found.symmetricDifference(cases).sorted() {
      Issue.record("\(id) needs a case (what trips it, and a near-miss), or is no finding any more")
    }
  }

  /// The pitfalls of moving a name that DNS itself shows, and the findings that tell of them.
  static let pitfalls: [(what: String, ids: [String])] = [
    ("the old TTL sets the wait", ["dns.ttl.long", "dns.caches.hold"]),
    (
      "all authorities agree on serial, value and TTL",
      ["dns.authorities.serial", "dns.authorities.data", "dns.authorities.ttl", "dns.ttl.mixed"]
    ),
    ("the TTL served is the one asked for", ["dns.ttl.served"]),
    ("a flattened name's TTL is measured, not assumed", ["dns.ttl.unsteady", "dns.flattened"]),
    ("nothing else lives at the name", ["dns.coexistence", "dns.alias.several"]),
    ("the name is no apex", ["dns.apex"]),
    ("what is moved is there", ["dns.name.absent", "dns.name.empty"]),
    ("no doubled suffix", ["dns.suffix.doubledOwner", "dns.suffix.doubledTarget"]),
    ("the new target resolves", ["dns.target.nothing", "dns.target.unknown", "dns.chain.loop"]),
    ("a denial is cached", ["dns.negative.long"]),
    ("a new child hides a wildcard", ["dns.wildcard.only"]),
    ("a wildcard answers for challenges", ["dns.wildcard.challenge"]),
    ("validation delegated to a former provider", ["dns.leftover.delegation"]),
    (
      "DNSSEC is valid now, and through the window",
      [
        "dns.dnssec.broken", "dns.dnssec.unsigned", "dns.dnssec.expired",
        "dns.dnssec.endsInWindow", "dns.dnssec.bogus", "dns.dnssec.validated",
      ]
    ),
    (
      "CAA allows the CA today and after the swap, for the account and the method",
      ["dns.caa.forbids", "dns.caa.unknown", "dns.caa.bound", "dns.caa.method"]
    ),
    ("no other controller owns the record", ["dns.controller.foreign"]),
    (
      "internal and external views",
      ["dns.views.differ", "dns.views.denied", "dns.views.unknown"]
    ),
    (
      "every authority can be reached, over both transports",
      [
        "dns.authority.none", "dns.authority.unreachable", "dns.authority.refuses",
        "dns.authority.lame", "dns.authority.noAddress", "dns.authority.noTCP",
        "dns.authority.oneNetwork",
      ]
    ),
    ("answers by region", ["dns.views.tailored"]),
    (
      "an address family appears or goes",
      ["dns.target.ipv6Appears", "dns.target.ipv6Goes", "dns.target.ipv4Goes"]
    ),
    ("renewal through a chain of aliases", ["dns.chain.long"]),
    ("an old validation token still stands", ["dns.leftover.ownership", "dns.leftover.acme"]),
    ("record first, resource last", ["dns.target.takeover", "dns.target.dangling"]),
    ("the ownership record of the origin is kept", ["dns.leftover.asuid"]),
    ("another move holds the fence", ["dns.leftover.fence"]),
    ("the record is where the plan begins", ["dns.target.drift"]),
    (
      "the slowest secondary sets the clock",
      ["dns.soa.refresh", "dns.soa.expire", "dns.delegation.differs", "dns.delegation.glue"]
    ),
  ]

  @Test func everyPitfallThatDNSShowsHasItsFinding() {
    let audit = Repository.sources.filter { $0.path.contains("Assessment/Audit/") }
      .flatMap(\.lines).joined(separator: "\n")
    for pitfall in Self.pitfalls {
      for id in pitfall.ids where !audit.contains("\"\(id)\"") {
        Issue.record("\(pitfall.what): no check gives \(id)")
      }
    }
  }
}
