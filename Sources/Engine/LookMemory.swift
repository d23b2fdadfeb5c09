import Migration
import Notation

/// When each kind of look was last done, and since when a verdict has stood without a gap. Memory only:
/// after a restart everything is looked at again, and a soak counts anew from there.
struct LookMemory {
  private var lastAt = [UTCInstant](repeating: .distantPast, count: LookPlan.Slot.count)
  private var since = [UTCInstant](repeating: .distantPast, count: LookPlan.Slot.count)
  private var outcome = [Outcome](repeating: .missing, count: LookPlan.Slot.count)
  /// When the first look of `planned` is due: most questions come long before.
  private var planned = LookPlan()
  private var soonest: UTCInstant?

  /// The slot whose look is due, in fixed order; nil when none is.
  mutating func due(_ looks: LookPlan, at now: UTCInstant) -> Int? {
    guard let soonest = next(looks), soonest <= now else { return nil }
    for slot in 0..<LookPlan.Slot.count {
      if let interval = looks.interval(slot), lastAt[slot] + interval <= now { return slot }
    }
    return nil
  }

  /// The next moment at which a look is due.
  mutating func next(_ looks: LookPlan) -> UTCInstant? {
    if looks != planned { reckon(looks) }
    return soonest
  }

  private mutating func reckon(_ looks: LookPlan) {
    planned = looks
    soonest = nil
    for slot in 0..<LookPlan.Slot.count {
      guard let interval = looks.interval(slot) else { continue }
      soonest = min(soonest ?? .distantFuture, lastAt[slot] + interval)
    }
  }

  mutating func note(_ slot: Int, at now: UTCInstant) {
    lastAt[slot] = now
    reckon(planned)
  }

  /// A look that is going on still is asked about again at `moment`.
  mutating func postpone(_ slot: Int, until moment: UTCInstant, in looks: LookPlan) {
    note(slot, at: moment - (looks.interval(slot) ?? .zero))
  }

  /// A report with the time since when it stands. A gap of more than three intervals, or another
  /// outcome, starts it anew.
  mutating func watch(_ report: EvidenceReport, every interval: TimeSpan) -> Event {
    let slot = LookPlan.Slot.evidence(report.kind)
    if outcome[slot] != report.outcome || lastAt[slot] + interval * 3 < report.at {
      since[slot] = report.at
      outcome[slot] = report.outcome
    }
    return .reported(report, watchedSince: since[slot])
  }
}

extension Look {
  public init(slot: Int) {
    switch slot {
    case LookPlan.Slot.authoritatives: self = .authoritatives
    case LookPlan.Slot.provider: self = .provider
    case LookPlan.Slot.resolvers: self = .resolvers
    default:
      let raw = UInt8(clamping: slot - LookPlan.Slot.firstEvidence)
      self = .evidence(EvidenceKind(rawValue: raw) ?? .audit)
    }
  }
}
