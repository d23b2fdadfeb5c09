import Notation

/// For how long a decision stays what it is while nothing is learned: between these moments no comparison
/// with a clock comes out differently. A move that sleeps for days looks at the world a thousand times and
/// sees what it saw before; it need not think it all through each time.
struct Validity: Hashable, Sendable {
  /// Waits and freshness are held against safe time, which never goes back.
  private var safeUntil = UTCInstant.distantPast
  /// Ends are held against the later clock, which a step of the wall clock can turn back (R20).
  private var latestFrom = UTCInstant.distantPast
  private var latestUntil = UTCInstant.distantPast

  /// Never: before anything was decided.
  init() {}

  /// For ever, until limits are named.
  static let unlimited: Validity = {
    var validity = Validity()
    validity.safeUntil = .distantFuture
    validity.latestUntil = .distantFuture
    return validity
  }()

  func covers(_ now: Now) -> Bool {
    now.safe < safeUntil && latestFrom <= now.latest && now.latest < latestUntil
  }

  /// Something changes when safe time reaches `limit`.
  mutating func changes(atSafe limit: UTCInstant, _ now: Now) {
    if limit > now.safe { safeUntil = min(safeUntil, limit) }
  }

  /// Something changes when the later clock crosses `limit`, either way.
  mutating func changes(atLatest limit: UTCInstant, _ now: Now) {
    if limit > now.latest {
      latestUntil = min(latestUntil, limit)
    } else {
      latestFrom = max(latestFrom, limit)
    }
  }
}

extension Deliberation {
  /// Everything that time alone could turn: what is waited for, what gets too old, what expires. Named
  /// whether it was asked for this time or not; one limit too many costs a decision, one too few a rule.
  func validity() -> Validity {
    var validity = Validity.unlimited
    if state.ending != nil { return validity }
    for blocker in decision.blockers {
      if let until = blocker.until { validity.changes(atSafe: until, now) }
      if case .renewal(let due) = blocker { validity.changes(atLatest: due, now) }
    }
    // What is just as old as it may be is fresh still; the same goes for an end just far enough away.
    let tooOld = plan.waits.freshness + .milliseconds(1)
    for item in state.evidence { validity.changes(atSafe: item.at + tooOld, now) }
    if let view = state.view { validity.changes(atSafe: view.completedAt + tooOld, now) }
    if let reading = state.provider { validity.changes(atSafe: reading.at + tooOld, now) }
    for tries in state.tries { validity.changes(atSafe: tries.retryAt, now) }
    for open in state.openEffects { validity.changes(atSafe: open.effect.deadAt, now) }
    for approval in state.approvals { validity.changes(atLatest: approval.expiresAt, now) }
    for window in plan.changeWindows {
      validity.changes(atLatest: window.opens, now)
      // They ascend, hundreds of them: what comes after the next one changes nothing sooner.
      if window.opens > now.latest { break }
      validity.changes(atLatest: window.closes, now)
    }
    for (_, end) in RollbackClock.ends(state, plan) {
      validity.changes(atLatest: end - plan.undoHorizon + .milliseconds(1), now)
    }
    return validity
  }
}
