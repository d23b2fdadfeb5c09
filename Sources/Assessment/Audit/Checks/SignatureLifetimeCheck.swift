import DNSModel
import Migration
import Notation

/// Signatures end. They must be renewed all through the move, and a secondary that stops transferring
/// serves dead ones.
enum SignatureLifetimeCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    var ended: [String] = []
    var soon: [String] = []
    var seen: Set<String> = []
    let path = evidence.trustPath.flatMap { [$0.keys, $0.signers].compactMap { $0 } }
    for observation in evidence.observations + path {
      guard let reply = observation.reply else { continue }
      for record in reply.signatures {
        guard let (start, end, covered) = validity(record.data, near: evidence.at) else { continue }
        let text = "\(observation.server): \(record.owner) \(covered) until \(end)"
        guard seen.insert(text).inserted else { continue }
        if end <= evidence.at || start > evidence.at {
          ended.append(text)
        } else if end < evidence.at + evidence.move.window {
          soon.append(text)
        }
      }
    }
    var findings: [Finding] = []
    if !ended.isEmpty {
      findings.append(
        Finding(
          "dns.dnssec.expired", .blocker, "signatures that are not valid now", evidence: ended,
          why: "validating resolvers answer SERVFAIL, or keep what they have beyond its time",
          wayOut: "have the zone signed and transferred again"))
    }
    if !soon.isEmpty {
      findings.append(
        Finding(
          "dns.dnssec.endsInWindow", .warning, "signatures end inside the move's window",
          evidence: Array(soon.prefix(8)),
          why: "if re-signing or a transfer stops meanwhile, the zone goes dark in mid-move",
          wayOut: "see that re-signing works and is watched; audit again before the swap"))
    }
    return findings
  }

  /// Inception and expiration, which count in a circle of 2³² seconds (RFC 4034 §3.1.5).
  static func validity(
    _ data: RecordData, near now: UTCInstant
  ) -> (start: UTCInstant, end: UTCInstant, covered: RecordType)? {
    guard data.type == .rrsig, data.wire.count > 18 else { return nil }
    func number(_ offset: Int) -> UInt32 {
      data.wire[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
    func moment(_ value: UInt32) -> UTCInstant {
      let distance = Int32(bitPattern: value &- UInt32(truncatingIfNeeded: now.seconds))
      return UTCInstant(seconds: now.seconds + Int64(distance))
    }
    let covered = RecordType(rawValue: UInt16(data.wire[0]) << 8 | UInt16(data.wire[1]))
    return (moment(number(12)), moment(number(8)), covered)
  }
}
