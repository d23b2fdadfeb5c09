import DNSModel
import Migration

/// Resolvers that see what no authority gives: another view of the zone, which the move must change
/// too.
enum ViewsCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    var differing: [String] = []
    for observation in evidence.resolvers {
      guard let reply = observation.reply, reply.meaning == .data else { continue }
      let own = evidence.answers(evidence.name, observation.type)
        .filter { $0.reply.meaning == .data }.map(\.reply.data)
      guard !own.isEmpty, !own.contains(reply.data) else { continue }
      differing.append("\(observation.server): \(shortText(reply.data))")
    }
    guard !differing.isEmpty else { return [] }
    return [
      Finding(
        "dns.views.differ", .warning, "resolvers give what no authority gives",
        evidence: differing,
        why:
          "there is an internal view of the zone, or an old answer: its clients do not move along",
        wayOut: "plan the change of every view, or wait until the old answer has left")
    ]
  }
}
