import DNSModel
import Migration

/// A wildcard that answers for challenge names hides whether the real record is there, and may send a
/// CA elsewhere.
enum WildcardCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    guard let probe = evidence.name.prepending(AuditNames.probeLabel) else { return [] }
    var seen: [String] = []
    for type in [RecordType.txt, .cname] {
      for answer in evidence.answers(probe, type) where answer.reply.meaning == .data {
        let data = answer.reply.chain.first.map { $0.target.description }
        let what = data.map { "alias for \($0)" } ?? "\(type) \(shortText(answer.reply.data))"
        seen.append("\(answer.server): \(what)")
      }
    }
    guard !seen.isEmpty else { return [] }
    return [
      Finding(
        "dns.wildcard.challenge", .warning,
        "a wildcard answers for every name below \(evidence.name)",
        evidence: seen,
        why: "it answers for _acme-challenge and _dnsauth too: a CA may be led elsewhere, and a "
          + "missing challenge record looks present",
        wayOut: "write the challenge records and check their very content at each authority")
    ]
  }
}
