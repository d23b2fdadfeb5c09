import DNSModel
import Migration

/// All authorities in one network fall together (RFC 2182 §3.1), and with them every fresh lookup.
enum OneNetworkCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    let addresses = evidence.delegation.authorities.map { GlueCheck.host($0.address) }
    guard !addresses.isEmpty else { return [] }
    var networks: Set<[UInt8]> = []
    for text in addresses {
      guard let address = IPAddress(parsing: text) else { continue }
      networks.insert(Array(address.bytes.prefix(address.bytes.count == 4 ? 3 : 6)))
    }
    guard networks.count == 1 else { return [] }
    return [
      Finding(
        "dns.authority.oneNetwork", .note,
        addresses.count == 1 ? "there is one authority only" : "all authorities are in one network",
        evidence: addresses,
        why: "an outage there makes the name vanish, and makes resolvers serve stale answers",
        wayOut: "add a secondary elsewhere, not during the move")
    ]
  }
}
