import DNSModel
import Migration

/// What CAs, routers and earlier moves left below the name.
enum ChallengeLeftoverCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    var findings: [Finding] = []
    let wildcard = evidence.name.prepending(AuditNames.probeLabel).map { data(at: $0, evidence) }
    for label in AuditNames.challengeLabels + [AuditNames.fenceLabel] {
      guard let place = evidence.name.prepending(label) else { continue }
      let found = data(at: place, evidence).filter { wildcard?.contains($0) != true }
      guard let first = found.first else { continue }
      let seen = found.map { "\(place) \($0.type) \($0.shortText)" }
      findings.append(finding(label, place, delegated: first.type == .cname, seen))
    }
    return findings
  }

  /// The alias that stands there, or else the texts.
  private static func data(at place: DomainName, _ evidence: NameEvidence) -> [RecordData] {
    var found: [RecordData] = []
    for answer in evidence.answers(place, .txt) {
      let alias = answer.reply.chain.first.map { RecordData.cname($0.target) }
      for data in alias.map({ [$0] }) ?? answer.reply.records.map(\.data)
      where !found.contains(data) { found.append(data) }
    }
    return found
  }

  private static func finding(
    _ label: String, _ place: DomainName, delegated: Bool, _ seen: [String]
  ) -> Finding {
    switch label {
    case "_acme-challenge" where delegated:
      Finding(
        "dns.leftover.delegation", .warning, "certificate validation is delegated: \(place)",
        evidence: seen,
        why:
          "whoever it leads to can have certificates issued for the name, and a new CA's challenge "
          + "cannot be written here",
        wayOut: "remove it if the former provider is left, or write the challenge where it leads")
    case "_acme-challenge":
      Finding(
        "dns.leftover.acme", .note, "an old ACME challenge stands at \(place)", evidence: seen,
        why: "harmless, but a sign that something else renews certificates for this name",
        wayOut: "find out what does, and whether it goes on after the move")
    case "_fence":
      Finding(
        "dns.leftover.fence", .warning, "the fence of a migration stands at \(place)",
        evidence: seen, why: "another run may believe that it still owns the record (R18)",
        wayOut: "if none of yours runs, it is an earlier one's: let the new one replace it")
    case "asuid", "awverify":
      Finding(
        "dns.leftover.asuid", .note, "an App Service ownership record stands at \(place)",
        evidence: seen,
        why:
          "it keeps others from binding the name; the origin needs it as long as it serves the name",
        wayOut: "keep it until the old endpoint is retired")
    default:
      Finding(
        "dns.leftover.ownership", .warning, "a router's ownership proof stands at \(place)",
        evidence: seen,
        why: "an old value fails a new validation until it has left the caches",
        wayOut: "replace it by the router's present value, a TTL ahead")
    }
  }
}
