import DNSModel
import Migration

/// Signed or not, parent and zone must agree on it: a DS without a key makes the zone vanish for
/// validators.
enum DNSSECCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    let keys = evidence.answers(evidence.zone, .dnskey)
    guard !keys.isEmpty, let isSecure = evidence.delegation.hasSecureDelegation else { return [] }
    let without = keys.filter { $0.reply.records.isEmpty }
    if isSecure, let finding = strangers(evidence, keys) { return [finding] }
    let unsigned = evidence.answers(evidence.name, .soa) + evidence.answers(evidence.zone, .soa)
    if isSecure, !without.isEmpty {
      return [
        Finding(
          "dns.dnssec.broken", .blocker, "the parent has a DS, and authorities have no DNSKEY",
          evidence: without.map { "\($0.server)" },
          why: "validating resolvers answer SERVFAIL for everything in the zone",
          wayOut: without.count < keys.count
            ? "publish the keys on these servers too, as on the others"
            : "remove the DS, or publish the keys; then wait out the DS TTL before the move")
      ]
    }
    if isSecure,
      unsigned.contains(where: { $0.reply.meaning == .data && $0.reply.signatures.isEmpty })
    {
      return [
        Finding(
          "dns.dnssec.unsigned", .blocker, "the zone should be signed, and answers are not",
          evidence: unsigned.filter { $0.reply.signatures.isEmpty }.map { "\($0.server)" },
          why: "validating resolvers answer SERVFAIL",
          wayOut: "sign the zone on these servers again")
      ]
    }
    guard without.count < keys.count else { return [] }
    return [
      Finding(
        isSecure ? "dns.dnssec.signed" : "dns.dnssec.island", .note,
        isSecure ? "the zone is signed" : "the zone is signed, and the parent has no DS",
        why: "keys, DS and servers must not change inside the move's window",
        wayOut: "freeze key rollovers until the move is over")
    ]
  }

  /// A DS that stands for none of a server's keys: no anchor is needed to see that.
  private static func strangers(
    _ evidence: NameEvidence, _ keys: [(server: AskedServer, reply: DNSReply)]
  ) -> Finding? {
    let signers = evidence.delegation.signers.prefix(16).compactMap { DelegationSigner($0) }
      .filter(\.isSupported)
    guard !signers.isEmpty else { return nil }
    let strange = keys.filter { answer in
      !answer.reply.records.prefix(32).contains { key in
        signers.contains { $0.stands(for: key.data, of: evidence.zone) }
      }
    }
    guard !strange.isEmpty else { return nil }
    return Finding(
      "dns.dnssec.stranger", .blocker, "the DS at the parent stands for no key of the zone",
      evidence: strange.map { "\($0.server)" },
      why: "validating resolvers answer SERVFAIL for everything in the zone",
      wayOut: "have the parent publish the DS of a key that is there, and wait out the old DS's TTL"
    )
  }
}
