import DNSModel
import Notation

/// The global router the name moves to, and what stands behind it.
public struct RouterPlan: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// A person does it by hand; `instructions` say where.
    case manual(instructions: String)
    case haproxy(HAProxyPlan)
    case azureFrontDoor(FrontDoorPlan)

    public var name: String {
      switch self {
      case .manual: "manual"
      case .haproxy: "haproxy"
      case .azureFrontDoor: "azure-front-door"
      }
    }
    public static let names = ["manual", "haproxy", "azure-front-door"]
  }

  public var kind: Kind
  /// The addresses of the new endpoint, where they are known or the target cannot be resolved yet.
  public var addresses: [NetworkAddress]
  /// Any number; the first ones the router begins with.
  public var regions: [RegionPlan]
  /// What happens to this plan if the others cannot carry the load of the largest region.
  public var regionLoss: RegionLoss
  /// Choices that nothing can measure, attested: what was chosen, and why.
  public var choices: [AttestedChoice]
  /// The router's own target; nil: not declared.
  public var objective: Availability?

  public enum RegionLoss: String, Hashable, Sendable, CaseIterable {
    /// A finding, and the plan goes on.
    case warn
    /// The plan is refused.
    case mustSurvive = "must-survive"
  }

  public init(
    kind: Kind = .manual(instructions: ""), addresses: [NetworkAddress] = [],
    regions: [RegionPlan] = [], regionLoss: RegionLoss = .warn, choices: [AttestedChoice] = [],
    objective: Availability? = nil
  ) {
    self.kind = kind
    self.addresses = addresses
    self.regions = regions
    self.regionLoss = regionLoss
    self.choices = choices
    self.objective = objective
  }
}

/// A self-hosted HAProxy: steered at run time over its own socket.
public struct HAProxyPlan: Hashable, Sendable {
  /// The path of its runtime socket.
  public var socket: String
  public var backend: String
  /// The list of certificates (`crt-list`) that new ones are added to.
  public var certificateList: String

  public init(socket: String, backend: String, certificateList: String) {
    self.socket = socket
    self.backend = backend
    self.certificateList = certificateList
  }
}

public struct FrontDoorPlan: Hashable, Sendable {
  public var subscription: String
  public var resourceGroup: String
  public var profile: String
  public var endpoint: String
  /// How to sign in.
  public var credential: SecretReference?
  /// The value of `_dnsauth.NAME TXT`, published values are no secrets. Nil: asked for at the run.
  public var validationToken: String?
  /// Tokens are void seven days after this.
  public var tokenIssuedAt: UTCInstant?

  public init(
    subscription: String, resourceGroup: String, profile: String, endpoint: String,
    credential: SecretReference? = nil, validationToken: String? = nil,
    tokenIssuedAt: UTCInstant? = nil
  ) {
    self.subscription = subscription
    self.resourceGroup = resourceGroup
    self.profile = profile
    self.endpoint = endpoint
    self.credential = credential
    self.validationToken = validationToken
    self.tokenIssuedAt = tokenIssuedAt
  }

  /// A `_dnsauth` TXT that was not accepted in seven days is void (Azure's "Timeout" state).
  public static let tokenLife = TimeSpan.days(7)

  /// What CAA records call the CA of its managed certificates.
  public static let authority = "digicert.com"

  /// The header by which an origin tells this Front Door from others.
  public static let identifierHeader = "X-Azure-FDID"
}

extension Plan {
  /// What CAA must allow: as the plan says, or Front Door's own CA where it obtains the certificate.
  public var issuingAuthority: String? {
    if let authority = certificate.authority { return authority }
    guard case .azureFrontDoor = router.kind, certificate.issuer == .router else { return nil }
    return FrontDoorPlan.authority
  }
}

public struct RegionPlan: Hashable, Sendable {
  public var name: String
  /// Where its origin is: a name, or an address with a port.
  public var origin: RegionOrigin
  /// Answers 200 only while the region can serve, its dependencies included.
  public var healthPath: String
  /// Of all requests, in percent.
  public var share: Int
  /// What it can carry, in percent of all requests; nil: not declared.
  public var capacity: Int?
  /// Availability zones it is spread over.
  public var zones: [String]
  /// The target of the region with all that only it depends on; nil: not declared.
  public var objective: Availability?

  public init(
    name: String, origin: RegionOrigin, healthPath: String = "/", share: Int,
    capacity: Int? = nil, zones: [String] = [], objective: Availability? = nil
  ) {
    self.name = name
    self.origin = origin
    self.healthPath = healthPath
    self.share = share
    self.capacity = capacity
    self.zones = zones
    self.objective = objective
  }
}

public enum RegionOrigin: Hashable, Sendable, CustomStringConvertible {
  case host(DomainName)
  case address(NetworkAddress)

  public var description: String {
    switch self {
    case .host(let name): name.host
    case .address(let address): address.description
    }
  }
}

public struct AttestedChoice: Hashable, Sendable {
  /// One of `subjects`, or a subject of one's own.
  public var subject: String
  public var choice: String
  public var reason: String
  /// The target of what was chosen, where every request needs it; nil: none does, or not declared.
  public var objective: Availability?

  /// What a plan is asked about.
  public static let subjects = ["shared-state", "singletons", "skus"] + guards
  /// What may stand between clients and regions.
  public static let guards = ["edge-cache", "rate-limit", "filter-rules"]

  public init(
    subject: String, choice: String, reason: String, objective: Availability? = nil
  ) {
    self.subject = subject
    self.choice = choice
    self.reason = reason
    self.objective = objective
  }

  /// Attested to be absent.
  public var isNone: Bool { choice.lowercased() == "none" }
}
