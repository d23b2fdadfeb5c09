import Engine
import Notation

/// Everything about one issuance that must outlive a crash. It is saved *before* the request it
/// announces is sent, so that after a crash nothing is ordered twice, no challenge stays behind in a
/// zone and no key is lost. (The key and the CSR are stored apart, sealed, before the first save.)
public struct IssuanceRecord: Hashable, Sendable {
  public var directory: String
  public var identifiers: [ACMEIdentifier]
  public var profile: String?
  /// Which certificate the order takes the place of (RFC 9773 §5).
  public var replaces: String?
  public var accountURL: String?
  /// Where the account's orders are listed, if the CA lists them.
  public var ordersURL: String?
  /// An order may have been placed whose URL never reached us.
  public var orderIntended = false
  public var orderURL: String?
  public var challenges: [PreparedChallenge] = []
  public var certificateURL: String?
  /// The chain as PEM, once it was fetched and found to fit key and names.
  public var chain: String?
  /// When orders of this issuance ended in a failed validation, the latest last: the CA counts them.
  public var failures: [UTCInstant] = []
  /// Before this the CA does not want to be asked (a rate limit's Retry-After).
  public var notBefore: UTCInstant?

  public init(directory: String, identifiers: [ACMEIdentifier], profile: String? = nil) {
    self.directory = directory
    self.identifiers = identifiers
    self.profile = profile
  }
}

/// One proof of control: what is published for it, and how far it got.
public struct PreparedChallenge: Hashable, Sendable {
  public enum Stage: String, Sendable {
    /// It may be published: publishing was announced, its outcome is not known.
    case intended
    case published
    /// Seen at every authoritative, and the CA was told to look, or may have been.
    case answered
    case removed
  }

  public let authorization: String
  public let proof: ChallengeProof
  public var stage: Stage

  public init(authorization: String, proof: ChallengeProof, stage: Stage = .intended) {
    self.authorization = authorization
    self.proof = proof
    self.stage = stage
  }
}

/// Keeps the record of an issuance: on disk, before the next request is sent.
public protocol IssuanceJournal {
  func save(_ record: IssuanceRecord) throws
}

extension IssuanceRecord {
  public static let version = 1

  public var json: JSON {
    .record([
      ("issuance", .integer(Self.version)), ("directory", .string(directory)),
      ("identifiers", .array(identifiers.map(\.json))),
      ("profile", profile.map { .string($0) }), ("replaces", replaces.map { .string($0) }),
      ("account", accountURL.map { .string($0) }),
      ("orders", ordersURL.map { .string($0) }), ("orderIntended", .bool(orderIntended)),
      ("order", orderURL.map { .string($0) }), ("challenges", .array(challenges.map(\.json))),
      ("certificate", certificateURL.map { .string($0) }), ("chain", chain.map { .string($0) }),
      ("failures", .array(failures.map { .integer($0.milliseconds) })),
      ("notBefore", notBefore.map { .integer($0.milliseconds) }),
    ])
  }

  public init(_ json: JSON) throws(ACMEFormatError) {
    let reader = try ACMEFieldReader("stored issuance", json)
    guard json["issuance"]?.integer == Int64(Self.version) else {
      throw reader.fail("issuance", "is of a version this program does not know")
    }
    var identifiers: [ACMEIdentifier] = []
    for value in try reader.array("identifiers") { identifiers.append(try ACMEIdentifier(value)) }
    self.init(
      directory: try reader.string("directory"), identifiers: identifiers,
      profile: try reader.optionalString("profile"))
    replaces = try reader.optionalString("replaces")
    accountURL = try reader.optionalString("account")
    ordersURL = try reader.optionalString("orders")
    orderIntended = reader.flag("orderIntended")
    orderURL = try reader.optionalString("order")
    for value in try reader.array("challenges") { challenges.append(try PreparedChallenge(value)) }
    certificateURL = try reader.optionalString("certificate")
    chain = try reader.optionalString("chain")
    failures = (json["failures"]?.array ?? []).compactMap { item in
      item.integer.map { UTCInstant(milliseconds: $0) }
    }
    notBefore = json["notBefore"]?.integer.map { UTCInstant(milliseconds: $0) }
  }
}

extension PreparedChallenge {
  var json: JSON {
    .record([
      ("authorization", .string(authorization)), ("kind", .string(proof.kind.rawValue)),
      ("domain", .string(proof.domain)), ("token", .string(proof.token)),
      ("value", .string(proof.value)), ("stage", .string(stage.rawValue)),
    ])
  }

  init(_ json: JSON) throws(ACMEFormatError) {
    let reader = try ACMEFieldReader("stored challenge", json)
    guard let kind = ChallengeProof.Kind(rawValue: try reader.string("kind")),
      let stage = Stage(rawValue: try reader.string("stage"))
    else { throw reader.fail("kind or stage", "is unknown") }
    self.init(
      authorization: try reader.string("authorization"),
      proof: ChallengeProof(
        kind: kind, domain: try reader.string("domain"), token: try reader.string("token"),
        value: try reader.string("value")),
      stage: stage)
  }
}
