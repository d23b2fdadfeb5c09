import Migration
import Notation

/// What is wrong with a chain: as verification judged it, and in the way it was sent.
public struct ChainFindings {
  let sent: [CertificateFacts]
  let verdict: ChainVerdict
  let subject: String

  public init(sent: [CertificateFacts], verdict: ChainVerdict, subject: String) {
    self.sent = sent
    self.verdict = verdict
    self.subject = subject
  }

  public var all: [Finding] { faults() + arrangement() }

  private func faults() -> [Finding] {
    verdict.faults.map { fault in
      let who = fault.depth == 0 ? "" : " (certificate \(fault.depth) of the chain)"
      return Finding(
        Self.identifier(fault.kind), .blocker, subject, safeText(fault.detail) + who,
        wayOut: wayOut(fault))
    }
  }

  public static func identifier(_ kind: ChainVerdict.Fault.Kind) -> String {
    switch kind {
    case .notYetValid: "chain.not-yet-valid"
    case .expired: "chain.expired"
    case .selfSigned: "chain.self-signed"
    case .unknownAuthority: "chain.incomplete"
    case .wrongName: "chain.wrong-name"
    case .notAnAuthority: "chain.not-an-authority"
    case .wrongUsage: "chain.wrong-usage"
    case .nameConstraint: "chain.name-constraint"
    case .unknownCriticalExtension: "chain.unknown-extension"
    case .badSignature: "chain.bad-signature"
    case .revoked: "chain.revoked"
    case .other: "chain.other"
    }
  }

  private func wayOut(_ fault: ChainVerdict.Fault) -> String? {
    switch fault.kind {
    case .unknownAuthority:
      let last = verdict.path.last ?? sent.first
      let issuer = last.map { safeText($0.issuer) } ?? "the issuer"
      let place = last?.issuerURLs.first.map { " (\(safeText($0)))" } ?? ""
      return "send the intermediate \(issuer)\(place) along, or trust its root with --ca"
    case .expired: return "renew it"
    case .wrongName: return "install the certificate for this name at this address"
    default: return nil
    }
  }

  /// RFC 8446 §4.4.2: each certificate should certify the one before it; the root may be left out.
  private func arrangement() -> [Finding] {
    guard sent.count > 1 else { return [] }
    var found: [Finding] = []
    let isOrdered = zip(sent, sent.dropFirst()).allSatisfy { $1.mayHaveIssued($0) }
    let used = Set(verdict.path.map(\.fingerprint))
    var seen: Set<[UInt8]> = []
    for (index, certificate) in sent.enumerated().dropFirst() {
      let isRepeated = !seen.insert(certificate.fingerprint).inserted
      if certificate.isSelfIssued, certificate.isAuthority {
        found.append(
          Finding(
            "chain.root-sent", .note, subject,
            "the root \(certificate.title) is sent along: clients have it already, or do not trust it"
          ))
      } else if isRepeated || certificate.fingerprint == sent[0].fingerprint
        || (!used.contains(certificate.fingerprint)
          && !sent[..<index].contains(where: certificate.mayHaveIssued))
      {
        found.append(
          Finding(
            "chain.extra", .note, subject,
            "\(certificate.title) is sent along and has no place in the chain"))
      }
    }
    if !isOrdered, found.allSatisfy({ $0.id != "chain.extra" }) {
      found.append(
        Finding(
          "chain.order", .warning, subject,
          "the certificates are not sent in order; old and embedded clients need each to certify the "
            + "one before it", wayOut: "send the leaf, then each issuer in turn"))
    }
    return found
  }
}
