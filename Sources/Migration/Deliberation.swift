import DNSModel
import Notation

/// A migration thought through, decision by decision: facts are applied as they are found, so that what
/// follows from them follows in the same turn.
public struct Deliberation: Sendable {
  let core: MigrationCore
  var now: Now
  public internal(set) var state: MigrationState
  public internal(set) var decision = Decision()
  /// What was decided last still holds: nothing was learned since, and no limit was crossed.
  private(set) var isStanding = false

  public init(_ core: MigrationCore, _ state: MigrationState) {
    self.core = core
    self.state = state
    now = Now(.distantPast)
  }

  var plan: CompiledPlan {
    _read { yield core.plan }
  }
  var rules: SafetyRules { core.rules }
  var deviations: Deviations { core.deviations }

  /// Takes an event in and decides what follows: `decide` and `apply` in one, for the loop.
  public mutating func advance(_ event: Event, at now: Now) {
    self.now = now
    isStanding =
      decision.effects.isEmpty && decision.validity.covers(now)
      && deviations.isDisjoint(with: .decidingAnew)
    decision.forgetTheLast()
    take(event)
    if !isStanding { settle() }
  }

  mutating func record(_ kind: FactKind) {
    isStanding = false
    let core = core
    let fact = Fact(at: now, kind)
    state.apply(fact, core.plan, core.deviations)
    decision.facts.append(fact)
  }

  mutating func block(_ blocker: Blocker) { decision.blockers.append(blocker) }

  /// Goes on until nothing more follows: each round works on every active step, in order.
  mutating func settle() {
    // Bounded: each pass but the last records at least one fact, and steps are finite.
    for _ in 0..<128 {
      if state.ending != nil { break }
      let before = decision.facts.count
      decision.blockers.removeAll(keepingCapacity: true)
      resolveEffects()
      noticeDrift()
      if state.isRollingBack { rollBack() } else { goForward() }
      if decision.facts.count == before { break }
    }
    conclude()
  }

  private mutating func goForward() {
    let core = core
    if state.mustRepair {
      repair()
      return
    }
    var rest = state.activeSteps(core.plan).bits
    while rest != 0 {
      let index = rest.trailingZeroBitCount
      rest &= rest - 1
      work(on: index)
    }
    if state.done.count == core.plan.steps.count { record(.ended(.moved)) }
  }

  // MARK: Effects

  /// Commits to an effect; it is performed after the commit (R17).
  mutating func intend(_ action: EffectAction) {
    let waits = core.plan.waits
    let life: TimeSpan = action.purpose == .record ? waits.longestWrite : Effect.life
    let isByHand =
      action.purpose == .record && waits.isManual
      || action.purpose == .renew && core.plan.renewal?.isByHand ?? false
    // What leaves at the last moment still has its whole life before it.
    let sendBy = now.safe + min(.seconds(30), life)
    let effect = Effect(
      number: state.nextEffect, action: action, sendBy: sendBy,
      deadAt: isByHand ? .distantFuture : sendBy + life)
    record(.effectIntended(effect))
    decision.effects.append(effect)
  }

  /// Unknown outcomes are resolved by what was read since, never by trying again blindly (R17).
  private mutating func resolveEffects() {
    noticeLateWrite()
    if state.openEffects.isEmpty { return }
    for open in state.openEffects where open.status != .intended {
      if let tookHold = resolution(of: open) {
        record(.effectResolved(number: open.effect.number, tookHold: tookHold))
        if tookHold, open.isInSomeonesHands { noticePanelTTL(of: open) }
      }
    }
  }

  /// Past its time, and there after all: with the fence that only our own write could have left (R18).
  private mutating func noticeLateWrite() {
    guard !state.lateWrites.isEmpty, state.openEffect(for: .record) == nil,
      let value = state.provider?.value, let fence = state.provider?.fence
    else { return }
    for late in state.lateWrites {
      if case .writeRecord(let write) = late.action, value == write.value,
        let replaced = write.fence, fence == replaced + 1
      {
        return record(.effectResolved(number: late.number, tookHold: true))
      }
    }
  }

  /// Nil: it cannot be told yet.
  private func resolution(of open: OpenEffect) -> Bool? {
    if case .writeRecord(let write) = open.effect.action { return resolution(of: open, write) }
    guard let kind = open.effect.action.purpose.evidence else { return nil }
    let item = state.evidence(kind)
    let isSeen =
      switch open.effect.action {
      case .writeRecord: false
      case .ownHostname: item.router.contains(.owned)
      case .obtainCertificate: item.router.contains(.certificateReady)
      case .renewCertificate(let end): item.certificateEnds.map { $0 > end } ?? false
      case .bindHostname: item.router.contains(.bound)
      case .cleanRouter: item.router.isEmpty
      case .unlockOrigin: item.outcome == .fail
      case .lockOrigin, .retireOldEndpoint: item.outcome == .pass
      }
    guard item.outcome != .missing, item.outcome != .inconclusive else { return nil }
    if isSeen { return true }
    return item.at > open.effect.deadAt || deviations.contains(.repeatsUnknownEffects)
      ? false : nil
  }

  /// A write that was given up was to replace the same fence, by something else: which of two equal ones
  /// landed makes no difference.
  private func mayBeLeftByAnother(_ write: RecordWrite) -> Bool {
    state.lateWrites.contains { late in
      if case .writeRecord(let other) = late.action {
        other.fence == write.fence && other.value != write.value
      } else {
        false
      }
    }
  }

  /// The same data, with the TTL we asked for or one the provider made of it (R3).
  private func isOurs(_ value: ServedValue, _ write: RecordWrite) -> Bool {
    if value == write.value || value == state.floored(write.value) { return true }
    return value.content == write.value.content
      && !state.ledger.exposures.contains { $0.value == value && $0.isExplained }
  }

  /// Whether this is what a person was told to write. Other data is theirs whatever TTL the panel made of
  /// it (R3); another TTL of the data that was there could be anyone's, and a person says whose it is.
  func isHandMade(_ value: ServedValue, _ open: OpenEffect) -> Bool {
    guard open.isInSomeonesHands, case .writeRecord(let write) = open.effect.action else {
      return false
    }
    if value == write.value { return true }
    return value.content == write.value.content && value.content != write.expected.content
      && value.ttl <= longestKnownTTL
  }

  /// The panel published another TTL than was asked for: it changes the timetable (R3).
  private mutating func noticePanelTTL(of open: OpenEffect) {
    guard case .writeRecord(let write) = open.effect.action, let agreed = state.view?.agreedValue,
      agreed.content == write.value.content, agreed.ttl != write.value.ttl
    else { return }
    record(.ttlRounded(asked: write.value.ttl, served: agreed.ttl))
  }

  private func resolution(of open: OpenEffect, _ write: RecordWrite) -> Bool? {
    if open.isInSomeonesHands {
      // Only what was seen since can be their doing; until seen or withdrawn it may land (R1).
      guard let view = state.view, view.startedAt >= open.intendedAt, let agreed = view.agreedValue
      else { return nil }
      return isHandMade(agreed, open) ? true : nil
    }
    if deviations.contains(.repeatsUnknownEffects) { return false }
    guard let reading = state.provider, let value = reading.value,
      reading.askedAt >= open.intendedAt
    else { return nil }
    if let fence = write.fence, let seen = reading.fence {
      // The fence tells our write from anyone else's. A later one means that ours can never land. Where no
      // other write of ours could have left it, ours landed, and what stands there now is a stranger's.
      if seen == fence + 1, isOurs(value, write) || !mayBeLeftByAnother(write) { return true }
      if seen > fence { return false }
      return reading.askedAt > open.effect.deadAt ? false : nil
    }
    if value == write.value { return true }
    return reading.askedAt > open.effect.deadAt ? false : nil
  }
}
