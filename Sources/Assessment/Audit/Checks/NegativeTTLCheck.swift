import DNSModel
import Migration
import Notation

/// A denial is cached too, for min(SOA TTL, SOA MINIMUM) (R6): whoever asks for a challenge record too
/// early keeps "does not exist" that long.
enum NegativeTTLCheck: AuditCheck {
  static let comfortable = TTL(clamping: 900)

  static func findings(in evidence: NameEvidence) -> [Finding] {
    var seen: [(String, TTL)] = []
    for answer in evidence.answers(evidence.zone, .soa) {
      guard let record = answer.reply.records.first, let soa = record.data.soa else { continue }
      seen.append(
        (answer.server.description, min(record.ttl, TTL(received: soa.minimum))))
    }
    guard let largest = seen.map(\.1).max(), largest > comfortable else { return [] }
    return [
      Finding(
        "dns.negative.long", .warning, "denials are cached for \(largest.span)",
        evidence: seen.map { "\($0.0): \($0.1) s" },
        why: "a challenge or verification name that is asked for too early stays absent that long "
          + "for that resolver, the CA's included",
        wayOut: "lower the SOA minimum before the move; never ask resolvers ahead of the record")
    ]
  }
}
