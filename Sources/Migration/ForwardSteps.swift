import DNSModel
import Notation

extension Deliberation {
  /// Works on one active step: finishes it, acts, or says what it waits for.
  mutating func work(on index: Int) {
    switch core.plan.steps[index].kind {
    case .baseline: takeBaseline(index)
    case .audit:
      if isProven(.audit) { record(.stepDone(step: index)) }
    case .lowerTTL(let stage, let ttl): lower(index, stage, ttl)
    case .ownHostname: drive(index, .ownHostname, seen: .router, needs: .owned)
    case .obtainCertificate:
      drive(index, .obtainCertificate, seen: .router, needs: .certificateReady)
    case .bindHostname: drive(index, .bindHostname, seen: .router, needs: .bound)
    case .proveEndpoint:
      // No short cut: both are wanted, and both are told.
      let isServing = isProven(.newEndpoint)
      if isProven(.parity), isServing { record(.stepDone(step: index)) }
    case .renewCertificate: renew(index)
    case .approve(let gate): approve(index, gate)
    case .cutOver: cutOver(index)
    case .verify: verify(index)
    case .soak(let number): soak(index, number)
    case .lockOrigin: lock(index)
    case .raiseTTL(let ttl): raise(index, ttl)
    case .retireOldEndpoint: retire(index)
    case .report: record(.stepDone(step: index))
    }
  }

  /// The old value, alone, at every authority.
  private mutating func takeBaseline(_ index: Int) {
    guard let view = state.view else { return block(.viewUnfit) }
    if !view.isComplete { return block(.authoritiesUnreachable) }
    guard let agreed = view.agreedValue, agreed.content == .old else {
      return block(.viewUnfit)
    }
    record(.stepDone(step: index))
  }

  private mutating func isProven(_ kind: EvidenceKind) -> Bool {
    let before = decision.blockers.count
    rules.passing(kind, within: nil, state, now, &decision.blockers)
    return decision.blockers.count == before
  }

  // MARK: The record

  private mutating func lower(_ index: Int, _ stage: Int, _ ttl: TTL) {
    if let current = state.current, current.content == .old, current.ttl <= ttl,
      state.openEffect(for: .record) == nil
    {
      // It is that low already, or will be once all serve it: raising it to the stair's height would help nobody.
      return state.isSettled ? record(.stepDone(step: index)) : block(.notServedYet(current))
    }
    if finishWrite(index, ServedValue(.old, ttl)) { return }
    var found: [Blocker] = []
    rules.lowering(stage: stage, state, now, &found)
    write(ServedValue(.old, ttl), unless: found)
  }

  private mutating func cutOver(_ index: Int) {
    if let current = state.current, current.content == .new {
      if state.isSettled { return record(.stepDone(step: index)) }
      return block(.notServedYet(current))
    }
    if let open = state.openEffect(for: .record) {
      return block(.openEffect(.record, until: open.effect.deadAt))
    }
    var found: [Blocker] = []
    rules.cuttingOver(state, now, &found)
    write(ServedValue(.new, core.plan.waits.lowTTL), unless: found)
  }

  private mutating func raise(_ index: Int, _ ttl: TTL) {
    if finishWrite(index, ServedValue(.new, ttl)) { return }
    var found: [Blocker] = []
    rules.raising(state, now, &found)
    write(ServedValue(.new, ttl), unless: found)
  }

  /// True when the step needs no write any more: it is done, or is waiting to be seen.
  private mutating func finishWrite(_ index: Int, _ value: ServedValue) -> Bool {
    if let open = state.openEffect(for: .record) {
      block(.openEffect(.record, until: open.effect.deadAt))
      return true
    }
    guard let current = state.current, state.asked == value else { return false }
    if state.isSettled {
      record(.stepDone(step: index))
    } else {
      block(.notServedYet(current))
    }
    return true
  }

  /// Writes, conditional on what was just read; or passes the blockers on.
  mutating func write(_ value: ServedValue, unless found: [Blocker]) {
    if !found.isEmpty {
      decision.blockers += found
      return
    }
    guard let expected = state.provider?.value ?? state.view?.agreedValue else {
      return block(.providerUnread)
    }
    let fence = core.plan.waits.hasFence ? state.provider?.fence ?? 0 : nil
    intend(.writeRecord(RecordWrite(value: value, expected: expected, fence: fence)))
  }

  /// Carries out a recorded decision to write over drift (R19).
  mutating func repair() {
    guard let value = state.current else { return block(.viewUnfit) }
    if let open = state.openEffect(for: .record) {
      return block(.openEffect(.record, until: open.effect.deadAt))
    }
    var found: [Blocker] = []
    rules.repairing(state, now, &found)
    write(value, unless: found)
  }

  // MARK: Router and origin

  /// Reads first; acts only on what is seen to be missing; is done when it is seen.
  private mutating func drive(
    _ index: Int, _ action: EffectAction, seen kind: EvidenceKind, needs: RouterProgress
  ) {
    let item = state.evidence(kind)
    if item.outcome != .missing, item.router.contains(needs) {
      return record(.stepDone(step: index))
    }
    if let open = state.openEffect(on: action.purpose.resource) {
      return block(.openEffect(open.effect.action.purpose, until: open.effect.deadAt))
    }
    if item.outcome == .missing || item.outcome == .inconclusive {
      return block(.evidence(kind, item.outcome))
    }
    var found: [Blocker] = []
    rules.pausing(state, &found)
    rules.retrying(action.purpose, state, now, &found)
    if action.purpose == .certificate {
      rules.passing(.issuance, within: core.plan.waits.freshness, state, now, &found)
    }
    act(action, unless: found)
  }

  private mutating func lock(_ index: Int) {
    let item = state.evidence(.originLock)
    if item.outcome == .pass, state.maybe.contains(.locked) {
      return record(.stepDone(step: index))
    }
    if state.maybe.contains(.locked), item.outcome == .missing || item.outcome == .inconclusive {
      return block(.evidence(.originLock, item.outcome))
    }
    var found: [Blocker] = []
    rules.locking(state, now, &found)
    act(.lockOrigin, unless: found)
  }

  private mutating func retire(_ index: Int) {
    let item = state.evidence(.retirement)
    if item.outcome == .pass, state.maybe.contains(.retired) {
      return record(.stepDone(step: index))
    }
    if state.maybe.contains(.retired), item.outcome == .missing || item.outcome == .inconclusive {
      return block(.evidence(.retirement, item.outcome))
    }
    var found: [Blocker] = []
    rules.retiring(state, now, &found)
    act(.retireOldEndpoint, unless: found)
  }

  mutating func act(_ action: EffectAction, unless found: [Blocker]) {
    if found.isEmpty {
      intend(action)
    } else {
      decision.blockers += found
    }
  }

  // MARK: People and time

  private mutating func approve(_ index: Int, _ gate: Gate) {
    let before = decision.blockers.count
    rules.approving(gate, state, now, &decision.blockers)
    if decision.blockers.count == before { record(.stepDone(step: index)) }
  }

  private mutating func verify(_ index: Int) {
    let item = state.evidence(.resolvers)
    if item.outcome == .pass { return record(.stepDone(step: index)) }
    if !Propagation.mayAskResolvers(state.view), !deviations.contains(.asksResolversTooEarly) {
      block(.mayNotAskResolvers)
    }
    block(.evidence(.resolvers, item.outcome))
  }

  private mutating func soak(_ index: Int, _ number: Int) {
    let duration =
      number - 1 < core.plan.waits.soaks.count ? core.plan.waits.soaks[number - 1] : .zero
    if state.soakGood >= duration || deviations.contains(.raisesBeforeTheSoak) {
      return record(.stepDone(step: index))
    }
    let item = state.evidence(.soak)
    if item.outcome != .pass {
      block(.evidence(.soak, item.outcome))
    } else {
      block(.soak(until: state.soakWatchedFrom + (duration - state.soakGood)))
    }
  }
}
