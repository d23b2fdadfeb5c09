import DNSModel
import Migration

/// The chain of aliases: each link expires by itself, and each is one more thing that can break.
enum ChainCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    var findings: [Finding] = []
    for target in evidence.targets {
      let chain =
        target.ipv4.chain.count > target.ipv6.chain.count
        ? target.ipv4.chain : target.ipv6.chain
      let links = chain.map { "\($0.owner) → \($0.target), TTL \($0.ttl) s" }
      if target.ipv4.isLoop || target.ipv6.isLoop {
        findings.append(
          Finding(
            "dns.chain.loop", .blocker, "the aliases behind \(target.name) go round",
            evidence: links, why: "nobody can resolve \(target.role)",
            wayOut: "break the loop at one of these records"))
      } else if chain.count >= 2, target.isNew {
        findings.append(
          Finding(
            "dns.chain.long", .warning, "the new target is itself a chain of aliases",
            evidence: links,
            why: "some routers renew certificates only where the name points straight at them",
            wayOut: "point the name at the endpoint itself, or bring your own certificate"))
      }
    }
    return findings
  }
}
