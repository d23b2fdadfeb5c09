import DNSModel

/// A plan as people wrote it, with every default filled in: what is approved and signed.
///
/// Nothing here was looked up anywhere. `CompiledPlan` is made from it, and is what runs.
public struct Plan: Hashable, Sendable {
  /// The version of the plan's notation (`cutover: 1`).
  public static let notationVersion = 1

  /// For people: what this move is.
  public var title: String
  /// The name that moves.
  public var hostname: DomainName
  /// How and where the name's zone is written and served.
  public var zone: ZonePlan
  /// The record as it is, …
  public var from: RecordPlan
  /// … and as it shall be. Its TTL is the last one of the strategy.
  public var to: DomainName
  /// How the TTL comes down, and where it stays afterwards.
  public var ttl: TTLPlan
  /// Lag, margins, clean rounds: what the waits are made of.
  public var timing: TimingPlan
  public var certificate: CertificatePlan
  public var router: RouterPlan
  public var oldEndpoint: OldEndpointPlan
  /// Until when undoing is promised.
  public var rollback: RollbackPlan
  /// The caching resolvers that are asked.
  public var resolvers: ResolverPanelPlan
  /// Differences between old and new that clients may notice and that were accepted.
  public var parityExceptions: [ParityException]
  /// What is asked of both besides `/` and the paths of the soak's probes.
  public var parityPaths: [String]
  public var soak: SoakPlan
  public var approvals: [ApprovalPlan]
  /// Nil: the record may be changed at any time.
  public var changeWindow: ChangeWindowPlan?
  public var notifications: [NotificationHook]
  /// Where servers are looked for, when it is not the public Internet.
  public var environment: PlanEnvironment

  public init(
    title: String, hostname: DomainName, zone: ZonePlan, from: RecordPlan, to: DomainName,
    ttl: TTLPlan = TTLPlan(), timing: TimingPlan = TimingPlan(),
    certificate: CertificatePlan = CertificatePlan(), router: RouterPlan = RouterPlan(),
    oldEndpoint: OldEndpointPlan = OldEndpointPlan(), rollback: RollbackPlan = RollbackPlan(),
    resolvers: ResolverPanelPlan = ResolverPanelPlan(),
    parityExceptions: [ParityException] = [], parityPaths: [String] = [],
    soak: SoakPlan = SoakPlan(),
    approvals: [ApprovalPlan] = ApprovalPlan.usual, changeWindow: ChangeWindowPlan? = nil,
    notifications: [NotificationHook] = [], environment: PlanEnvironment = PlanEnvironment()
  ) {
    self.title = title
    self.hostname = hostname
    self.zone = zone
    self.from = from
    self.to = to
    self.ttl = ttl
    self.timing = timing
    self.certificate = certificate
    self.router = router
    self.oldEndpoint = oldEndpoint
    self.rollback = rollback
    self.resolvers = resolvers
    self.parityExceptions = parityExceptions
    self.parityPaths = parityPaths
    self.soak = soak
    self.approvals = approvals
    self.changeWindow = changeWindow
    self.notifications = notifications
    self.environment = environment
  }
}

/// The record before the move.
public struct RecordPlan: Hashable, Sendable {
  /// What the alias points to today.
  public var target: DomainName
  /// The largest TTL the record has had of late: history that nobody observed counts as this (R2).
  public var ttl: TTL

  public init(target: DomainName, ttl: TTL) {
    self.target = target
    self.ttl = ttl
  }
}

/// Where servers are looked for in private zones and tests.
public struct PlanEnvironment: Hashable, Sendable {
  /// Asked for delegations in place of the public root servers.
  public var root: NetworkAddress?
  /// The port of authoritative servers.
  public var authorityPort: UInt16
  /// A PEM file of the anchors that both endpoints' chains end in; nil: the system's.
  public var trust: String?

  public init(root: NetworkAddress? = nil, authorityPort: UInt16 = 53, trust: String? = nil) {
    self.trust = trust
    self.root = root
    self.authorityPort = authorityPort
  }
}
