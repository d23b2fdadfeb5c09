import DNSModel
import Notation

/// The plan as the core reads it: steps and numbers, nothing that needs interpreting. Compiled once,
/// pinned by digest (R24); a running migration never looks at the plan file again.
public struct CompiledPlan: Hashable, Sendable {
  /// Which meaning the fields have; a binary refuses a version it does not know.
  public static let currentVersion = 1

  public var version = Self.currentVersion
  /// Of the plan's own text in canonical form: what people approve.
  public var planDigest: String
  public var hostname: DomainName
  public var zone: DomainName
  public var oldTarget: DomainName
  public var newTarget: DomainName
  public var steps: [Step]
  public var waits: WaitParameters
  public var rollback: RollbackParameters
  /// Nil where nothing says how long the new certificate lasts.
  public var renewal: RenewalParameters?
  public var approvals: [GateRequirement]
  /// When cutting over is allowed, ascending; empty means always.
  public var changeWindows: [ChangeWindow]
  /// A window that could have been used went by: a person decides, instead of waiting for the next.
  public var holdsWhenWindowMissed: Bool

  public init(
    planDigest: String, hostname: DomainName, zone: DomainName, oldTarget: DomainName,
    newTarget: DomainName, steps: [Step], waits: WaitParameters, rollback: RollbackParameters,
    renewal: RenewalParameters? = nil, approvals: [GateRequirement] = [],
    changeWindows: [ChangeWindow] = [], holdsWhenWindowMissed: Bool = false
  ) {
    self.planDigest = planDigest
    self.hostname = hostname
    self.zone = zone
    self.oldTarget = oldTarget
    self.newTarget = newTarget
    self.steps = steps
    self.waits = waits
    self.rollback = rollback
    self.renewal = renewal
    self.approvals = approvals
    self.changeWindows = changeWindows
    self.holdsWhenWindowMissed = holdsWhenWindowMissed
  }

  public func index(of id: String) -> Int? { steps.firstIndex { $0.id == id } }

  public func requirement(for gate: Gate) -> GateRequirement {
    // Giving the old record its long life again is never done unasked (R14).
    approvals.first { $0.gate == gate }
      ?? GateRequirement(gate: gate, count: gate == .restoreTTL ? 1 : 0)
  }
}

/// What the waits are made of. All TTL arithmetic is in integers up to 2³¹ − 1.
public struct WaitParameters: Hashable, Sendable {
  /// The TTL the plan says the old record has had (R2).
  public var declaredTTL: TTL
  /// What the ladder publishes: T₁ … T_k. Empty when the TTL is low enough already.
  public var stages: [TTL]
  /// Ladder: stages are published so that all end together (R8). Else each waits for the one before.
  public var isLadder: Bool
  /// The TTL after the move.
  public var finalTTL: TTL
  /// The longest the slowest authority lags behind the provider (L).
  public var authoritativeLag: TimeSpan
  public var margin: TimeSpan
  /// How many rounds must show a value gone before it counts as gone, …
  public var cleanRounds: Int
  /// … and the time they must span.
  public var propagationBound: TimeSpan
  /// After this long a write that was sent can no longer land.
  public var longestWrite: TimeSpan
  /// The provider replaces a fence record in the same atomic update (R18).
  public var hasFence: Bool
  /// A person makes the changes of the record: they may land at any time until seen or withdrawn.
  public var isManual: Bool
  /// Evidence a write rests on may be this old.
  public var freshness: TimeSpan
  /// Not before: the cutover moment asked for, if any.
  public var cutOverAt: UTCInstant?
  public var soaks: [TimeSpan]
  /// At least so long after the last old answer left the caches before the old endpoint is locked (R7).
  public var minimumTail: TimeSpan
  /// There is a source of traffic figures at the old endpoint; without one a person attests (R7).
  public var hasTrafficSource: Bool

  public init(
    declaredTTL: TTL, stages: [TTL], isLadder: Bool, finalTTL: TTL, authoritativeLag: TimeSpan,
    margin: TimeSpan, cleanRounds: Int, propagationBound: TimeSpan, longestWrite: TimeSpan,
    hasFence: Bool, isManual: Bool = false, freshness: TimeSpan = .minutes(5),
    cutOverAt: UTCInstant? = nil, soaks: [TimeSpan], minimumTail: TimeSpan,
    hasTrafficSource: Bool
  ) {
    self.declaredTTL = declaredTTL
    self.stages = stages
    self.isLadder = isLadder
    self.finalTTL = finalTTL
    self.authoritativeLag = authoritativeLag
    self.margin = margin
    self.cleanRounds = cleanRounds
    self.propagationBound = propagationBound
    self.longestWrite = longestWrite
    self.hasFence = hasFence
    self.isManual = isManual
    self.freshness = freshness
    self.cutOverAt = cutOverAt
    self.soaks = soaks
    self.minimumTail = minimumTail
    self.hasTrafficSource = hasTrafficSource
  }

  /// The TTL at the cutover and until the soak has passed, and of a restored record (R14).
  public var lowTTL: TTL { stages.last ?? declaredTTL }
}

/// What undoing needs, and until when it is promised.
public struct RollbackParameters: Hashable, Sendable {
  /// How long opening the old endpoint again takes.
  public var unlockTime: TimeSpan
  /// How long clients must at least be able to stay on the old side after a rollback.
  public var minimumStay: TimeSpan
  /// How long after the cutover undoing must stay possible (R10).
  public var window: TimeSpan
  /// The old endpoint's declared end of life.
  public var oldEndpointEnds: UTCInstant?
  /// When the old endpoint's binding of the name is taken away, if that is known.
  public var oldBindingEnds: UTCInstant?

  public init(
    unlockTime: TimeSpan, minimumStay: TimeSpan, window: TimeSpan,
    oldEndpointEnds: UTCInstant? = nil, oldBindingEnds: UTCInstant? = nil
  ) {
    self.unlockTime = unlockTime
    self.minimumStay = minimumStay
    self.window = window
    self.oldEndpointEnds = oldEndpointEnds
    self.oldBindingEnds = oldBindingEnds
  }
}

public struct GateRequirement: Hashable, Sendable {
  public var gate: Gate
  /// Different people who must say yes; 0 opens the gate by itself.
  public var count: Int
  /// Who may; empty means anyone.
  public var approvers: [String]
  /// How long a yes holds.
  public var validity: TimeSpan

  public init(
    gate: Gate, count: Int, approvers: [String] = [], validity: TimeSpan = .hours(24)
  ) {
    self.gate = gate
    self.count = count
    self.approvers = approvers
    self.validity = validity
  }
}

public struct ChangeWindow: Hashable, Sendable {
  public var opens: UTCInstant
  public var closes: UTCInstant

  public init(opens: UTCInstant, closes: UTCInstant) {
    self.opens = opens
    self.closes = closes
  }
}
