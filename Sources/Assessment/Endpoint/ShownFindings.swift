import Migration
import Notation

/// Everything about the certificates that were sent or given: the chain, the leaf, and what stands above
/// it, which clients hold to the same keys and hashes.
public struct ShownFindings {
  let sent: [CertificateFacts]
  let leaf: CertificateFacts?
  let verdict: ChainVerdict
  let subject: String
  let isPrivate: Bool
  let now: UTCInstant

  public init(
    sent: [CertificateFacts], leaf: CertificateFacts?, verdict: ChainVerdict, subject: String,
    isPrivate: Bool, at now: UTCInstant
  ) {
    self.sent = sent
    self.leaf = leaf
    self.verdict = verdict
    self.subject = subject
    self.isPrivate = isPrivate
    self.now = now
  }

  public var all: [Finding] {
    var found = ChainFindings(sent: sent, verdict: verdict, subject: subject).all
    if let leaf {
      found += CertificateFindings(leaf, at: now, isPrivate: isPrivate, subject: subject).all
    }
    for certificate in verdict.path.dropFirst() where !certificate.isSelfIssued {
      found += CertificateFindings(
        certificate, at: now, isPrivate: isPrivate, subject: "\(subject), \(certificate.title)"
      ).all.filter { $0.id.hasPrefix("certificate.key") || $0.id.hasPrefix("certificate.sig") }
    }
    return found
  }
}
