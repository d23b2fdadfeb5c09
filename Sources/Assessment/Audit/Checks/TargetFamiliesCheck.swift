import DNSModel
import Migration

/// The targets must resolve, and the families must fit: an AAAA that appears or goes with the move
/// reaches clients, access lists and logs that never saw one.
enum TargetFamiliesCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    var findings: [Finding] = []
    for target in evidence.targets where target.isNew {
      // Aliases that lead nowhere are told of as such.
      guard ![target.ipv4, target.ipv6].contains(where: { $0.isLoop || $0.isEndless }) else {
        continue
      }
      if target.ipv4.isDenied, target.ipv6.isDenied {
        findings.append(
          Finding(
            "dns.target.nothing", .blocker, "the new target \(target.name) has no address",
            evidence: [target.ipv4, target.ipv6].compactMap(describe),
            why: "the swap would send every client into nothing",
            wayOut: "create the endpoint first, and check the name's spelling"))
      } else if !target.ipv4.isKnown || !target.ipv6.isKnown {
        findings.append(
          Finding(
            "dns.target.unknown", .unknown, "the new target \(target.name) could not be looked up",
            evidence: [target.ipv4, target.ipv6].filter { !$0.isKnown }.compactMap(describe),
            why: "whether it resolves must be known before the swap (R21)",
            wayOut: "make its authorities reachable from here, and audit again"))
      }
    }
    if let today = evidence.targets.first(where: { !$0.isNew }),
      let new = evidence.targets.first(where: \.isNew)
    {
      let (had, has) = (!today.ipv6.records.isEmpty, !new.ipv6.records.isEmpty)
      if !had, has, today.ipv6.isKnown {
        findings.append(
          Finding(
            "dns.target.ipv6Appears", .warning, "IPv6 addresses appear with the move",
            evidence: ["\(new.name): \(shortText(new.ipv6.records.map(\.data)))"],
            why: "access lists, logs and rate limits will see addresses they never saw",
            wayOut: "prepare them for IPv6 before the swap"))
      } else if had, !has, new.ipv6.isKnown {
        findings.append(
          Finding(
            "dns.target.ipv6Goes", .blocker, "IPv6 addresses go with the move",
            evidence: ["\(today.name): \(shortText(today.ipv6.records.map(\.data)))"],
            why: "clients with IPv6 only lose the service",
            wayOut: "switch IPv6 on at the new endpoint"))
      }
      if !today.ipv4.records.isEmpty, new.ipv4.records.isEmpty, new.ipv4.isKnown,
        !new.ipv6.records.isEmpty
      {
        findings.append(
          Finding(
            "dns.target.ipv4Goes", .blocker, "IPv4 addresses go with the move",
            why: "clients with IPv4 only lose the service",
            wayOut: "switch IPv4 on at the new endpoint"))
      }
    }
    return findings
  }

  static func describe(_ resolution: NameEvidence.Resolution) -> String? {
    guard let last = resolution.last else {
      return "\(resolution.name) \(resolution.type): no authority could be found"
    }
    switch last.outcome {
    case .silence(let silence): return "\(last.server): \(last.name) \(last.type): \(silence)"
    case .reply(let reply):
      return "\(last.server): \(last.name) \(last.type): "
        + reply.shortMeaning
    }
  }
}
