import DNSModel
import Migration
import Notation

/// With an anchor given, the chain of signatures is followed as a validating resolver does.
enum TrustCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    guard !evidence.anchors.isEmpty else { return [] }
    let chain = ChainOfTrust(evidence)
    switch chain.standing {
    case .secure(let end):
      let endsEarly = end < evidence.at + evidence.move.window
      return [
        Finding(
          "dns.dnssec.validated", endsEarly ? .warning : .note,
          "signed from the anchor down, until \(end)", evidence: chain.proven,
          why: endsEarly
            ? "the move lasts longer: the zones on the way must be signed anew meanwhile"
            : "a change must be signed before it is served, or validators refuse it",
          wayOut:
            "watch that re-signing works, and freeze keys, DS and servers until the move is over")
      ]
    case .insecure(let why):
      return [
        Finding(
          "dns.dnssec.insecure", .note, "unsigned, by its parent's word", evidence: [why],
          why: "what resolvers are told can be forged; nothing here can break by signatures",
          wayOut: "do not begin to sign inside the move's window")
      ]
    case .bogus(let lines):
      return [
        Finding(
          "dns.dnssec.bogus", .blocker, "signatures do not hold", evidence: lines,
          why: "validating resolvers answer SERVFAIL, and CAs refuse to issue",
          wayOut: "mend keys, DS or signatures at the zone named, and wait out their TTLs")
      ]
    case .unproven(let why):
      return [
        Finding(
          "dns.dnssec.unproven", .unknown, "signatures could not be followed from the anchor",
          evidence: [why], why: "whether validating resolvers believe the zone is not known (R21)",
          wayOut: "give an anchor above the zone, and let the walk begin at the root of that world")
      ]
    }
  }
}
