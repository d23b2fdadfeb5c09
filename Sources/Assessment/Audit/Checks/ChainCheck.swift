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
      let resolutions = [target.ipv4, target.ipv6]
      let leadsBack =
        target.isNew
        && (target.name == evidence.name || chain.contains { $0.target == evidence.name })
      if leadsBack {
        findings.append(
          Finding(
            "dns.chain.back", .blocker, "the new target leads back to \(evidence.name)",
            evidence: links, why: "after the swap the aliases go round, and nobody can resolve it",
            wayOut: "name the router's own endpoint as the target"))
      } else if resolutions.contains(where: \.isEndless) {
        findings.append(
          Finding(
            "dns.chain.endless", .blocker,
            "the aliases behind \(target.name) do not come to an end",
            evidence: links,
            why: "resolvers follow a dozen at the most, and answer SERVFAIL then",
            wayOut: "point the name at the end of the chain, or at a link near it"))
      } else if resolutions.contains(where: \.isLoop) {
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
