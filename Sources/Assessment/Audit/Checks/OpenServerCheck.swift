import DNSModel
import Migration

/// An authority that also offers recursion mixes its own data with a cache's.
enum OpenServerCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    let open = evidence.asked(evidence.zone, .soa).filter {
      $0.server.channel == .udp && $0.reply?.recursionAvailable == true
    }
    guard !open.isEmpty else { return [] }
    return [
      Finding(
        "dns.authority.open", .warning, "authorities that offer recursion",
        evidence: open.map { "\($0.server)" },
        why: "their cache may answer in place of the zone, and strangers can abuse them",
        wayOut: "switch recursion off on authorities")
    ]
  }
}
