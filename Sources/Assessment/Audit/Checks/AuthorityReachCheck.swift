import DNSModel
import Migration

/// Every authority must answer, with authority (R1): one that cannot be asked may still give the old
/// value for ever.
enum AuthorityReachCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    guard !evidence.delegation.authorities.isEmpty else {
      return [
        Finding(
          "dns.authority.none", .blocker, "no authority of \(evidence.name) could be found",
          evidence: evidence.delegation.troubles,
          why: "without the authorities nothing about this name can be proven",
          wayOut: "check the delegation, or name the servers with --authoritative")
      ]
    }
    var silent: [String] = []
    var lame: [String] = []
    var refusing: [String] = []
    // The zone's own record, and the name's: a server may have the one and not the other.
    let zone = evidence.asked(evidence.zone, .soa).filter { $0.server.channel == .udp }
    let name = NameEvidence.clientTypes.flatMap { evidence.asked(evidence.name, $0) }
    for observation in zone + name {
      let who = "\(observation.server): \(observation.name) \(observation.type)"
      switch observation.outcome {
      case .silence(let silence): silent.append("\(who): \(silence)")
      case .reply(let reply):
        switch reply.meaning {
        case .other where reply.isEmptyWithoutAuthority:
          lame.append("\(who): nothing, and no AA flag")
        case .refused, .serverFailure, .other: refusing.append("\(who): \(reply.code)")
        case .referral(let zone): lame.append("\(who): refers to \(zone)")
        case .data, .noSuchName, .noSuchType:
          if !reply.isAuthoritative { lame.append("\(who): no AA flag") }
        }
      }
    }
    var findings: [Finding] = []
    let why = "a wait ends only when every authority was seen without the old value (R1)"
    if !silent.isEmpty {
      findings.append(
        Finding(
          "dns.authority.unreachable", .blocker, "authorities that do not answer",
          evidence: silent, why: why,
          wayOut: "repair the server, take it out of the delegation, or have a waiver approved"))
    }
    if !refusing.isEmpty {
      findings.append(
        Finding(
          "dns.authority.refuses", .blocker, "authorities that refuse or fail",
          evidence: refusing, why: why,
          wayOut: "load the zone there, or take the server out of the delegation"))
    }
    if !lame.isEmpty {
      findings.append(
        Finding(
          "dns.authority.lame", .blocker, "lame servers: delegated to, but without the zone",
          evidence: lame,
          why: "some resolvers ask them and get nothing, or something old; " + why,
          wayOut: "load the zone there, or take the server out of the delegation"))
    }
    let unresolved = evidence.delegation.unresolved.map(\.description)
    if !unresolved.isEmpty {
      findings.append(
        Finding(
          "dns.authority.noAddress", .blocker, "name servers whose names have no address",
          evidence: unresolved, why: why,
          wayOut: "give them addresses, or take them out of the delegation"))
    }
    return findings
  }
}
