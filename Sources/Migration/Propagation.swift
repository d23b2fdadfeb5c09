import DNSModel
import Notation

/// Is the world as wanted? Judges what resolvers said against the ledger.
public enum Propagation {
  public enum Verdict: Hashable, Sendable {
    case current
    /// An older answer, within what the ledger allows for it.
    case staleUntil(UTCInstant)
    /// An older answer that no rule allows any more: the resolver over-holds.
    case overheld
    /// An older answer that an authority may still be handing out: nobody can say until when.
    case staleWithoutEnd
    /// Neither the plan's data nor ours.
    case wrong
    /// The resolver remembers that the name does not exist, for that long.
    case negativeUntil(UTCInstant)
    case failing
    case unreachable
  }

  public static func judge(
    _ answer: ResolverAnswer, wanted: RecordContent, ledger: ExposureLedger, at now: UTCInstant,
    margin: TimeSpan
  ) -> Verdict {
    switch answer {
    case .value(wanted, _): return .current
    case .value(let content, let remaining):
      if content.isForeign { return .wrong }
      guard let end = TTLWait.end(of: content, in: ledger, margin: margin) else {
        return .staleWithoutEnd
      }
      return end > now ? .staleUntil(min(end, now + remaining.span)) : .overheld
    case .denied(let remaining): return .negativeUntil(now + remaining.span)
    case .serverFailure: return .failing
    case .unreachable: return .unreachable
    }
  }

  /// The panel as one verdict: a pass only when every required resolver is current, and a failure only
  /// on what is wrong; everything else waits (R21).
  public static func outcome(
    _ survey: ResolverSurvey, wanted: RecordContent, waived: [String], ledger: ExposureLedger,
    margin: TimeSpan
  ) -> Outcome {
    if survey.isInconclusive { return .inconclusive }
    var requiredCount = 0
    var currentCount = 0
    for sighting in survey.sightings
    where sighting.isRequired && !waived.contains(sighting.resolver) {
      requiredCount += 1
      let verdict = judge(
        sighting.answer, wanted: wanted, ledger: ledger, at: survey.completedAt, margin: margin)
      if verdict == .wrong { return .fail }
      if verdict == .current { currentCount += 1 }
    }
    return currentCount == requiredCount ? .pass : .inconclusive
  }

  /// Whether a resolver may be asked about the name: no authority denies it, none is silent, and the
  /// answer was found recently enough to be trusted (R5).
  public static func mayAskResolvers(_ view: RoundSummary?) -> Bool {
    guard let view else { return false }
    return view.isComplete && !view.isDenied
  }
}
