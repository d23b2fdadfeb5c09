import DNSModel
import Migration

/// Beside a CNAME nothing else may live (RFC 1034 §3.6.2), and what lives at the name today hinders
/// one tomorrow.
enum CoexistenceCheck: AuditCheck {
  static let types: [RecordType] = [.txt, .mx, .caa, .a, .aaaa]

  static func findings(in evidence: NameEvidence) -> [Finding] {
    guard evidence.name != evidence.zone else { return [] }
    let aliases = evidence.records(evidence.name, .cname)
    let perServer = evidence.answers(evidence.name, .cname).map(\.reply.records.count).max() ?? 0
    if perServer > 1 {
      return [
        Finding(
          "dns.alias.several", .blocker, "more than one CNAME stands at the name",
          evidence: aliases.map { "\($0.data.shortText), TTL \($0.ttl) s" },
          why: "only one may (RFC 2181 §10.1); which of them a resolver follows is luck",
          wayOut: "remove all but the one that is meant")
      ]
    }
    let hasAlias = evidence.todaysTarget != nil
    // One server with the alias and another with addresses disagree: that is told as such.
    let aliasing = evidence.answers(evidence.name, .cname)
      .filter { $0.reply.meaning == .data }.map(\.server.address)
    var others: [String] = []
    for type in types {
      // Behind an alias these answers are the target's own.
      let own = evidence.answers(evidence.name, type)
        .filter { !hasAlias || aliasing.contains($0.server.address) }
        .flatMap(\.reply.records).filter { $0.owner == evidence.name }.map(\.data)
      let distinct = Set(own).sorted { $0.wire.lexicographicallyPrecedes($1.wire) }
      if !distinct.isEmpty { others.append("\(type): \(shortText(distinct))") }
    }
    // Without an alias, addresses are what the move replaces.
    if !hasAlias { others = others.filter { !$0.hasPrefix("A:") && !$0.hasPrefix("AAAA:") } }
    guard !others.isEmpty else { return [] }
    return [
      Finding(
        "dns.coexistence", .blocker,
        hasAlias ? "other records live beside the CNAME" : "other records live at the name",
        evidence: others,
        why: "servers drop one or the other, or refuse the zone; a CNAME to the router cannot be "
          + "written beside them",
        wayOut: "move these records to other names before the swap")
    ]
  }
}
