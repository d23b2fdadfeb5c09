import DNSModel
import Migration

/// All authorities must give the same data with the same TTL (RFC 2181 §5.2), and have one serial.
enum AgreementCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    var findings: [Finding] = []
    for type in NameEvidence.clientTypes {
      let answers = evidence.answers(evidence.name, type).filter {
        $0.reply.meaning == .data || type == .cname
      }
      guard let first = answers.first else { continue }
      if answers.contains(where: { $0.reply.data != first.reply.data }) {
        findings.append(
          Finding(
            "dns.authorities.data", .blocker, "authorities give different \(type) data",
            evidence: answers.map { "\($0.server): \($0.reply.shortWord)" },
            why: "clients get the one or the other by chance, and no wait can be computed",
            wayOut: "find out why a secondary lags (NOTIFY, transfer, serial) before moving"))
      }
      let ttls = answers.filter { $0.reply.meaning == .data }
      if let one = ttls.first?.reply.records.first?.ttl,
        ttls.contains(where: { $0.reply.records.first?.ttl != one })
      {
        findings.append(
          Finding(
            "dns.authorities.ttl", .warning, "authorities give different TTLs",
            evidence: ttls.map {
              "\($0.server): \($0.reply.records.first?.ttl.description ?? "-") s"
            },
            why: "the largest one sets the wait (R2); a lowered TTL counts from the last server",
            wayOut: "wait until they agree, or find the server that lags"))
      }
    }
    findings += mixedTTLs(evidence)
    let serials = evidence.answers(evidence.zone, .soa).compactMap { answer in
      answer.reply.serial.map { (answer.server, $0) }
    }
    if let first = serials.first, serials.contains(where: { $0.1 != first.1 }) {
      findings.append(
        Finding(
          "dns.authorities.serial", .warning, "authorities have different serials",
          evidence: serials.map { "\($0.0): \($0.1)" },
          why: "a change reaches the slowest of them last, and the clock starts there (R1)",
          wayOut: "wait for the transfers, then measure how long one takes"))
    }
    return findings
  }

  /// One set has one TTL (RFC 2181 §5.2); where it has several, each cache takes one of them.
  private static func mixedTTLs(_ evidence: NameEvidence) -> [Finding] {
    var seen: [String] = []
    for type in NameEvidence.clientTypes {
      for answer in evidence.answers(evidence.name, type) {
        let ttls = Set(answer.reply.records.map(\.ttl)).sorted()
        guard ttls.count > 1 else { continue }
        let text = ttls.map(\.description).joined(separator: ", ")
        seen.append("\(answer.server): \(type) with TTLs of \(text) s")
      }
    }
    guard !seen.isEmpty else { return [] }
    return [
      Finding(
        "dns.ttl.mixed", .warning, "records of one set have different TTLs", evidence: seen,
        why: "which one a cache keeps is its own choice; the largest counts (R2)",
        wayOut: "give all records of the set one TTL")
    ]
  }
}
