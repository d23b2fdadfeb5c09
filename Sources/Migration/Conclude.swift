import Notation

extension Deliberation {
  /// What the blockers come to: what to look at, when to wake, and where the migration stands.
  mutating func conclude() {
    decision.forgetTheConclusion()
    defer { decision.validity = validity() }
    if let ending = state.ending {
      decision.blockers.removeAll(keepingCapacity: true)
      decision.standing =
        switch ending {
        case .moved: .moved
        case .rolledBack: .rolledBack
        case .handedOver: .handedOver
        }
      return
    }
    holdWhenWindowsAreGone()
    tellPauses()
    watch()
    for blocker in decision.blockers {
      look(for: blocker)
      if let until = blocker.until, until > now.safe {
        decision.wakeAt = min(decision.wakeAt ?? until, until)
      }
    }
    if !mayAskResolvers { decision.looks.drop(LookPlan.Slot.resolvers) }
    decision.standing = standing
  }

  /// Whatever else is waited for: a pause is (R22).
  private mutating func tellPauses() {
    guard state.pauses != [] else { return }
    for reason in PauseReason.allCases where state.pauses.contains(reason) {
      if !decision.blockers.contains(.paused(reason)) { block(.paused(reason)) }
    }
  }

  private var mayAskResolvers: Bool {
    deviations.contains(.asksResolversTooEarly)
      || Propagation.mayAskResolvers(state.view)
  }

  private mutating func holdWhenWindowsAreGone() {
    if state.pauses.contains(.missedWindow) { return }
    if decision.blockers.contains(.changeWindow(opens: nil)) { record(.held(.missedWindow)) }
  }

  private var standing: Standing {
    if state.pauses.contains(.drift) || state.pauses.contains(.failure)
      || state.pauses.contains(.missedWindow)
    {
      return .held
    }
    if state.pauses.contains(.person) { return .paused }
    if !decision.effects.isEmpty { return .acting }
    var standing = Standing.waiting
    for blocker in decision.blockers {
      switch blocker {
      case .approval: if standing == .waiting { standing = .approval }
      case .attestation, .oldEndpointEnds: standing = .held
      case .evidence(_, .fail), .evidence(_, .failAndRollBack): standing = .held
      // Where the plan has something else in mind for a gate without an answer, the verdict says so.
      case .evidence(.soak, .inconclusive): standing = .held
      default: break
      }
    }
    return standing
  }

  // MARK: Looks

  /// What is watched all the time, whatever a step waits for.
  private mutating func watch() {
    typealias Slot = LookPlan.Slot
    decision.looks.want(Slot.authoritatives, every: Self.watchInterval)
    if isClosing {
      decision.looks.want(
        Slot.authoritatives, every: max(core.plan.waits.roundSpacing, .seconds(1)))
    }
    if state.current != nil, !state.isSettled, !core.plan.waits.isManual {
      // Until ours was seen everywhere, only the provider tells a change of others from our own under way (R19).
      decision.looks.want(Slot.provider, every: lagInterval)
    }
    if let view = state.view, mayBeLate(view) {
      decision.looks.want(Slot.provider, every: readyInterval)
    }
    // The rollback's way home: its health and its end of life are known at every step (R12).
    decision.looks.want(Slot.evidence(.oldEndpoint), every: Self.slowInterval)
    if state.mayBeCutOver, !state.isRollingBack {
      decision.looks.want(Slot.evidence(.soak), every: soakInterval)
      decision.looks.want(Slot.resolvers, every: Self.slowInterval)
    }
    if state.baseline != nil, !state.mayBeCutOver, !state.isRollingBack {
      // Resolvers tell of longer TTLs than were declared, before they can hurt (R2).
      decision.looks.want(Slot.resolvers, every: Self.slowInterval)
    }
  }

  static let watchInterval = TimeSpan.minutes(15)
  static let slowInterval = TimeSpan.hours(1)

  /// Some value is gone and only has to be seen gone for long enough.
  private var isClosing: Bool {
    for exposure in state.ledger.exposures
    where exposure.lastPossible == nil && exposure.value != state.current {
      return true
    }
    return false
  }

  /// Dense enough to notice, sparse enough for a soak of days.
  private var soakInterval: TimeSpan {
    var shortest = TimeSpan.hours(8)
    for soak in core.plan.waits.soaks { shortest = min(shortest, soak) }
    return min(max(TimeSpan(milliseconds: shortest.milliseconds / 48), .seconds(1)), .minutes(10))
  }

  /// How often to look for what is only a matter of the servers' lag.
  private var lagInterval: TimeSpan {
    let lag = core.plan.waits.authoritativeLag.milliseconds
    return min(max(TimeSpan(milliseconds: lag / 16), .seconds(1)), .minutes(5))
  }

  /// How often to look for what a write rests on: several times within what counts as recent, or what
  /// was seen first is stale again before the last of it is seen.
  private var readyInterval: TimeSpan {
    let freshness = core.plan.waits.freshness.milliseconds
    return min(max(TimeSpan(milliseconds: freshness / 4), .seconds(1)), .seconds(30))
  }

  private mutating func look(for blocker: Blocker) {
    typealias Slot = LookPlan.Slot
    switch blocker {
    case .notServedYet:
      decision.looks.want(Slot.authoritatives, every: lagInterval)
      // What the provider made of it shows there first (R3).
      if state.provider?.value == nil, !core.plan.waits.isManual {
        decision.looks.want(Slot.provider, every: .seconds(30))
      }
    case .viewUnfit, .authoritiesUnreachable, .mayNotAskResolvers:
      decision.looks.want(Slot.authoritatives, every: readyInterval)
    case .providerUnread, .providerDiffers:
      decision.looks.want(Slot.provider, every: readyInterval)
    case .openEffect(let purpose, _): lookFor(purpose)
    case .evidence(let kind, _):
      if kind == .resolvers {
        decision.looks.want(Slot.resolvers, every: lagInterval)
      } else {
        decision.looks.want(Slot.evidence(kind), every: min(readyInterval * 2, .minutes(1)))
      }
    case .evidenceStale(let kind): decision.looks.want(Slot.evidence(kind), every: readyInterval)
    case .renewal: decision.looks.want(Slot.evidence(.newEndpoint), every: Self.slowInterval)
    case .exposure, .stageMoment, .cutOverMoment, .retry, .approval, .changeWindow, .paused,
      .oldEndpointEnds, .tail, .attestation, .soak, .repairing:
      break
    }
  }

  private mutating func lookFor(_ purpose: EffectPurpose) {
    typealias Slot = LookPlan.Slot
    switch purpose {
    case .record:
      // Where people make the changes there is nothing to read but the authoritatives.
      if !core.plan.waits.isManual { decision.looks.want(Slot.provider, every: readyInterval) }
      decision.looks.want(Slot.authoritatives, every: lagInterval)
    case .own, .certificate, .bind, .clean:
      decision.looks.want(Slot.evidence(.router), every: min(readyInterval * 2, .minutes(1)))
    case .renew:
      decision.looks.want(Slot.evidence(.newEndpoint), every: min(readyInterval * 2, .minutes(1)))
    case .lock, .unlock: decision.looks.want(Slot.evidence(.originLock), every: readyInterval)
    case .retire:
      decision.looks.want(Slot.evidence(.retirement), every: min(readyInterval * 2, .minutes(1)))
    }
  }
}
