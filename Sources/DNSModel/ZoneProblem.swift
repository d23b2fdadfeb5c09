/// One reason a zone is unsound.
public struct ZoneProblem: Hashable, Sendable, CustomStringConvertible {
  public enum Severity: String, Hashable, Sendable, Comparable {
    case warning
    /// It must not be served so.
    case error

    public static func < (left: Severity, right: Severity) -> Bool {
      left == .warning && right == .error
    }
  }

  /// Stable: scripts go by these.
  public enum ID: String, Hashable, Sendable, CaseIterable {
    case soaMissing = "soa-missing"
    case soaTwice = "soa-twice"
    case soaBelowOrigin = "soa-below-origin"
    case nsMissing = "ns-missing"
    case outOfZone = "out-of-zone"
    case otherClass = "other-class"
    case aliasBesideData = "cname-beside-data"
    case aliasTwice = "cname-twice"
    case aliasLoop = "cname-loop"
    case redirectionBesideAlias = "dname-beside-cname"
    case redirectionAtCut = "dname-at-cut"
    case redirectionTwice = "dname-twice"
    case dataBelowRedirection = "data-below-dname"
    case dataBelowCut = "data-below-cut"
    case dataAtCut = "data-at-cut"
    case glueUnused = "glue-unused"
    case glueMissing = "glue-missing"
    case serverWithoutAddress = "ns-without-address"
    case childServerWithoutAddress = "delegation-ns-without-address"
    case serverIsAlias = "ns-target-is-alias"
    case childServerIsAlias = "delegation-ns-target-is-alias"
    case exchangeIsAlias = "mx-target-is-alias"
    case exchangeWithoutAddress = "mx-without-address"
    case serviceTargetIsAlias = "srv-target-is-alias"
    case signerWithoutCut = "ds-without-cut"
    case signerAtOrigin = "ds-at-origin"
    case hashedOwner = "nsec3-owner"
    case duplicate = "duplicate-record"
    case ttlDiffers = "ttl-differs"
    case wildcardServer = "wildcard-ns"
    case wildcardRedirection = "wildcard-dname"
    case timers = "soa-timers"

    public var severity: Severity {
      switch self {
      // A delegation that leads nowhere is its child's loss; the zone itself may be served.
      case .glueMissing, .childServerWithoutAddress, .childServerIsAlias: .warning
      case .dataBelowCut, .dataAtCut, .glueUnused, .exchangeIsAlias, .exchangeWithoutAddress,
        .serviceTargetIsAlias, .aliasLoop, .signerWithoutCut, .duplicate, .ttlDiffers,
        .wildcardServer,
        .wildcardRedirection, .timers:
        .warning
      default: .error
      }
    }
  }

  public let id: ID
  public let owner: DomainName
  public let type: RecordType?
  public let message: String
  /// Where the first of the records concerned stands, where that is known.
  public internal(set) var place: TextPlace?

  public var severity: Severity { id.severity }

  public var description: String {
    "\(place.map { "\($0): " } ?? "")\(severity.rawValue) \(id.rawValue): \(owner) \(message)"
  }
}
