import Notation

/// What becomes of the endpoint the name leaves.
public struct OldEndpointPlan: Hashable, Sendable {
  /// Where it answers, where that cannot be found by resolving its name.
  public var addresses: [NetworkAddress]
  public var certificate: OldCertificatePlan
  /// When it will be switched off for good, whatever happens here.
  public var endOfLife: UTCInstant?
  /// When its binding of the name will be taken away, if that is known.
  public var bindingEnds: UTCInstant?
  /// It stays as an origin behind the router: locked against direct clients, never retired (R10).
  public var becomesOrigin: Bool
  public var lock: LockPlan
  /// It is switched off at the end; nothing can be undone after that.
  public var retires: Bool
  /// Where figures of direct traffic come from (R7).
  public var traffic: TrafficSource
  /// Stays open at least so long after the last old answer has left the caches (R7).
  public var minimumTail: TimeSpan

  public init(
    certificate: OldCertificatePlan = OldCertificatePlan(), endOfLife: UTCInstant? = nil,
    bindingEnds: UTCInstant? = nil, becomesOrigin: Bool = false, lock: LockPlan = LockPlan(),
    retires: Bool = false, traffic: TrafficSource = .attested, minimumTail: TimeSpan = .hours(72),
    addresses: [NetworkAddress] = []
  ) {
    self.addresses = addresses
    self.certificate = certificate
    self.endOfLife = endOfLife
    self.bindingEnds = bindingEnds
    self.becomesOrigin = becomesOrigin
    self.lock = lock
    self.retires = retires
    self.traffic = traffic
    self.minimumTail = minimumTail
  }
}

/// The certificate that a rollback would fall back on.
public struct OldCertificatePlan: Hashable, Sendable {
  public enum Renewal: String, Hashable, Sendable, CaseIterable {
    /// Goes on whatever the name points to (DNS-01, a person, a certificate shop).
    case independent
    /// Works only while the name points straight at the old endpoint (App Service managed
    /// certificate): from the cutover on it decays.
    case whilePointedAt = "while-pointed-at"
    /// Nobody renews it.
    case none
  }

  /// Its notAfter; nil: the audit will look.
  public var ends: UTCInstant?
  public var renewal: Renewal
  /// What will renew an origin's certificate after the swap, when `renewal` stops then.
  public var replacement: String?

  public init(ends: UTCInstant? = nil, renewal: Renewal = .independent, replacement: String? = nil)
  {
    self.ends = ends
    self.renewal = renewal
    self.replacement = replacement
  }
}

/// Closing the old endpoint to direct clients once the router stands in front.
public struct LockPlan: Hashable, Sendable {
  public enum Means: Hashable, Sendable {
    /// Not locked at all.
    case none
    case manual(instructions: String)
    /// Programs that lock and unlock; exit status 0 is success.
    case program(lock: [String], unlock: [String])
  }

  public var means: Means
  /// Can it be opened again? If not, locking would end the way back.
  public var isReversible: Bool
  /// How long opening it again takes.
  public var unlockTime: TimeSpan

  public init(means: Means = .none, isReversible: Bool = true, unlockTime: TimeSpan = .minutes(10))
  {
    self.means = means
    self.isReversible = isReversible
    self.unlockTime = unlockTime
  }

  public var isWanted: Bool { means != .none }
}

public enum TrafficSource: Hashable, Sendable {
  /// A person says that direct traffic has ended.
  case attested
  /// Prints a number: direct requests in the last hour; at most `below` is quiet.
  case program(command: [String], below: Int)
  case query(url: String, below: Int)

  public var isMeasured: Bool { self != .attested }
}

/// Until when undoing is promised.
public struct RollbackPlan: Hashable, Sendable {
  /// Undoing stays possible at least so long after the cutover.
  public var window: TimeSpan
  /// After going back, clients can stay on the old side at least so long.
  public var minimumStay: TimeSpan
  /// The longest that undoing may take to bite; nil: shown, not limited.
  public var budget: TimeSpan?

  public init(
    window: TimeSpan = .days(7), minimumStay: TimeSpan = .days(1), budget: TimeSpan? = nil
  ) {
    self.window = window
    self.minimumStay = minimumStay
    self.budget = budget
  }
}
