import DNSModel

/// The servers of a zone, as its parent and as itself tell them.
public struct Delegation: Hashable, Sendable {
  public var zone: DomainName
  /// NS of the zone at its parent; empty for zones whose servers were given.
  public var parentServers: [DomainName]
  /// NS of the zone at itself, over all its servers.
  public var childServers: [DomainName]
  /// Addresses that came along from the parent.
  public var glue: [ServerAddress]
  public var authorities: [ServerAddress]
  /// Servers whose names have no address, with why.
  public var unresolved: [DomainName]
  /// Whether there is a DS at the parent, and what it says.
  public var hasSecureDelegation: Bool?
  public var signers: [RecordData] = []
  /// No server said that the zone is one; it is the name's parent, for want of better.
  public var isAssumed = false
  /// Why the zone could not be found, in order of the walk.
  public var troubles: [String]

  public struct ServerAddress: Hashable, Sendable {
    public var name: DomainName
    /// `192.0.2.53:53`.
    public var address: String

    public init(name: DomainName, address: String) {
      self.name = name
      self.address = address
    }
  }

  public init(
    zone: DomainName, parentServers: [DomainName] = [], childServers: [DomainName] = [],
    glue: [ServerAddress] = [], authorities: [ServerAddress] = [], unresolved: [DomainName] = [],
    hasSecureDelegation: Bool? = nil, troubles: [String] = []
  ) {
    self.zone = zone
    self.parentServers = parentServers
    self.childServers = childServers
    self.glue = glue
    self.authorities = authorities
    self.unresolved = unresolved
    self.hasSecureDelegation = hasSecureDelegation
    self.troubles = troubles
  }
}
