import DNSModel
import Notation

/// All that is remembered of a migration: the fold of its facts (`apply`), and nothing else.
///
///                 ┌──────── drift, failure, missed window ────────┐
///                 ▼                                               │
///   acting ⇄ waiting ⇄ approval ── pause/resume ── paused       held ── adopt ──▶ handedOver
///      │         │         │                          │           │
///      │         └─────────┴──── abort, rollback ─────┴───────────┤   (before the point of no return)
///      ▼                                                          ▼
///    moved                                        rolling back: settle → unlock → restore → drain → clean
///                                                             │
///                                                             ▼
///                                                         rolledBack
///
/// In full, as a hundred thousand random moves find it (a test prints it, and holds it against this):
///
///   acting         ▸ waiting · approval · paused · held · back: waiting
///   waiting        ▸ acting · approval · paused · held · back: acting · back: waiting · back: approval · back: held · moved · rolledBack
///   approval       ▸ acting · waiting · paused · held · back: acting · back: waiting
///   paused         ▸ acting · waiting · approval · held · back: waiting · rolledBack
///   held           ▸ acting · waiting · approval · paused · back: acting · back: waiting · back: held · moved · rolledBack · handedOver
///   back: acting   ▸ back: waiting · back: approval · back: held · rolledBack
///   back: waiting  ▸ back: acting · back: approval · back: paused · back: held · rolledBack
///   back: approval ▸ back: acting · back: waiting · back: paused · back: held · rolledBack
///   back: paused   ▸ back: waiting · back: approval · back: held · rolledBack
///   back: held     ▸ back: acting · back: waiting · back: approval · back: paused · rolledBack
public struct MigrationState: Hashable, Sendable {
  public internal(set) var startedAt: Now?
  public internal(set) var done = StepSet()
  public internal(set) var isRollingBack = false
  public internal(set) var rollbackStartedAt: UTCInstant?
  public internal(set) var ending: Ending?
  public internal(set) var pauses = PauseSet()
  public internal(set) var ledger = ExposureLedger()
  /// The last round that changed anything, or that an action rested on.
  public internal(set) var view: RoundSummary?
  public internal(set) var provider: ProviderReading?
  /// Indexed by `EvidenceKind.rawValue`.
  public internal(set) var evidence = [EvidenceItem](
    repeating: EvidenceItem(), count: EvidenceKind.allCases.count)
  public internal(set) var openEffects: [OpenEffect] = []
  /// Indexed by `EffectPurpose.rawValue`.
  var tries = [Tries](repeating: Tries(), count: EffectPurpose.allCases.count)
  public internal(set) var nextEffect: UInt32 = 1
  /// What the record said when the migration began.
  public internal(set) var baseline: ServedValue?
  /// What the record should say now: the last value of ours that took hold, else the baseline.
  public internal(set) var current: ServedValue?
  /// What the last write that took hold asked for; `current` differs where the provider rounds (R3).
  public internal(set) var asked: ServedValue?
  /// Every authority was seen to serve `current`, and nothing else, since it was written.
  public internal(set) var isSettled = false
  /// Somebody served just what the last write asked for: another TTL since then is no provider's rounding.
  var isServedAsAsked = false
  /// The provider was seen to make this of a lower TTL; it will do so again, perhaps unseen (R3).
  var floorTTL: TTL?
  /// Fenced writes that did not take hold in time. Until the fence moves, each could land after all (R18).
  var lateWrites: [Effect] = []
  /// What we may have done to the world: set with the intent, cleared when the opposite was seen.
  public internal(set) var maybe = Maybe()
  public internal(set) var approvals: [Approval] = []
  /// Authorities (and resolvers) done without, by recorded decision.
  public internal(set) var waived: [String] = []
  public internal(set) var hasBrokenGlass = false
  public internal(set) var isDrainAttested = false
  /// What was shown when a person decided to write over it, and nothing else (R19); nil: nobody did.
  public internal(set) var overwriting: [ServedValue]?
  public internal(set) var hasDeclinedTTL = false
  /// After the last change window went by, a person decided to go on without one.
  public internal(set) var isWindowWaived = false
  /// Windows that went by before this moment are nobody's worry any more.
  var windowsForgivenUntil = UTCInstant.distantPast
  var soakGood = TimeSpan.zero
  /// What was watched before the soak began does not count.
  var soakCreditedTo = UTCInstant.distantPast
  /// The end of the certificate whose renewal was begun, until it is seen to be replaced.
  public internal(set) var renewing: UTCInstant?
  /// What could not be cleaned up after a rollback.
  public internal(set) var leftBehind: [EffectPurpose] = []

  public init() {}

  public func evidence(_ kind: EvidenceKind) -> EvidenceItem { evidence[Int(kind.rawValue)] }

  /// From then on the running soak is watched and good, as far as is known.
  var soakWatchedFrom: UTCInstant { max(soakCreditedTo, evidence(.soak).at) }

  public func openEffect(for purpose: EffectPurpose) -> OpenEffect? {
    for open in openEffects where open.effect.action.purpose == purpose { return open }
    return nil
  }

  /// What is in DNS in place of `current`; nil when nothing else was seen. Where authorities differ, or
  /// one cannot be asked, a foreign record on any of them is what it is about, else another TTL.
  var drifted: ServedValue? {
    // Other data at the provider is on its way to all of them.
    if let held = provider, let value = held.value, value.content != current?.content,
      held.at >= view?.completedAt ?? .distantPast
    {
      return value
    }
    if let seen = view?.agreedValue, seen != current { return seen }
    if let held = provider?.value, held != current { return held }
    var found: ServedValue?
    for exposure in ledger.exposures
    where !exposure.isExplained && view?.shows(exposure.value) ?? false && exposure.value != current
    {
      if exposure.value.content != current?.content { return exposure.value }
      found = exposure.value
    }
    return found
  }

  /// What is served since a person was told to change the TTL alone: theirs, if they say so. A panel with a
  /// floor may show no change at all.
  var madeOfHandMadeTTL: ServedValue? {
    guard let open = openEffect(for: .record), open.isInSomeonesHands,
      case .writeRecord(let write) = open.effect.action,
      write.expected.content == write.value.content,
      let view, view.startedAt >= open.intendedAt, let seen = view.agreedValue,
      seen.content == write.value.content
    else { return nil }
    return seen
  }

  /// A recorded decision to write over drift waits to be carried out.
  public var mustRepair: Bool { overwriting != nil }

  /// A write may take this value's place: it is ours, or a person who saw it said so.
  func mayReplace(_ value: ServedValue) -> Bool {
    value == current || overwriting?.contains(value) ?? false
  }

  /// The record says, or is about to say, what it said before the move.
  var hasRestored: Bool { current?.content == .old }

  /// What the provider is known to make of such a write; nil where it publishes what it is asked for.
  func floored(_ value: ServedValue) -> ServedValue? {
    guard let floorTTL, value.ttl < floorTTL else { return nil }
    return ServedValue(value.content, floorTTL)
  }

  func openEffect(on resource: EffectPurpose.Resource) -> OpenEffect? {
    for open in openEffects where open.effect.action.purpose.resource == resource { return open }
    return nil
  }

  /// The record's data may be the new one, or may have been.
  public var mayBeCutOver: Bool { maybe.contains(.cutOver) }

  public func isDone(_ index: Int) -> Bool { done.contains(index) }

  /// Steps that can be worked on: not done, and everything before them is.
  public func activeSteps(_ plan: CompiledPlan) -> StepSet {
    var active = StepSet()
    for index in plan.steps.indices
    where !done.contains(index) && done.contains(all: plan.steps[index].needs) {
      active.insert(index)
    }
    return active
  }

  /// The gate of no return was passed: forward is the only way left (R16).
  public func isPastPointOfNoReturn(_ plan: CompiledPlan) -> Bool {
    for index in plan.steps.indices
    where plan.steps[index].kind == .approve(.pointOfNoReturn) && done.contains(index) {
      return true
    }
    return false
  }
}

public struct PauseSet: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public init(_ reason: PauseReason) { rawValue = 1 << reason.rawValue }

  public func contains(_ reason: PauseReason) -> Bool { contains(PauseSet(reason)) }
  public var reasons: [PauseReason] { PauseReason.allCases.filter { contains($0) } }
}

/// Traces of ours that the world may bear. They decide what a rollback has to undo (R13–R16).
public struct Maybe: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let lowered = Maybe(rawValue: 1)
  public static let onRouter = Maybe(rawValue: 2)
  public static let cutOver = Maybe(rawValue: 4)
  public static let locked = Maybe(rawValue: 8)
  public static let retired = Maybe(rawValue: 16)
}

/// The latest verdict of one kind that was worth a fact.
public struct EvidenceItem: Hashable, Sendable {
  public var outcome = Outcome.missing
  public var at = UTCInstant.distantPast
  public var fingerprint: UInt64 = 0
  public var certificateEnds: UTCInstant?
  public var router = RouterProgress()

  public init() {}

  init(_ report: EvidenceReport) {
    outcome = report.outcome
    at = report.at
    fingerprint = report.fingerprint
    certificateEnds = report.certificateEnds
    router = report.router
  }
}

public struct OpenEffect: Hashable, Sendable {
  public enum Status: UInt8, Hashable, Sendable {
    /// Committed; it may have been sent.
    case intended
    /// It may have happened, may yet happen, or not.
    case unknown
    /// A person was told.
    case handedOver
  }

  public var effect: Effect
  public var status: Status
  public var intendedAt: UTCInstant
  /// Somebody served just what it is to write, since it was intended.
  var isServed = false

  /// A person was told to do it, or may have been: only a person can say that it will not happen.
  public var isInSomeonesHands: Bool {
    status == .handedOver || status == .unknown && effect.deadAt == .distantFuture
  }
}

struct Tries: Hashable, Sendable {
  var count: UInt8 = 0
  var retryAt = UTCInstant.distantPast
}

public struct Approval: Hashable, Sendable {
  public var gate: Gate
  public var actor: String
  public var evidenceDigest: String
  /// What was shown when it was given, where the digest says so: compared in place of it.
  var shown: [EvidenceMark]?
  /// Held against the later of the two clocks (R20).
  public var expiresAt: UTCInstant
}
