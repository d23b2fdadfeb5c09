import Notation

/// Where the new endpoint's certificate comes from.
public struct CertificatePlan: Hashable, Sendable {
  public enum Issuer: Hashable, Sendable {
    /// The router orders, holds and renews it (Azure Front Door's managed certificate).
    case router
    case acme(ACMEPlan)
    /// Chain and key are there already.
    case files(chain: String, key: SecretReference)
    /// A certification authority of one's own.
    case localAuthority(certificate: String, key: SecretReference)

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
  /// How long one is valid; nil: not declared.
  public var life: TimeSpan?
  /// The end of a certificate that exists already.
  public var ends: UTCInstant?
  /// Where the key is that keys and requests are sealed under while they lie on disk; nil: they lie open
  /// to their owner.
  public var seal: SecretReference?

  public init(
    issuer: Issuer = .router, authority: String? = nil, renewal: String = "by its issuer",
    issuanceTime: TimeSpan = .hours(1), life: TimeSpan? = nil, ends: UTCInstant? = nil,
    seal: SecretReference? = nil
  ) {
    self.issuer = issuer
    self.authority = authority
    self.renewal = renewal
    self.issuanceTime = issuanceTime
    self.life = life
    self.ends = ends
    self.seal = seal
  }

  /// Where nothing is declared: what a local authority of ours gives, and for public ones the cautious
  /// end of what they do (47 days are the most from 2029 on; a step too many costs nothing). A router's
  /// own, and what files hold, is theirs to say.
  public var assumedLife: TimeSpan? {
    switch issuer {
    case .acme: life ?? .days(45)
    case .localAuthority: life ?? Self.localLife
    case .router, .files: life
    }
  }

  public static let localLife = TimeSpan.days(90)
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
  public var accountKey: SecretReference
  public var contact: [String]
  /// The old endpoint passes challenges on: without this HTTP-01 cannot work before the move.
  public var oldEndpointForwardsChallenges: Bool
  /// The CA's directory for trials: an issuance must succeed there before the real one begins.
  public var staging: String?
  /// A certificate profile of the CA's.
  public var profile: String?
  /// Of several chains, the one issued by this name.
  public var preferredChain: String?
  public var external: ExternalBinding?
  /// A file with a request made elsewhere, as by the router, whose key never leaves it.
  public var request: String?

  /// What binds the ACME account to one in the CA's own books (RFC 8555 §7.3.4).
  public struct ExternalBinding: Hashable, Sendable {
    public var id: String
    public var key: SecretReference

    public init(id: String, key: SecretReference) {
      self.id = id
      self.key = key
    }
  }

  public init(
    directory: String, challenge: Challenge = .dns01, accountKey: SecretReference,
    contact: [String] = [], oldEndpointForwardsChallenges: Bool = false, staging: String? = nil,
    profile: String? = nil, preferredChain: String? = nil, external: ExternalBinding? = nil,
    request: String? = nil
  ) {
    self.staging = staging
    self.profile = profile
    self.preferredChain = preferredChain
    self.external = external
    self.request = request
    self.directory = directory
    self.challenge = challenge
    self.accountKey = accountKey
    self.contact = contact
    self.oldEndpointForwardsChallenges = oldEndpointForwardsChallenges
  }
}
