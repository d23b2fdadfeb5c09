import DNSModel
import Migration

/// A provider that flattens an alias serves addresses from a cache of its own: their TTL counts down, or
/// is made up, and what is asked for once is no measure (one such provider served a week).
enum FlattenedCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    var findings: [Finding] = []
    var moving: [String] = []
    for type in NameEvidence.clientTypes {
      var first: [String: TTL] = [:]
      for answer in evidence.answers(evidence.name, type)
      where answer.reply.meaning == .data && answer.reply.chain.isEmpty {
        guard let ttl = answer.reply.records.first?.ttl else { continue }
        let place = answer.server.address
        if let before = first[place], before != ttl {
          moving.append("\(answer.server): \(type) with \(before) s, then \(ttl) s")
        }
        first[place] = first[place] ?? ttl
      }
    }
    if !moving.isEmpty {
      findings.append(
        Finding(
          "dns.ttl.unsteady", .warning, "an authority's TTL changes from question to question",
          evidence: moving,
          why:
            "it answers from a cache (a flattened alias): the largest TTL it ever gives is not seen",
          wayOut: "wait for the TTL its provider documents, not for the one seen here"))
    }
    let addresses = evidence.records(evidence.name, .a) + evidence.records(evidence.name, .aaaa)
    let own = addresses.filter { $0.owner == evidence.name }
    if let planned = evidence.move.oldTarget, evidence.todaysTarget == nil, !own.isEmpty {
      findings.append(
        Finding(
          "dns.flattened", .blocker, "the name has addresses where the plan has a CNAME",
          evidence: own.map { "\($0.data.type) \($0.data.shortText), TTL \($0.ttl) s" },
          why: "\(planned) is flattened by the provider, or the record is another: neither the TTL "
            + "nor the replacement is what the plan counts with",
          wayOut: "switch flattening off for this name, or plan with addresses"))
    }
    return findings
  }
}
