import DNSModel
import Migration

/// A name that exists only through a wildcard stops existing when a record is added below it: the name
/// becomes an empty non-terminal (RFC 4592 §2.2.2), and the wildcard no longer reaches it (R18).
enum HiddenWildcardCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    // Below a name that is there itself no wildcard beside it reaches (RFC 4592 §3.3.1).
    let below = evidence.name.prepending(AuditNames.probeLabel)
    let isThere = below.map { evidence.answers($0, .txt) } ?? []
    guard !isThere.contains(where: { $0.reply.meaning == .noSuchName }) else { return [] }
    guard evidence.name != evidence.zone, let parent = evidence.name.parent,
      let sibling = parent.prepending(AuditNames.probeLabel)
    else { return [] }
    var seen: [String] = []
    for type in NameEvidence.clientTypes {
      let own = evidence.records(evidence.name, type).map(\.data)
      guard !own.isEmpty else { continue }
      for answer in evidence.answers(sibling, type)
      where answer.reply.meaning == .data && answer.reply.data.allSatisfy(own.contains)
        && !answer.reply.data.isEmpty
      {
        seen.append("\(answer.server): \(sibling) \(type) \(shortText(answer.reply.data))")
      }
    }
    guard !seen.isEmpty else { return [] }
    return [
      Finding(
        "dns.wildcard.only", .blocker,
        "\(evidence.name) answers like the wildcard beside it, and may exist only through it",
        evidence: seen,
        why:
          "a record below it (_acme-challenge, _dnsauth, _fence) would make the name itself vanish",
        wayOut:
          "create the name itself with the same data first, then the records below it; names beside it "
          + "that a wildcard further up serves need records of their own by then (RFC 4592 §2.2.2)")
    ]
  }
}
