import Notation

/// What is watched besides the authoritatives, each as one verdict with a fingerprint.
///
/// The raw values are written in journals: append only.
public enum EvidenceKind: UInt8, Hashable, Sendable, CaseIterable {
  /// The audit: nothing stands against the move.
  case audit = 0
  /// The old endpoint serves the name: healthy, right certificate, open to clients (R13).
  case oldEndpoint = 1
  /// The new endpoint serves a valid chain for the name, by SNI, at each of its addresses (R9).
  case newEndpoint = 2
  /// Old and new answer alike, as far as a client could tell.
  case parity = 3
  /// The CA may issue: CAA at today's and the new target (R11), authorizations fresh.
  case issuance = 4
  /// The router's own account: hostname owned, certificate ready, bound.
  case router = 5
  /// The caching resolvers, as judged by `Propagation`.
  case resolvers = 6
  /// The plan's soak gates.
  case soak = 7
  /// Direct traffic at the old endpoint is below the threshold (R7).
  case traffic = 8
  /// Whether the old endpoint accepts direct clients: pass means locked, fail means open.
  case originLock = 9
  /// The old endpoint is gone: pass means retired.
  case retirement = 10

  public var name: String {
    switch self {
    case .audit: "audit"
    case .oldEndpoint: "oldEndpoint"
    case .newEndpoint: "newEndpoint"
    case .parity: "parity"
    case .issuance: "issuance"
    case .router: "router"
    case .resolvers: "resolvers"
    case .soak: "soak"
    case .traffic: "traffic"
    case .originLock: "originLock"
    case .retirement: "retirement"
    }
  }

  public init?(name: String) {
    guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = kind
  }
}

/// How a look came out. Missing and inconclusive are not a pass and not a failure: they hold (R21).
public enum Outcome: UInt8, Hashable, Sendable, CaseIterable {
  case missing = 0
  case pass = 1
  case inconclusive = 2
  case fail = 3
  /// Failed in a way for which the plan says: roll back.
  case failAndRollBack = 4

  public var name: String {
    switch self {
    case .missing: "missing"
    case .pass: "pass"
    case .inconclusive: "inconclusive"
    case .fail: "fail"
    case .failAndRollBack: "failAndRollBack"
    }
  }

  public init?(name: String) {
    guard let outcome = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = outcome
  }
}

/// One verdict about one thing, as an assessor reports it.
public struct EvidenceReport: Hashable, Sendable {
  public var kind: EvidenceKind
  public var outcome: Outcome
  /// Safe time at which the look behind it ended.
  public var at: UTCInstant
  /// Of what was found, leaving out what may differ from look to look: approvals are bound to it.
  public var fingerprint: UInt64
  /// For endpoints: the end of the certificate served there, the earliest over its addresses.
  public var certificateEnds: UTCInstant?
  /// For the router: how far it has come.
  public var router: RouterProgress
  /// One line for people; never decided on.
  public var summary: String

  public init(
    kind: EvidenceKind, outcome: Outcome, at: UTCInstant, fingerprint: UInt64 = 0,
    certificateEnds: UTCInstant? = nil, router: RouterProgress = [], summary: String = ""
  ) {
    self.kind = kind
    self.outcome = outcome
    self.at = at
    self.fingerprint = fingerprint
    self.certificateEnds = certificateEnds
    self.router = router
    self.summary = summary
  }
}

/// What the router was seen to hold for the name.
public struct RouterProgress: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let owned = RouterProgress(rawValue: 1)
  public static let certificateReady = RouterProgress(rawValue: 2)
  public static let bound = RouterProgress(rawValue: 4)
}
