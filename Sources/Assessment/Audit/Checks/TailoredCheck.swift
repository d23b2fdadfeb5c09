import DNSModel
import Migration

/// Answers that depend on where the question comes from (RFC 7871): what is seen from here is one of
/// several.
enum TailoredCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    var seen: [String] = []
    for answer in evidence.regional {
      let observation = answer.observation
      guard let reply = observation.reply, reply.isAuthoritative else { continue }
      let here = evidence.answers(evidence.name, observation.type)
        .filter { $0.server == observation.server }.map(\.reply.data)
      if let scope = reply.clientSubnetScope, scope > 0 {
        seen.append(
          "\(observation.server): \(observation.type) for \(answer.region) is made for one /\(scope)"
        )
      } else if !here.isEmpty, !here.contains(reply.data) {
        seen.append(
          "\(observation.server): \(observation.type) for \(answer.region) is "
            + shortText(reply.data))
      }
    }
    guard !seen.isEmpty else { return [] }
    return [
      Finding(
        "dns.views.tailored", .warning, "authorities answer each region differently",
        evidence: seen,
        why: "the move, and every check of it, must be seen from each region, not from here alone",
        wayOut: "ask from each region, or through resolvers there (--resolver), before and after")
    ]
  }
}
