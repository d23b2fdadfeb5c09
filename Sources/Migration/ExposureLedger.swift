import DNSModel
import Notation

/// Every value that may still sit in some cache. Waits, lock-down, retirement and rollback are
/// predicates over it.
public struct ExposureLedger: Hashable, Sendable {
  /// In the order in which they became possible.
  public private(set) var exposures: [Exposure] = []

  public init() {}

  /// `value` may be served from `firstPossible` on. What is in the ledger already is opened again.
  mutating func open(
    _ value: ServedValue, _ basis: Exposure.Basis, at firstPossible: UTCInstant,
    writeDeadAt: UTCInstant = .distantPast, isExplained: Bool
  ) {
    for index in exposures.indices
    where exposures[index].value == value && exposures[index].basis != .resolver {
      exposures[index].lastPossible = nil
      exposures[index].cleanRounds = 0
      exposures[index].writeDeadAt = max(exposures[index].writeDeadAt, writeDeadAt)
      exposures[index].isExplained = exposures[index].isExplained || isExplained
      return
    }
    exposures.append(
      Exposure(
        value, basis, firstPossible: firstPossible, writeDeadAt: writeDeadAt,
        isExplained: isExplained))
  }

  /// A resolver was seen with more time left than any exposure of this data accounts for (R2).
  ///
  /// Counted once, from the sighting: a resolver that stretches every TTL would otherwise renew it
  /// with each question for as long as the data is served. It counts again from the moment the data
  /// is gone from the authorities.
  mutating func openLonger(_ value: ServedValue, seenAt: UTCInstant) {
    var exposure = Exposure(value, .resolver, firstPossible: .distantPast, isExplained: true)
    exposure.lastPossible = seenAt
    exposures.append(exposure)
  }

  /// The write is known not to have happened, or to be over.
  mutating func noteWriteOver(_ value: ServedValue, at instant: UTCInstant) {
    for index in exposures.indices where exposures[index].value == value {
      exposures[index].writeDeadAt = min(exposures[index].writeDeadAt, instant)
    }
  }

  mutating func explain(_ isOurs: (ServedValue) -> Bool) {
    for index in exposures.indices where isOurs(exposures[index].value) {
      exposures[index].isExplained = true
    }
  }

  /// Whether `note` would change anything: only such rounds are worth a fact.
  func wouldChange(_ round: RoundSummary, _ waits: WaitParameters, _ deviations: Deviations) -> Bool
  {
    for exposure in exposures {
      if shows(round, exposure, deviations) {
        if exposure.cleanRounds > 0 { return true }
        if exposure.lastPossible != nil && exposure.basis != .resolver { return true }
      } else if counts(round, for: exposure, waits, deviations) {
        return true
      }
    }
    for value in round.values where !isKnown(value) { return true }
    return false
  }

  /// Everything has left the authorities but this, which was there all the time: a look that shows it alone
  /// changes nothing.
  func isClosed(but value: ServedValue, _ cleanRounds: Int) -> Bool {
    for exposure in exposures {
      if exposure.basis != .resolver {
        let isShown = exposure.value == value
        if isShown
          ? exposure.lastPossible != nil || exposure.cleanRounds > 0
          : exposure.lastPossible == nil
        {
          return false
        }
      } else if exposure.value.content == value.content {
        if exposure.cleanRounds > 0 { return false }
      } else if exposure.lastPossible == nil || exposure.cleanRounds < max(cleanRounds, 1) {
        return false
      }
    }
    return true
  }

  /// One look at all authorities: opens what is new, reopens what came back, counts clean rounds for
  /// what is gone, and closes what has been gone for long enough (R1).
  mutating func note(_ round: RoundSummary, _ waits: WaitParameters, _ deviations: Deviations) {
    for index in exposures.indices {
      if shows(round, exposures[index], deviations) {
        if exposures[index].basis != .resolver, !deviations.contains(.neverReopensAnExposure) {
          exposures[index].lastPossible = nil
        }
        exposures[index].cleanRounds = 0
      } else if counts(round, for: exposures[index], waits, deviations) {
        if exposures[index].cleanRounds == 0 { exposures[index].cleanSince = round.startedAt }
        exposures[index].cleanRounds += 1
        exposures[index].lastCleanStart = round.startedAt
        let span = round.completedAt - exposures[index].cleanSince
        let isEnough =
          exposures[index].cleanRounds >= waits.cleanRounds && span >= waits.propagationBound
        if isEnough || deviations.contains(.trustsOneRound) {
          exposures[index].lastPossible = round.completedAt
          // Closed once by its data, a stretched value is done with.
          exposures[index].cleanRounds = max(waits.cleanRounds, 1)
        }
      }
    }
    for value in round.values where !isKnown(value) {
      exposures.append(
        Exposure(value, .served, firstPossible: round.startedAt, isExplained: false))
    }
  }

  mutating func closeEverything(except value: ServedValue, at instant: UTCInstant) {
    for index in exposures.indices where exposures[index].value != value {
      exposures[index].lastPossible = exposures[index].lastPossible ?? instant
    }
  }

  private func isKnown(_ value: ServedValue) -> Bool {
    for exposure in exposures where exposure.value == value && exposure.basis != .resolver {
      return true
    }
    return false
  }

  private func shows(_ round: RoundSummary, _ exposure: Exposure, _ deviations: Deviations) -> Bool
  {
    if deviations.contains(.comparesDataWithoutTTL), round.values.count > 1 {
      return exposure.value == round.values.last
    }
    return exposure.basis == .resolver
      ? round.shows(exposure.value.content) : round.shows(exposure.value)
  }

  /// Whether this round is one more clean round for the exposure: complete, begun after any write of
  /// the value was over, and far enough from the one before that the rounds span the bound.
  private func counts(
    _ round: RoundSummary, for exposure: Exposure, _ waits: WaitParameters,
    _ deviations: Deviations
  ) -> Bool {
    let isClosed =
      exposure.lastPossible != nil
      && (exposure.basis != .resolver || exposure.cleanRounds >= max(waits.cleanRounds, 1))
    if isClosed { return false }
    if !round.isComplete && !deviations.contains(.forgetsUnreachableAuthorities) { return false }
    if round.values.isEmpty { return false }
    if round.startedAt < exposure.writeDeadAt && !deviations.contains(.forgetsWritesInFlight) {
      return false
    }
    return exposure.cleanRounds == 0
      || round.startedAt >= exposure.lastCleanStart + waits.roundSpacing
  }
}

extension WaitParameters {
  /// Clean rounds this far apart span the propagation bound.
  var roundSpacing: TimeSpan {
    guard cleanRounds > 1 else { return propagationBound }
    let gaps = Int64(cleanRounds - 1)
    return TimeSpan(
      milliseconds: (propagationBound.milliseconds + gaps - 1) / gaps)
  }
}
