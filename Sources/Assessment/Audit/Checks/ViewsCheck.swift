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
    var denying: [String] = []
    var silent: [String] = []
    for observation in evidence.resolvers {
      switch (observation.reply, observation.outcome) {
      case (_, .silence(let silence)): silent.append("\(observation.server): \(silence)")
      case (let reply?, _) where reply.isDenial:
        denying.append("\(observation.server): \(observation.type): \(reply.shortMeaning)")
      case (let reply?, _) where reply.meaning != .data:
        silent.append("\(observation.server): \(reply.code)")
      default: break
      }
    }
    return differs(differing) + denies(denying) + unknown(silent)
  }

  private static func denies(_ seen: [String]) -> [Finding] {
    guard !seen.isEmpty else { return [] }
    return [
      Finding(
        "dns.views.denied", .warning, "resolvers deny what the authorities have",
        evidence: seen,
        why:
          "there is an internal view without it, or with other records at the name; or a denial is cached",
        wayOut: "plan the change of every view, or wait until the denial has left")
    ]
  }

  private static func unknown(_ seen: [String]) -> [Finding] {
    guard !seen.isEmpty else { return [] }
    return [
      Finding(
        "dns.views.unknown", .unknown, "resolvers that gave no answer to compare with",
        evidence: seen,
        why: "whether their clients see the same as everybody is not known (R21)",
        wayOut: "make them reachable from here, or audit from where they answer")
    ]
  }

  private static func differs(_ differing: [String]) -> [Finding] {
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
