import DNSModel
import Migration

/// The parent's list of servers and the zone's own must be one: resolvers use the one or the other.
enum DelegationCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    let (parent, child) = (evidence.delegation.parentServers, evidence.delegation.childServers)
    guard !parent.isEmpty, !child.isEmpty, Set(parent) != Set(child) else { return [] }
    return [
      Finding(
        "dns.delegation.differs", .warning, "parent and zone name different servers",
        evidence: parent.filter { !child.contains($0) }.map { "\($0) only at the parent" }
          + child.filter { !parent.contains($0) }.map { "\($0) only at the zone itself" },
        why: "a server that only some resolvers know is forgotten when the zone moves on",
        wayOut: "make both lists equal before the move, and freeze them during it")
    ]
  }
}
