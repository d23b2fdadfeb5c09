import DNSModel
import Migration

/// At the apex stand SOA and NS, so no CNAME may (RFC 1034 §3.6.2).
enum ApexCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    guard evidence.name == evidence.zone else { return [] }
    return [
      Finding(
        "dns.apex", .blocker, "\(evidence.name) is the apex of its zone",
        why: "a CNAME cannot stand there, so the name cannot simply point at the router",
        wayOut: "use the provider's alias record if the router supports it, measure the TTL it "
          + "really serves, and never pin the router's addresses")
    ]
  }
}
