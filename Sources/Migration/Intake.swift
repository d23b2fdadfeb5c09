import DNSModel
import Notation

extension Deliberation {
  /// Takes one event in: what of it is worth remembering becomes a fact.
  mutating func take(_ event: Event) {
    switch event {
    case .ticked: break
    case .recovered:
      if state.openEffects.contains(where: { $0.status == .intended }) { record(.recovered) }
    case .roundSeen(let round): take(round)
    case .providerRead(let reading): take(reading)
    case .resolversSeen(let survey): take(survey)
    case .reported(let report, let since): take(report, watchedSince: since)
    case .effectEnded(let number, let outcome):
      if state.openEffects.contains(where: { $0.effect.number == number }) {
        record(.effectEnded(number: number, outcome))
        holdOnFailure()
      }
    case .commanded(let command): take(command)
    }
  }

  private mutating func take(_ round: AuthoritativeRound) {
    guard state.ending == nil else { return }
    if isOldNews(round) { return }
    let core = core
    var summary = RoundSummary(round, waived: state.waived, after: state.view)
    if deviations.contains(.forgetsUnreachableAuthorities) { summary.unreachable = [] }
    // A round that began before the last one we know ended adds nothing.
    if let view = state.view, summary.startedAt < view.completedAt { return }
    let isNews =
      isNew(summary) || state.view?.unreachable != summary.unreachable
      || state.ledger.wouldChange(summary, core.plan.waits, deviations)
      || !state.isSettled && summary.agreedValue == state.current
      || showsWhatWasAsked(summary) || showsHandiwork(summary) || showsOtherSlips(summary)
      || isOld(state.view?.completedAt, summary.completedAt) && isWanted(.viewUnfit)
    if isNews { record(.roundSeen(summary)) }
  }

  /// Everybody serves what everybody served, nothing else is open, and no step waits for a look: so go nearly
  /// all looks of a move that sleeps. What this spares would come to nothing.
  private func isOldNews(_ round: AuthoritativeRound) -> Bool {
    guard state.isSettled, state.openEffects.isEmpty, deviations.isEmpty,
      let seenAt = state.view?.completedAt, state.view?.unreachable.isEmpty ?? false,
      state.view?.values.count == 1, let value = state.view?.values[0]
    else { return false }
    return !isOld(seenAt, round.completedAt) && round.isUnanimous(value)
      && state.ledger.isClosed(but: value, core.plan.waits.cleanRounds)
  }

  /// The first look that shows just what was asked for: another TTL after that is nobody's rounding (R3).
  private func showsWhatWasAsked(_ round: RoundSummary) -> Bool {
    if let asked = state.asked, !state.isSettled, !state.isServedAsAsked, round.shows(asked) {
      return true
    }
    for open in state.openEffects where !open.isServed {
      if case .writeRecord(let write) = open.effect.action, round.shows(write.value) { return true }
    }
    return false
  }

  /// The first look since a person was told, and each that shows it done, though the servers said so before:
  /// a panel with a floor may show no change at all, and only what was seen since can be let stand.
  private func showsHandiwork(_ round: RoundSummary) -> Bool {
    guard let agreed = round.agreedValue else { return false }
    for open in state.openEffects
    where open.isInSomeonesHands && round.startedAt >= open.intendedAt {
      if isHandMade(agreed, open) || state.view?.startedAt ?? .distantPast < open.intendedAt {
        return true
      }
    }
    return false
  }

  /// A record that a person made at another name changes nothing at this one.
  private func showsOtherSlips(_ round: RoundSummary) -> Bool {
    guard let open = state.openEffect(for: .record), open.isInSomeonesHands else { return false }
    return round.isComplete && round.slips != state.view?.slips
  }

  /// While a change is on its way the nodes of an authority answer now so, now so: that alone is not
  /// worth a fact.
  private func isNew(_ round: RoundSummary) -> Bool {
    guard let view = state.view else { return true }
    if view.isDenied != round.isDenied { return true }
    if !state.isSettled { return false }
    return view.values.count != round.values.count || !round.values.allSatisfy(view.shows)
  }

  /// What was known before is getting too old to act on.
  private func isOld(_ last: UTCInstant?, _ next: UTCInstant) -> Bool {
    guard let last else { return true }
    return next > last + TimeSpan(milliseconds: core.plan.waits.freshness.milliseconds / 2)
  }

  /// A step waits for just this. Looks that change nothing are journaled only then: a move that sleeps
  /// for two days must not fill the journal with what it sees every quarter of an hour.
  private mutating func isWanted(_ blocker: Blocker) -> Bool {
    if !isStanding { settle() }
    return decision.blockers.contains(blocker)
  }

  private mutating func take(_ reading: ProviderReading) {
    guard state.ending == nil else { return }
    guard let last = state.provider else { return record(.providerRead(reading)) }
    if reading.askedAt < last.askedAt { return }
    let open = state.openEffect(for: .record)
    let isNews =
      reading.value != last.value || reading.fence != last.fence
      || open.map { settles($0, from: last.askedAt, to: reading.askedAt) } ?? false
      || isOld(last.at, reading.at) && isWanted(.providerUnread)
    if isNews { record(.providerRead(reading)) }
  }

  /// The first look after an effect was intended, and the first after it can no longer take hold, decide
  /// what became of it.
  private func settles(_ open: OpenEffect, from last: UTCInstant, to next: UTCInstant) -> Bool {
    last < open.intendedAt || last <= open.effect.deadAt && open.effect.deadAt < next
  }

  private func settlesAny(_ report: EvidenceReport, since last: UTCInstant) -> Bool {
    for open in state.openEffects
    where open.effect.action.purpose.evidence == report.kind
      && settles(open, from: last, to: report.at)
    {
      return true
    }
    return false
  }

  private mutating func take(_ survey: ResolverSurvey) {
    guard state.ending == nil else { return }
    noteLongerTTLs(survey)
    let wanted: RecordContent = state.current?.content ?? .old
    let outcome = Propagation.outcome(
      survey, wanted: wanted, waived: state.waived, ledger: state.ledger,
      margin: core.plan.waits.margin)
    var bytes: [UInt8] = []
    for sighting in survey.sightings {
      if case .value(wanted, _) = sighting.answer { bytes.append(1) } else { bytes.append(0) }
    }
    let fingerprint = RecordContent.fingerprint(bytes)
    let last = state.evidence(.resolvers)
    // In words only where they are news: most surveys show what was known.
    let isNews = last.outcome != outcome || last.fingerprint != fingerprint
    take(
      EvidenceReport(
        kind: .resolvers, outcome: outcome, at: survey.completedAt, fingerprint: fingerprint,
        summary: isNews && outcome != .pass ? survey.text(missing: wanted, state.waived) : ""),
      watchedSince: survey.completedAt)
  }

  /// A resolver with more time left than any exposure of that data accounts for tells of a longer TTL
  /// than we knew (R2).
  private mutating func noteLongerTTLs(_ survey: ResolverSurvey) {
    for sighting in survey.sightings {
      guard case .value(let content, let remaining) = sighting.answer, !content.isForeign else {
        continue
      }
      var longest = TTL.zero
      for exposure in state.ledger.exposures where exposure.value.content == content {
        longest = max(longest, exposure.value.ttl)
      }
      if remaining > longest {
        record(.longerTTLSeen(ServedValue(content, remaining), resolver: sighting.resolver))
      }
    }
  }

  private mutating func take(_ report: EvidenceReport, watchedSince: UTCInstant) {
    guard state.ending == nil else { return }
    var report = report
    if report.outcome == .inconclusive, deviations.contains(.takesInconclusiveForAPass) {
      report.outcome = .pass
    }
    let last = state.evidence(report.kind)
    if report.at < last.at { return }
    let isNews =
      last.outcome != report.outcome || last.fingerprint != report.fingerprint
      || last.router != report.router || last.certificateEnds != report.certificateEnds
      || settlesAny(report, since: last.at)
      || isOld(last.at, report.at) && isWanted(.evidenceStale(report.kind))
    if isNews { record(.evidenceSeen(report)) }
    if report.kind == .soak { credit(report, watchedSince) }
    if report.outcome == .failAndRollBack { turnBackIfAllowed(report.kind) }
  }

  /// A soak counts only time that was watched and good.
  private mutating func credit(_ report: EvidenceReport, _ watchedSince: UTCInstant) {
    guard report.outcome == .pass, let duration = soakDuration, !state.pauses.contains(.drift)
    else { return }
    let good = now.safe - max(watchedSince, state.soakCreditedTo)
    // In parts: each look by itself would be too small to be worth a fact.
    let part = TimeSpan(milliseconds: duration.milliseconds / 24)
    if good > .zero, good >= part || state.soakGood + good >= duration {
      record(.soaked(good: good))
    }
  }

  /// Of the soak that runs now; nil when none does.
  private var soakDuration: TimeSpan? {
    guard !state.isRollingBack else { return nil }
    let core = core
    for index in core.plan.steps.indices where !state.isDone(index) {
      if case .soak(let number) = core.plan.steps[index].kind,
        state.done.contains(all: core.plan.steps[index].needs)
      {
        return number - 1 < core.plan.waits.soaks.count ? core.plan.waits.soaks[number - 1] : .zero
      }
    }
    return nil
  }

  /// A gate whose policy says so turns the move back by itself; never on missing evidence (R21), and
  /// not where a person has paused or nothing was done yet.
  private mutating func turnBackIfAllowed(_ kind: EvidenceKind) {
    guard state.mayBeCutOver, !state.isRollingBack, !state.pauses.contains(.person),
      !state.isPastPointOfNoReturn(core.plan)
    else { return }
    record(.turnedBack(because: kind))
  }

  /// A failure that trying again will not cure, or has not cured so often, is a person's affair.
  private mutating func holdOnFailure() {
    let cleaning = Int(EffectPurpose.clean.rawValue)
    for index in state.tries.indices
    where state.tries[index].isExhausted && index != cleaning && !state.pauses.contains(.failure) {
      record(.held(.failure))
    }
  }

  private mutating func take(_ command: Command) {
    let result = VerbTable(core: core).result(of: command, in: state, at: now)
    let seen = state.drifted ?? state.madeOfHandMadeTTL
    record(.commanded(command, result))
    decision.answer = result
    // A foreign record that is let stand is no longer ours to move.
    if command.verb == .adopt, result == .accepted, seen?.content != state.current?.content {
      record(.ended(.handedOver))
    }
  }
}
