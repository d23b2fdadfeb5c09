import Notation

/// Where the new endpoint's certificate comes from.
public struct CertificatePlan: Hashable, Sendable {
  public enum Issuer: Hashable, Sendable {
    /// The router orders, holds and renews it (Azure Front Door's managed certificate).
    case router
    case acme(ACMEPlan)
    /// Chain and key are there already.
    case files(chain: String, key: SecretSource)
    /// A certification authority of one's own.
    case localAuthority(certificate: String, key: SecretSource)

    public var name: String {
      switch self {
      case .router: "router"
      case .acme: "acme"
      case .files: "files"
      case .localAuthority: "local-authority"
      }
    }
    public static let names = ["router", "acme", "files", "local-authority"]
  }

  public var issuer: Issuer
  /// What CAA records call the CA (`digicert.com`); nil: not declared.
  public var authority: String?
  /// How it is renewed after the move: shown, and part of what is signed.
  public var renewal: String
  /// How long obtaining it may take; planned for, not waited out.
  public var issuanceTime: TimeSpan
  /// The end of a certificate that exists already.
  public var ends: UTCInstant?

  public init(
    issuer: Issuer = .router, authority: String? = nil, renewal: String = "by its issuer",
    issuanceTime: TimeSpan = .hours(1), ends: UTCInstant? = nil
  ) {
    self.issuer = issuer
    self.authority = authority
    self.renewal = renewal
    self.issuanceTime = issuanceTime
    self.ends = ends
  }
}

public struct ACMEPlan: Hashable, Sendable {
  public enum Challenge: String, Hashable, Sendable, CaseIterable {
    case dns01 = "dns-01"
    case http01 = "http-01"
  }

  /// https: URL of the directory.
  public var directory: String
  public var challenge: Challenge
  /// The account's key; made on first use when the file is missing.
  public var accountKey: SecretSource
  public var contact: [String]
  /// The old endpoint passes challenges on: without this HTTP-01 cannot work before the move.
  public var oldEndpointForwardsChallenges: Bool

  public init(
    directory: String, challenge: Challenge = .dns01, accountKey: SecretSource,
    contact: [String] = [], oldEndpointForwardsChallenges: Bool = false
  ) {
    self.directory = directory
    self.challenge = challenge
    self.accountKey = accountKey
    self.contact = contact
    self.oldEndpointForwardsChallenges = oldEndpointForwardsChallenges
  }
}
