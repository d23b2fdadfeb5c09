import DNSModel
import Migration

/// Every authority of a target must know it: resolvers ask any of them, and believe the one they met.
enum TargetServersCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    evidence.targets.flatMap { target in
      [target.ipv4, target.ipv6].flatMap { addresses(of: target, $0) }
    } + authorizations(evidence.targets.map(\.caa) + evidence.ancestorCAA)
  }

  /// Addresses may differ from server to server, as those of a router do; whether there are any may not.
  private static func addresses(
    of target: NameEvidence.Target, _ resolution: NameEvidence.Resolution
  ) -> [Finding] {
    let answers = resolution.all.filter { $0.reply?.isAuthoritative == true }
    let denials = answers.filter { $0.reply?.isDenial == true }
    var findings: [Finding] = []
    if !denials.isEmpty, answers.contains(where: { $0.reply?.meaning == .data }) {
      findings.append(
        Finding(
          "dns.target.differs", target.isNew ? .blocker : .warning,
          "servers of \(target.name) differ about its \(resolution.type) records",
          evidence: answers.map(describe),
          why: "clients reach \(target.role) or nothing, by which server their resolver met",
          wayOut: "wait until all servers of its zone have it"))
    }
    let mute = resolution.all.filter { !isAnswer($0) }
    if !mute.isEmpty, mute.count < resolution.all.count {
      findings.append(
        Finding(
          "dns.target.server", .warning, "some servers of \(target.name) do not answer for it",
          evidence: mute.map(describe),
          why: "resolvers try the others, later; when those fail, nobody reaches \(target.role)",
          wayOut: "have whoever runs that zone repair the server, or take it out"))
    }
    return findings
  }

  private static func authorizations(_ resolutions: [NameEvidence.Resolution]) -> [Finding] {
    resolutions.compactMap { resolution in
      let answers = resolution.all.filter(isAnswer)
      let sets = Set(answers.compactMap { $0.reply?.data })
      guard sets.count > 1 else { return nil }
      return Finding(
        "dns.caa.differs", .blocker, "servers give different CAA records for \(resolution.name)",
        evidence: answers.map(describe),
        why: "whether the CA may issue is a matter of which server it asks",
        wayOut: "wait until all servers of the zone have the same set")
    }
  }

  private static func isAnswer(_ observation: DNSObservation) -> Bool {
    guard let reply = observation.reply, reply.isAuthoritative else { return false }
    return reply.meaning == .data || reply.isDenial
  }

  private static func describe(_ observation: DNSObservation) -> String {
    let what = "\(observation.server): \(observation.name) \(observation.type)"
    switch observation.outcome {
    case .silence(let silence): return "\(what): \(silence)"
    case .reply(let reply):
      return "\(what): \(reply.shortWord)"
    }
  }
}
