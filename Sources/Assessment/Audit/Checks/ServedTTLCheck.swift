import DNSModel
import Migration

/// A provider that floors or rounds the TTL changes the timetable (R3).
enum ServedTTLCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    guard let wanted = evidence.move.requestedTTL, let served = evidence.largestTTL,
      served != wanted
    else { return [] }
    return [
      Finding(
        "dns.ttl.served", .warning, "\(wanted) s was asked for, \(served) s is served",
        why: "every wait of the plan follows what is served, not what was asked for (R3)",
        wayOut: "ask for a TTL the provider keeps, or plan with \(served) s")
    ]
  }
}
