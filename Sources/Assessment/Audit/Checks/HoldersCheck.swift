import DNSModel
import Migration
import Notation

/// How long each known kind of cache may still hold the old answer after a change made now.
enum HoldersCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    guard let ttl = evidence.largestTTL else { return [] }
    let rows = (ResolverTable.publicResolvers + ResolverTable.kinds).map { row in
      let hold = row.longestHold(of: ttl)
      let text = hold == .ceiling ? "until it is restarted" : "up to \(hold.span)"
      return "\(row.label): \(text)" + (row.staleHabit.map { " (\($0))" } ?? "")
    }
    return [
      Finding(
        "dns.caches.hold", .note, "who may hold today's answer, and how long",
        evidence: rows,
        why: "retiring the old endpoint waits for these, and for observed traffic (R7)",
        wayOut: "list the callers that keep answers until a restart, and plan their restart")
    ]
  }
}
