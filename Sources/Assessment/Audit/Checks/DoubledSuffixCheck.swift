import DNSModel
import Migration

/// Registrars append the zone to what lacks its last dot: `x.azurewebsites.net.contoso.test`.
enum DoubledSuffixCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    var findings: [Finding] = []
    if let doubled = AuditNames.doubled(evidence.name, zone: evidence.zone),
      !evidence.zone.isRoot
    {
      let wildcard = answersUnder(evidence.zone, in: evidence)
      let answers = evidence.answers(doubled, .a).filter { $0.reply.meaning == .data }
      if !answers.isEmpty, !wildcard {
        findings.append(
          Finding(
            "dns.suffix.doubledOwner", .warning, "\(doubled) exists",
            evidence: answers.map { "\($0.server): \(shortText($0.reply.data))" },
            why:
              "someone wrote the whole name where the registrar appends the zone; the change may "
              + "go to the wrong record the same way",
            wayOut: "delete it, and enter names relative to the zone there"))
      }
    }
    if let target = evidence.todaysTarget, isDoubled(target, evidence.zone) {
      findings.append(
        Finding(
          "dns.suffix.doubledTarget", .blocker, "the target ends in our own zone: \(target)",
          why: "the target was entered without its last dot; it does not exist",
          wayOut: "enter the target with a final dot"))
    }
    return findings
  }

  /// A target inside our zone whose rest is a whole host name of three labels or more, and ends as the names
  /// of hosts do: in a top-level domain that platforms use, or in the one our own zone is in.
  static func isDoubled(_ target: DomainName, _ zone: DomainName) -> Bool {
    guard target.isBelow(zone), !zone.isRoot else { return false }
    let rest = target.labels.dropLast(zone.labelCount)
    guard rest.count >= 3, let last = rest.last else { return false }
    let own = zone.labels.last ?? []
    let endings = ["net", "com", "org", "io", "dev", "cloud", "app"].map { Array($0.utf8) } + [own]
    let folded = last.map(DomainName.folded)
    return endings.contains { $0.map(DomainName.folded) == folded }
  }

  private static func answersUnder(_ zone: DomainName, in evidence: NameEvidence) -> Bool {
    guard let probe = zone.prepending(AuditNames.probeLabel) else { return false }
    return evidence.answers(probe, .a).contains { $0.reply.meaning == .data }
  }
}
