import DNSModel
import Engine
import Notation
import TLSToolkit

/// What is wanted of a CA.
public struct CertificateWish: Sendable {
  public var names: [DomainName]
  /// The CA's directory URL.
  public var directory: String
  /// The CA's directory for trials: a whole issuance must succeed there before the real one begins.
  public var staging: String?
  /// What the CA's own server is trusted by (PEM); nil trusts what the system trusts.
  public var authorityAnchors: [UInt8]?
  public var contact: [String] = []
  public var external: ExternalAccount?
  /// The account's key; nil keeps one on the shelf.
  public var accountKey: PrivateKey?
  public var profile: String?
  public var proof: ChallengeProof.Kind = .dns
  public var keyKind: PrivateKey.Kind = .p256
  /// A request made elsewhere, such as by the router: its key never leaves it.
  public var request: CertificateRequest?
  public var requiresStaple = false
  /// Where the CA offers several chains: the one whose last certificate is issued by this name.
  public var preferredIssuer: String?
  /// After so long the issuance is left as it is, to be gone on with later.
  public var patience: TimeSpan = .minutes(10)
  /// Proofs stay published while an issuance is left for later, for a provider slower than `patience`.
  public var leavesProofs = false
  public var http = HTTPPatience()

  /// How long one request to the CA may take, and how large its answer may be.
  public struct HTTPPatience: Sendable {
    public var request: TimeSpan = .seconds(30)
    public var bodyLimit = 1 << 20
  }

  public init(names: [DomainName], directory: String) {
    self.names = names
    self.directory = directory
  }
}
