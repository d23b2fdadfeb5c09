import DNSModel
import Migration
import Notation

/// How long the old answer may live after the change, and so how long a TTL must be lowered ahead.
enum LongTTLCheck: AuditCheck {
  /// Up to here a move needs no lowering first.
  static let comfortable = TTL(clamping: 300)

  static func findings(in evidence: NameEvidence) -> [Finding] {
    guard let ttl = evidence.largestTTL, ttl > comfortable else { return [] }
    return [
      Finding(
        "dns.ttl.long", .warning, "the record's TTL is \(ttl) s (\(ttl.span))",
        evidence: NameEvidence.clientTypes.flatMap { type in
          evidence.answers(evidence.name, type).filter { !$0.reply.records.isEmpty }.map {
            "\($0.server): \(type) \(shortText($0.reply.data)), TTL "
              + "\($0.reply.remaining?.description ?? "-") s"
          }
        },
        why: "after the swap, and after a rollback, clients may be held at the wrong end that long",
        wayOut: "lower it first and wait \(ttl.span) after the last authority gives the lower one")
    ]
  }
}
