import DNSModel
import Migration

/// An authority that answers over UDP must answer over TCP (RFC 7766): what does not fit cannot be
/// fetched otherwise, and CAs and validators do fetch it.
enum StreamCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    let asked = evidence.asked(evidence.zone, .soa)
    let alive = asked.filter { $0.server.channel == .udp && $0.reply != nil }.map(\.server.address)
    let deaf = asked.filter {
      $0.server.channel == .tcp && $0.reply == nil && alive.contains($0.server.address)
    }
    guard !deaf.isEmpty else { return [] }
    return [
      Finding(
        "dns.authority.noTCP", .warning, "authorities that answer over UDP only",
        evidence: deaf.map { "\($0.server): \($0.silence?.description ?? "no answer")" },
        why: "long answers (DNSSEC, TXT challenges) are cut on UDP and cannot be fetched",
        wayOut: "open TCP port 53 to these servers")
    ]
  }
}
