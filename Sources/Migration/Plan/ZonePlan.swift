import DNSModel
import Notation

/// How the name's zone is written, and who serves it.
public struct ZonePlan: Hashable, Sendable {
  public var origin: DomainName
  public var provider: ProviderPlan
  /// Asked in place of what the delegation says; empty: the delegation is followed.
  public var authoritatives: [NamedServer]
  /// The name has no record of its own: `*.…` answers for it. A child of it would then hide it (R18).
  public var isWildcardOnly: Bool
  /// CAs that the zone's CAA records allow; nil: not declared, the audit will look.
  public var caaIssuers: [String]?

  public init(
    origin: DomainName, provider: ProviderPlan, authoritatives: [NamedServer] = [],
    isWildcardOnly: Bool = false, caaIssuers: [String]? = nil
  ) {
    self.origin = origin
    self.provider = provider
    self.authoritatives = authoritatives
    self.isWildcardOnly = isWildcardOnly
    self.caaIssuers = caaIssuers
  }
}

/// A server by name and address.
public struct NamedServer: Hashable, Sendable {
  public var name: DomainName
  public var address: NetworkAddress

  public init(name: DomainName, address: NetworkAddress) {
    self.name = name
    self.address = address
  }
}

public struct ProviderPlan: Hashable, Sendable {
  public var kind: Kind
  /// A `_fence` record is required and replaced in the same atomic write: no stale writer can flip the
  /// name back (R18).
  public var hasFence: Bool
  /// The provider publishes no TTL below this; nil: none known (R3).
  public var minimumTTL: TTL?
  /// After this long a write that was sent can no longer land.
  public var longestWrite: TimeSpan

  public enum Kind: Hashable, Sendable {
    /// RFC 2136 to `server`, signed with the TSIG key found at `key`.
    case dynamicUpdate(server: NetworkAddress, key: SecretReference?)
    /// A zone file that is rewritten in place; `reload` is run afterwards.
    case zoneFile(path: String, reload: [String])
    /// A person changes the record by hand; `instructions` say where.
    case manual(instructions: String)
    /// A program that speaks JSON lines on its standard input and output.
    case program(command: [String], secrets: [SecretReference])

    public var name: String {
      switch self {
      case .dynamicUpdate: "dynamic-update"
      case .zoneFile: "zone-file"
      case .manual: "manual"
      case .program: "exec"
      }
    }
    public static let names = ["dynamic-update", "zone-file", "manual", "exec"]
  }

  public init(
    kind: Kind, hasFence: Bool = false, minimumTTL: TTL? = nil,
    longestWrite: TimeSpan = .minutes(5)
  ) {
    self.kind = kind
    self.hasFence = hasFence
    self.minimumTTL = minimumTTL
    self.longestWrite = longestWrite
  }

  public var isManual: Bool { if case .manual = kind { true } else { false } }
}
