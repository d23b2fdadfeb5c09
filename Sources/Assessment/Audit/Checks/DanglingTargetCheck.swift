import DNSModel
import Migration

/// An alias to a name that does not exist, in a place where anybody can create it: whoever does takes
/// the hostname over.
enum DanglingTargetCheck: AuditCheck {
  /// Endings under which customers choose the names themselves.
  static let claimable: [DomainName] = [
    "azurewebsites.net", "azurefd.net", "azureedge.net", "trafficmanager.net", "cloudapp.net",
    "cloudapp.azure.com", "blob.core.windows.net", "azurestaticapps.net", "cloudfront.net",
    "elasticbeanstalk.com", "s3.amazonaws.com", "herokuapp.com", "herokudns.com", "github.io",
    "netlify.app", "vercel.app", "fastly.net", "pages.dev", "web.app", "firebaseapp.com",
  ]

  static func findings(in evidence: NameEvidence) -> [Finding] {
    evidence.targets.filter { target in
      !target.isNew
        && [target.ipv4, target.ipv6].contains { $0.last?.reply?.meaning == .noSuchName }
    }.map { target in
      let end = target.ipv4.chain.last?.target ?? target.name
      let isClaimable = claimable.contains { end.isBelow($0) }
      return Finding(
        isClaimable ? "dns.target.takeover" : "dns.target.dangling",
        isClaimable ? .blocker : .warning,
        "\(evidence.name) points at \(end), which does not exist",
        evidence: [target.ipv4].compactMap(TargetFamiliesCheck.describe),
        why: isClaimable
          ? "anybody can register that name there and receive our clients"
          : "clients get NXDOMAIN; there is nothing to roll back to",
        wayOut: "remove the record, or claim the name again; retire records before resources")
    }
  }
}
