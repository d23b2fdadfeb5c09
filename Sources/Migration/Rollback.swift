import DNSModel
import Notation

/// Undoing the move: computed from what may have been done to the world, never from how far the plan
/// got (R13–R16).
///
///     settle open effects → unlock origin* → restore record* → drain new* → clean router* → [restore TTL*]
///
/// * only if the opposite may have happened.
extension Deliberation {
  mutating func rollBack() {
    decision.undoing = mustUnlock ? .unlock : isRestored ? .drain : .restore
    if blockOnOpenEffects() { return }
    if mustUnlock, isRestored || !deviations.contains(.flipsBackBeforeUnlocking) {
      unlock()
      return
    }
    if !isRestored {
      restore()
      return
    }
    if !isDrained { return }
    decision.undoing = .clean
    if !isRouterClean {
      clean()
      return
    }
    decision.undoing = .oldTTL
    if wantsOldTTL {
      restoreTTL()
      return
    }
    record(.ended(.rolledBack))
  }

  /// What is under way is settled first (R16): an open write could land after the restore, an open lock
  /// after the unlock. The router's affairs are its own until it is cleaned up (R15).
  private mutating func blockOnOpenEffects() -> Bool {
    if deviations.contains(.forgetsWritesInFlight) { return false }
    var isBlocked = false
    for open in state.openEffects where open.effect.action.purpose.resource != .router {
      block(.openEffect(open.effect.action.purpose, until: open.effect.deadAt))
      isBlocked = true
    }
    return isBlocked
  }

  // MARK: The old endpoint's doors

  private var mustUnlock: Bool {
    if deviations.contains(.undoesFromPosition) {
      return core.plan.steps.indices.contains {
        core.plan.steps[$0].kind == .lockOrigin && state.isDone($0)
      } && state.evidence(.originLock).outcome != .fail
    }
    return state.maybe.contains(.locked)
  }

  private mutating func unlock() {
    let item = state.evidence(.originLock)
    if item.outcome == .missing || item.outcome == .inconclusive {
      return block(.evidence(.originLock, item.outcome))
    }
    var found: [Blocker] = []
    rules.pausing(state, &found)
    rules.retrying(.unlock, state, now, &found)
    act(.unlockOrigin, unless: found)
  }

  // MARK: The record

  /// The old data is served, alone, everywhere; or nothing of ours ever said anything else.
  private var isRestored: Bool {
    let mayDiffer =
      deviations.contains(.undoesFromPosition)
      ? core.plan.steps.indices.contains {
        core.plan.steps[$0].kind == .cutOver && state.isDone($0)
      } : state.mayBeCutOver
    if state.mustRepair { return false }
    if !mayDiffer { return true }
    return state.hasRestored && state.isSettled && !mustFence
  }

  /// Nothing was written since a cutover whose time ran out: should it land after all, the name would go where
  /// nobody expects it any more.
  private var mustFence: Bool {
    state.lateWrites.contains { late in
      if case .writeRecord(let write) = late.action { write.value.content == .new } else { false }
    }
  }

  private mutating func restore() {
    var found: [Blocker] = []
    if state.hasRestored, !state.mustRepair, let current = state.current {
      // Written; only to be seen.
      if !mustFence { return block(.notServedYet(current)) }
      // The same again: it is the fence that changes.
      rules.writing(state, now, &found)
      return write(current, unless: found)
    }
    rules.restoring(state, now, &found)
    write(state.restoredValue(core.plan), unless: found)
  }

  /// The new data has left every cache: until then the new endpoint serves (R15).
  private var isDrained: Bool {
    mutating get {
      if deviations.contains(.cleansTheRouterBeforeTheDrain) { return true }
      let before = decision.blockers.count
      for exposure in state.ledger.exposures where exposure.value.content == .new {
        let end = exposure.end(margin: core.plan.waits.margin)
        if end == nil || exposure.basis == .resolver && exposure.cleanRounds == 0 {
          block(.exposure(exposure.value, until: nil))
        } else if let end, end > rules.wait(now) {
          block(.exposure(exposure.value, until: end))
        }
      }
      return decision.blockers.count == before
    }
  }

  // MARK: The router

  private var isRouterClean: Bool {
    if !state.maybe.contains(.onRouter) || !state.leftBehind.isEmpty { return true }
    let item = state.evidence(.router)
    return item.outcome != .missing && item.outcome != .inconclusive && item.router.isEmpty
  }

  /// Tried a few times; then the rollback ends without it, and says so (R15).
  private mutating func clean() {
    let tries = state.tries[Int(EffectPurpose.clean.rawValue)]
    // What a person was told to renew may come at any time: the rollback does not wait for that.
    if let open = state.openEffect(on: .router), open.effect.deadAt > rules.wait(now),
      open.effect.deadAt != .distantFuture
    {
      return block(.openEffect(open.effect.action.purpose, until: open.effect.deadAt))
    }
    if state.openEffect(for: .clean) != nil || tries.count >= 4 {
      return record(.leftBehind(.clean))
    }
    var found: [Blocker] = []
    rules.cleaning(state, now, &found)
    if tries.retryAt > rules.wait(now) {
      // Asked for; shown to be so, or asked for again then.
      found.append(.retry(.clean, at: tries.retryAt))
      found.append(.evidence(.router, state.evidence(.router).outcome))
    }
    act(.cleanRouter, unless: found)
  }

  // MARK: The old TTL

  /// Only asked for where we lowered it, and only once it may be answered.
  private var wantsOldTTL: Bool {
    guard let baseline = state.lostTTL else { return false }
    return !((state.asked == baseline || state.current == baseline) && state.isSettled)
  }

  private mutating func restoreTTL() {
    guard let baseline = state.baseline else { return }
    if state.asked == baseline, let current = state.current {
      return block(.notServedYet(current))
    }
    var found: [Blocker] = []
    if !deviations.contains(.restoresTheTTLUnasked) {
      rules.approving(.restoreTTL, state, now, &found)
    }
    if found.isEmpty { rules.writing(state, now, &found) }
    write(baseline, unless: found)
  }
}
