import DNSModel
import Notation

extension MigrationState {
  /// The state of a history. Reading the past never depends on what later binaries would decide (R24).
  public init(folding facts: [Fact], plan: CompiledPlan) {
    self.init()
    for index in facts.indices { apply(facts[index], plan) }
  }

  /// Takes one fact in. Total: a fact that makes no sense changes nothing.
  public mutating func apply(_ fact: Fact, _ plan: CompiledPlan) { apply(fact, plan, []) }

  mutating func apply(_ fact: Fact, _ plan: CompiledPlan, _ deviations: Deviations) {
    switch fact.kind {
    case .started: start(fact.at, plan)
    case .recovered: recover()
    case .stepDone(let index): finish(index, at: fact.at.safe, plan)
    case .roundSeen(let round): note(round, plan, deviations)
    case .providerRead(let reading):
      provider = reading
      if let value = reading.value { noteServed { $0 == value } }
    case .longerTTLSeen(let value, _): ledger.openLonger(value, seenAt: fact.at.safe)
    case .ttlRounded(let asked, let served): noteRounding(asked, served, at: fact.at.safe)
    case .evidenceSeen(let report):
      evidence[Int(report.kind.rawValue)] = EvidenceItem(report)
      noteDoors()
    case .effectIntended(let effect): intend(effect, at: fact.at)
    case .effectEnded(let number, let outcome):
      end(number, outcome, at: fact.at.safe, deviations)
    case .effectResolved(let number, let tookHold):
      resolve(number, tookHold, at: fact.at.safe, deviations)
    case .commanded(let command, .accepted): obey(command, at: fact.at, plan)
    case .commanded: break
    case .held(let reason): pauses.insert(PauseSet(reason))
    case .released(let reason): pauses.remove(PauseSet(reason))
    case .turnedBack: turnBack(at: fact.at.safe)
    case .soaked(let good):
      soakGood += good
      soakCreditedTo = fact.at.safe
    case .leftBehind(let purpose): leftBehind.append(purpose)
    case .ended(let ending): self.ending = ending
    }
  }

  private mutating func start(_ now: Now, _ plan: CompiledPlan) {
    startedAt = now
    // Someone may have lowered the TTL an hour ago: what was not observed counts as declared (R2).
    ledger.open(
      ServedValue(.old, plan.waits.declaredTTL), .declared, at: .distantPast, isExplained: true)
  }

  private mutating func recover() {
    for index in openEffects.indices where openEffects[index].status == .intended {
      openEffects[index].status = .unknown
    }
  }

  private mutating func finish(_ index: Int, at safe: UTCInstant, _ plan: CompiledPlan) {
    done.insert(index)
    guard index < plan.steps.count else { return }
    if case .renewCertificate = plan.steps[index].kind {
      // It runs beside the soaks, and takes nothing from what they have watched.
      renewing = nil
      tries[Int(EffectPurpose.renew.rawValue)] = Tries()
      return
    }
    soakCreditedTo = safe
    switch plan.steps[index].kind {
    case .baseline:
      // Whatever TTLs the old data had before we came are history, not drift.
      ledger.explain { $0.content == .old }
      baseline = view?.agreedValue
      current = baseline
      isSettled = true
    case .soak: soakGood = .zero
    default: break
    }
  }

  private mutating func note(
    _ round: RoundSummary, _ plan: CompiledPlan, _ deviations: Deviations
  ) {
    ledger.note(round, plan.waits, deviations)
    view = round
    noteServed(round.shows)
    if let current {
      if deviations.contains(.comparesDataWithoutTTL) {
        isSettled = isSettled || round.isComplete && round.values.last?.content == current.content
      } else if round.agreedValue == current {
        isSettled = true
      }
    }
  }

  private mutating func noteServed(_ isShown: (ServedValue) -> Bool) {
    if let asked, isShown(asked) { isServedAsAsked = true }
    for index in openEffects.indices {
      if case .writeRecord(let write) = openEffects[index].effect.action, isShown(write.value) {
        openEffects[index].isServed = true
      }
    }
  }

  private mutating func noteRounding(_ asked: TTL, _ served: TTL, at safe: UTCInstant) {
    if served > asked { floorTTL = max(floorTTL ?? served, served) }
    guard let now = current, now.ttl == asked else { return }
    let rounded = ServedValue(now.content, served)
    ledger.open(rounded, .served, at: safe, isExplained: true)
    current = rounded
    isSettled = view?.agreedValue == rounded
  }

  private mutating func intend(_ effect: Effect, at now: Now) {
    nextEffect = max(nextEffect, effect.number &+ 1)
    openEffects.append(OpenEffect(effect: effect, status: .intended, intendedAt: now.safe))
    switch effect.action {
    case .writeRecord(let write):
      // Possible from the intent on: between intent and acknowledgement anything may happen.
      for value in [write.value, floored(write.value)].compactMap({ $0 }) {
        ledger.open(value, .intended, at: now.safe, writeDeadAt: effect.deadAt, isExplained: true)
      }
      if write.value.content == .new { maybe.insert(.cutOver) }
      if write.value.content == .old { maybe.insert(.lowered) }
    case .ownHostname, .obtainCertificate, .bindHostname:
      maybe.insert(.onRouter)
      evidence[Int(EvidenceKind.router.rawValue)].outcome = .missing
    case .renewCertificate(let end):
      renewing = end
      // Whatever was seen of the new endpoint was seen with the certificate that is replaced.
      evidence[Int(EvidenceKind.newEndpoint.rawValue)].outcome = .missing
    case .cleanRouter: evidence[Int(EvidenceKind.router.rawValue)].outcome = .missing
    case .lockOrigin:
      maybe.insert(.locked)
      forgetDoors()
    case .unlockOrigin: forgetDoors()
    case .retireOldEndpoint:
      maybe.insert(.retired)
      evidence[Int(EvidenceKind.retirement.rawValue)].outcome = .missing
    }
  }

  /// Whatever was seen of the old endpoint was seen through its old doors.
  private mutating func forgetDoors() {
    evidence[Int(EvidenceKind.originLock.rawValue)].outcome = .missing
    evidence[Int(EvidenceKind.oldEndpoint.rawValue)].outcome = .missing
  }

  private mutating func end(
    _ number: UInt32, _ outcome: EffectOutcome, at safe: UTCInstant, _ deviations: Deviations
  ) {
    guard let index = openEffects.firstIndex(where: { $0.effect.number == number }) else { return }
    switch outcome {
    case .applied: takeHold(openEffects.remove(at: index), at: safe, deviations)
    case .rejected(let rejection):
      fail(openEffects.remove(at: index).effect, rejection, at: safe)
    case .unknown: openEffects[index].status = .unknown
    case .handedOver: openEffects[index].status = .handedOver
    }
  }

  private mutating func resolve(
    _ number: UInt32, _ tookHold: Bool, at safe: UTCInstant, _ deviations: Deviations
  ) {
    guard let index = openEffects.firstIndex(where: { $0.effect.number == number }) else {
      if tookHold, let late = lateWrites.first(where: { $0.number == number }) {
        // It was read at the provider: that is how it is known.
        takeHold(
          OpenEffect(effect: late, status: .unknown, intendedAt: safe, isServed: true), at: safe,
          deviations)
      }
      return
    }
    let open = openEffects.remove(at: index)
    let effect = open.effect
    if tookHold {
      let read = provider?.value
      takeHold(open, at: safe, deviations)
      // A stranger had replaced it when it was read: another TTL from now on is nobody's rounding of it.
      if case .writeRecord(let write) = effect.action, let read, read.content != write.value.content
      {
        isServedAsAsked = true
      }
      noteDoors()
    } else {
      // What we read last was read before this was known; a stranger's record is what it was.
      if !(provider?.value?.content.isForeign ?? false) { provider = nil }
      if case .writeRecord(let write) = effect.action, write.fence != nil {
        lateWrites.removeAll { $0.action == effect.action }
        lateWrites.append(effect)
      }
    }
  }

  /// Seen open, with nothing under way that could change it: the old endpoint is not locked.
  private mutating func noteDoors() {
    if evidence(.originLock).outcome == .fail, openEffect(on: .origin) == nil {
      maybe.remove(.locked)
    }
  }

  private mutating func takeHold(
    _ open: OpenEffect, at safe: UTCInstant, _ deviations: Deviations
  ) {
    let effect = open.effect
    let purpose = Int(effect.action.purpose.rawValue)
    // Not seen yet. Should it never be seen, the same is asked for again, more and more rarely.
    tries[purpose].count = min(tries[purpose].count + 1, 200)
    tries[purpose].retryAt = safe + Self.backoff(after: tries[purpose].count, from: .minutes(2))
    guard case .writeRecord(let write) = effect.action else { return }
    tries[purpose] = Tries()
    provider = nil
    lateWrites = []
    // What a person was told to do is over once it is done.
    if effect.deadAt == .distantFuture { noteWriteOver(write, at: safe) }
    current = write.value
    asked = write.value
    isServedAsAsked = open.isServed
    isSettled = false
    // The glass was broken for this one repair; a way back asks anew.
    if mustRepair, !isRollingBack { hasBrokenGlass = false }
    overwriting = nil
    if deviations.contains(.waitsFromTheAcknowledgement) {
      ledger.closeEverything(except: write.value, at: safe)
    }
  }

  private mutating func fail(_ effect: Effect, _ rejection: Rejection, at safe: UTCInstant) {
    let purpose = Int(effect.action.purpose.rawValue)
    provider = nil
    if case .writeRecord(let write) = effect.action { noteWriteOver(write, at: safe) }
    switch rejection {
    case .conflict:
      // Someone else was quicker: read again soon, but not for ever.
      tries[purpose].count = min(tries[purpose].count + 1, 200)
      tries[purpose].retryAt = safe + .seconds(10)
    case .tryAgain:
      tries[purpose].count = min(tries[purpose].count + 1, 200)
      tries[purpose].retryAt = safe + Self.backoff(after: tries[purpose].count, from: .seconds(5))
    case .permanent, .needsPerson: tries[purpose].count = Tries.exhausted
    }
  }

  /// Nothing can land of it any more, nor of what the provider would have made of it.
  mutating func noteWriteOver(_ write: RecordWrite, at safe: UTCInstant) {
    ledger.noteWriteOver(write.value, at: safe)
    if let floored = floored(write.value) { ledger.noteWriteOver(floored, at: safe) }
  }

  /// Doubles with each try, up to a quarter of an hour.
  private static func backoff(after tries: UInt8, from first: TimeSpan) -> TimeSpan {
    min(first * (Int64(1) << Int64(min(tries, 10))), .minutes(15))
  }

  mutating func turnBack(at safe: UTCInstant) {
    isRollingBack = true
    rollbackStartedAt = safe
    approvals.removeAll()
    pauses.remove(PauseSet(.missedWindow))
    tries = [Tries](repeating: Tries(), count: tries.count)
  }
}

extension Tries {
  /// So many tries in a row and a person has to look.
  static let budget: UInt8 = 8
  static let exhausted: UInt8 = 255
  var isExhausted: Bool { count == Self.exhausted || count > Self.budget }
}
