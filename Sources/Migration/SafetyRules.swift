import DNSModel
import Notation

/// What may never happen: the conditions of every change of the world, each as the blockers that stand
/// against it now. An empty answer is the only permission there is.
///
/// `wait` is the clock for waits, `latest` the one for ends (R20).
final class SafetyRules: Sendable {
  let plan: CompiledPlan
  let deviations: Deviations

  init(plan: CompiledPlan, deviations: Deviations) {
    self.plan = plan
    self.deviations = deviations
  }

  func wait(_ now: Now) -> UTCInstant {
    deviations.contains(.trustsTheWallClockForWaits) ? now.wall : now.safe
  }

  func latest(_ now: Now) -> UTCInstant {
    deviations.contains(.trustsTheSafeClockForExpiries) ? now.safe : now.latest
  }

  // MARK: The record

  /// Before the record is written at all: nothing is open, nothing drifts, nobody paused, and what the
  /// write is conditional on was read just now.
  func writing(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    pausing(state, &found)
    if let open = state.openEffect(on: .record), !deviations.contains(.repeatsUnknownEffects) {
      found.append(.openEffect(.record, until: open.effect.deadAt))
    }
    retrying(.record, state, now, &found)
    guard found.isEmpty else { return }
    reading(state, now, &found)
  }

  /// Taking the name off the router: the record was looked at just now and leads nobody there. A stranger may
  /// have put it there since the last look (R15, R19).
  func cleaning(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    pausing(state, &found)
    guard found.isEmpty, state.current != nil else { return }
    reading(state, now, &found)
  }

  /// What is there was read just now, and it is what we believe is there.
  private func reading(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    view(state, now, &found)
    if plan.waits.isManual {
      // Nothing but the authoritatives tells what a person would replace (R19).
      let agreed = state.view?.agreedValue
      let isKnown = agreed.map { state.mayReplace($0) } ?? state.mustRepair
      if !isKnown, found.isEmpty {
        found.append(.viewUnfit)
      }
      return
    }
    guard isFresh(state.provider?.at, now), let held = state.provider?.value else {
      found.append(.providerUnread)
      return
    }
    // What is about to be replaced must be what we believe is there (R19).
    if !state.mayReplace(held), !deviations.contains(.overwritesDrift) {
      found.append(.providerDiffers(held))
    }
  }

  /// A recent, complete look that shows what we believe is there (R19, R21).
  private func view(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    guard let view = state.view, isFresh(view.completedAt, now) else {
      found.append(.viewUnfit)
      return
    }
    if !view.isComplete, !deviations.contains(.forgetsUnreachableAuthorities) {
      found.append(.authoritiesUnreachable)
    }
  }

  /// The next stair of the TTL ladder (R8): its moment, and the one before it seen everywhere. Plain
  /// stages wait for the whole ledger instead.
  func lowering(
    stage: Int, _ state: MigrationState, _ now: Now, _ found: inout [Blocker]
  ) {
    // Once the new data may be out there, the old is only ever written by a rollback.
    if state.mayBeCutOver, let current = state.current { found.append(.notServedYet(current)) }
    if !plan.waits.isLadder {
      if stage > 1 { superseded(state, now, &found) }
    } else if stage > 1 || plan.waits.cutOverAt != nil {
      ladderMoment(stage, state, now, &found)
    }
    guard found.isEmpty else { return }
    writing(state, now, &found)
  }

  private func ladderMoment(
    _ stage: Int, _ state: MigrationState, _ now: Now, _ found: inout [Blocker]
  ) {
    let cutOver =
      stage > 1
      ? TTLWait.plannedCutOver(ledger: state.ledger, waits: plan.waits) : plan.waits.cutOverAt
    guard let cutOver else {
      found.append(
        .exposure(state.baseline ?? ServedValue(.old, plan.waits.declaredTTL), until: nil))
      return
    }
    let moment = TTLWait.moment(ofStage: stage, cutOver: cutOver, waits: plan.waits)
    if moment > wait(now) { found.append(.stageMoment(moment)) }
  }

  /// Cutting over waits for the whole ledger (R8), the proof of the new endpoint within minutes (R9),
  /// the old one outliving the move (R10), the window and the people.
  func cuttingOver(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    superseded(state, now, &found)
    if let moment = plan.waits.cutOverAt, moment > wait(now) {
      found.append(.cutOverMoment(moment))
    }
    window(state, now, &found)
    approving(.cutOver, state, now, &found)
    oldEndpointOutlives(state, now, &found)
    // What went bad since it was proven is looked at again, and told, before anybody is asked anew.
    for kind in [EvidenceKind.parity, .oldEndpoint, .newEndpoint] {
      let outcome = state.evidence(kind).outcome
      if outcome != .pass, outcome != .missing { passing(kind, within: nil, state, now, &found) }
    }
    guard found.isEmpty else { return }
    passing(.parity, within: nil, state, now, &found)
    passing(.oldEndpoint, within: plan.waits.freshness, state, now, &found)
    passing(
      .newEndpoint,
      within: deviations.contains(.cutsOverOnOldProof) ? nil : plan.waits.freshness, state, now,
      &found)
    writing(state, now, &found)
  }

  /// Every value but the present one has left the caches.
  func superseded(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    guard let current = state.current else {
      found.append(.viewUnfit)
      return
    }
    if !state.isSettled { found.append(.notServedYet(current)) }
    for exposure in state.ledger.exposures
    where (exposure.value != current || exposure.basis == .resolver)
      && exposure.value.content != .new
    {
      if deviations.contains(.ignoresTheDeclaredTTL), exposure.basis == .declared { continue }
      live(exposure, now, current, &found)
    }
  }

  private func live(
    _ exposure: Exposure, _ now: Now, _ current: ServedValue, _ found: inout [Blocker]
  ) {
    guard var end = exposure.end(margin: plan.waits.margin) else {
      found.append(.exposure(exposure.value, until: nil))
      return
    }
    if deviations.contains(.waitsWithTheNewTTL), let last = exposure.lastPossible {
      end = last + current.ttl.span + plan.waits.margin
    }
    if end > wait(now) { found.append(.exposure(exposure.value, until: end)) }
  }

  /// The TTL is raised only after the soak passed (R14); the graph says so too.
  func raising(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    for index in plan.steps.indices {
      if case .soak(let number) = plan.steps[index].kind, !state.isDone(index) {
        found.append(.soak(until: soakEnd(number, state, now)))
      }
    }
    guard found.isEmpty else { return }
    passing(.newEndpoint, within: plan.waits.freshness, state, now, &found)
    writing(state, now, &found)
  }

  // MARK: The old endpoint

  /// Locking the old endpoint: no cache may still send clients there, no write could bring them back,
  /// and traffic says so too (R7).
  func locking(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    pausing(state, &found)
    if let open = state.openEffects.first(where: { $0.effect.action.purpose.resource != .router }) {
      found.append(.openEffect(open.effect.action.purpose, until: open.effect.deadAt))
    }
    if !deviations.contains(.locksBeforeTheDrain) { drained(state, now, &found) }
    approving(.lockOrigin, state, now, &found)
    retrying(.lock, state, now, &found)
    guard found.isEmpty else { return }
    unused(state, now, &found)
    // Clients may take weeks to go, and people as long to vouch for it: nothing else is looked at for it.
    guard found.isEmpty else { return }
    passing(.newEndpoint, within: plan.waits.freshness, state, now, &found)
    view(state, now, &found)
  }

  /// Retiring it needs all of that again, and that the promise to undo was given up.
  func retiring(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    pausing(state, &found)
    if let open = state.openEffects.first(where: { $0.effect.action.purpose.resource != .router }) {
      found.append(.openEffect(open.effect.action.purpose, until: open.effect.deadAt))
    }
    retrying(.retire, state, now, &found)
    if !deviations.contains(.retiresOnATimer) { drained(state, now, &found) }
    promised(state, now, &found)
    guard found.isEmpty else { return }
    if !deviations.contains(.retiresOnATimer) { unused(state, now, &found) }
    guard found.isEmpty else { return }
    passing(.newEndpoint, within: plan.waits.freshness, state, now, &found)
    view(state, now, &found)
  }

  /// The old data has left every cache that keeps to the rules, and the minimum tail has passed.
  private func drained(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    if let current = state.current, current.content != .new || !state.isSettled {
      found.append(.notServedYet(ServedValue(.new, plan.waits.lowTTL)))
    }
    for exposure in state.ledger.exposures where exposure.value.content == .old {
      guard let end = exposure.end(margin: plan.waits.margin) else {
        found.append(.exposure(exposure.value, until: nil))
        continue
      }
      if exposure.basis == .resolver, exposure.cleanRounds == 0 {
        found.append(.exposure(exposure.value, until: nil))
      } else if end > wait(now) {
        found.append(.exposure(exposure.value, until: end))
      } else if end + plan.waits.minimumTail > wait(now) {
        found.append(.tail(until: end + plan.waits.minimumTail))
      }
    }
  }

  /// The way back is promised for a window after the cutover; retiring ends it (R16).
  private func promised(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    var cutOver: UTCInstant?
    for exposure in state.ledger.exposures where exposure.value.content == .new {
      cutOver = min(cutOver ?? exposure.firstPossible, exposure.firstPossible)
    }
    guard let cutOver, cutOver + plan.rollback.window > wait(now) else { return }
    found.append(.tail(until: cutOver + plan.rollback.window))
  }

  /// TTLs are necessary, not sufficient: someone must have looked for clients that stayed (R7).
  private func unused(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    if plan.waits.hasTrafficSource {
      passing(.traffic, within: plan.waits.freshness, state, now, &found)
    } else if !state.isDrainAttested {
      found.append(.attestation)
    }
  }

  /// The earliest irreversible end lies behind drain, soak and the rollback window (R10).
  private func oldEndpointOutlives(
    _ state: MigrationState, _ now: Now, _ found: inout [Blocker]
  ) {
    let horizon = latest(now) + plan.undoHorizon
    for (constraint, end) in RollbackClock.ends(state, plan) where end < horizon {
      found.append(.oldEndpointEnds(constraint, end))
    }
  }

  // MARK: Rolling back

  /// Flipping the name back: the old endpoint is unlocked and seen healthy first (R13). Nothing here
  /// asks for the new router (R15).
  func restoring(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    if state.maybe.contains(.locked), !deviations.contains(.flipsBackBeforeUnlocking) {
      found.append(.evidence(.originLock, state.evidence(.originLock).outcome))
    }
    if deviations.contains(.needsTheRouterToRollBack) {
      passing(.router, within: plan.waits.freshness, state, now, &found)
    }
    oldEndpointServes(state, now, &found)
    guard found.isEmpty else { return }
    writing(state, now, &found)
  }

  /// Writing over drift: where that leads clients back to the old endpoint, it is a way back like any
  /// other (R13).
  func repairing(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    let held = state.provider?.value ?? state.view?.agreedValue
    if state.current?.content == .old, held?.content != .old {
      oldEndpointServes(state, now, &found)
    }
    writing(state, now, &found)
  }

  private func oldEndpointServes(
    _ state: MigrationState, _ now: Now, _ found: inout [Blocker]
  ) {
    if !state.hasBrokenGlass,
      deviations.isDisjoint(with: [.flipsBackToASickEndpoint, .flipsBackBeforeUnlocking])
    {
      passing(.oldEndpoint, within: plan.waits.freshness, state, now, &found)
    }
  }

  // MARK: Parts

  func pausing(_ state: MigrationState, _ found: inout [Blocker]) {
    guard state.pauses != [] else { return }
    for reason in PauseReason.allCases where state.pauses.contains(reason) {
      if reason == .drift, deviations.contains(.overwritesDrift) { continue }
      found.append(.paused(reason))
    }
  }

  func retrying(
    _ purpose: EffectPurpose, _ state: MigrationState, _ now: Now, _ found: inout [Blocker]
  ) {
    let at = state.tries[Int(purpose.rawValue)].retryAt
    if at > wait(now) { found.append(.retry(purpose, at: at)) }
  }

  /// The verdict is a pass, and recent enough; nothing else will do (R21).
  func passing(
    _ kind: EvidenceKind, within span: TimeSpan?, _ state: MigrationState, _ now: Now,
    _ found: inout [Blocker]
  ) {
    let item = state.evidence(kind)
    let isPass =
      item.outcome == .pass
      || item.outcome == .inconclusive && deviations.contains(.takesInconclusiveForAPass)
    if !isPass {
      found.append(.evidence(kind, item.outcome))
    } else if let span, item.at + span < wait(now) {
      found.append(.evidenceStale(kind))
    }
  }

  func isFresh(_ at: UTCInstant?, _ now: Now) -> Bool {
    guard let at else { return false }
    return at + plan.waits.freshness >= wait(now)
  }

  /// The change window, held against the later clock: it must not stay open too long (R20).
  func window(_ state: MigrationState, _ now: Now, _ found: inout [Blocker]) {
    if plan.changeWindows.isEmpty || state.isWindowWaived { return }
    let at = latest(now)
    var next: UTCInstant?
    for window in plan.changeWindows {
      if plan.holdsWhenWindowMissed, isMissed(window, state, at) {
        next = nil
        break
      }
      if window.opens <= at, at < window.closes { return }
      if window.opens > at {
        next = window.opens
        break
      }
    }
    found.append(.changeWindow(opens: next))
  }

  /// It went by, and nothing in the caches stood against using it.
  private func isMissed(
    _ window: ChangeWindow, _ state: MigrationState, _ at: UTCInstant
  ) -> Bool {
    guard window.closes <= at, window.closes > state.windowsForgivenUntil,
      let started = state.startedAt, window.closes > started.latest, let current = state.current,
      let ready = TTLWait.endOfSuperseded(
        in: state.ledger, except: current, margin: plan.waits.margin)
    else { return false }
    return window.closes > max(ready, plan.waits.cutOverAt ?? ready)
  }

  /// Enough different people said yes to this plan and this evidence, and it still holds.
  func approving(
    _ gate: Gate, _ state: MigrationState, _ now: Now, _ found: inout [Blocker]
  ) {
    let requirement = plan.requirement(for: gate)
    guard requirement.count > 0 else { return }
    let valid = validApprovals(gate, state, now)
    if valid < requirement.count {
      found.append(.approval(gate, missing: requirement.count - valid))
    }
  }

  func validApprovals(_ gate: Gate, _ state: MigrationState, _ now: Now) -> Int {
    var count = 0
    for approval in state.approvals where approval.gate == gate {
      if approval.expiresAt <= latest(now), !deviations.contains(.keepsApprovalsForEver) {
        continue
      }
      if state.stillShows(approval) { count += 1 }
    }
    return count
  }

  /// When the soak will have been watched for long enough, if nothing goes wrong.
  func soakEnd(_ number: Int, _ state: MigrationState, _ now: Now) -> UTCInstant {
    let duration = number - 1 < plan.waits.soaks.count ? plan.waits.soaks[number - 1] : .zero
    let done = state.activeSteps(plan).indices.contains {
      plan.steps[$0].kind == .soak(number: number)
    }
    return done ? state.soakWatchedFrom + (duration - state.soakGood) : wait(now) + duration
  }
}
