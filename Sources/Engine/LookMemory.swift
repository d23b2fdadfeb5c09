import Migration
import Notation

/// When each kind of look was last done, and since when a verdict has stood without a gap. Memory only:
/// after a restart everything is looked at again, and a soak counts anew from there.
struct LookMemory {
  // Moments in milliseconds, side by side: most looks are only asked whether they are due.
  private var lastAt = SIMD16<Int64>(repeating: UTCInstant.distantPast.milliseconds)
  private var since = [UTCInstant](repeating: .distantPast, count: LookPlan.Slot.count)
  private var outcome = [Outcome](repeating: .missing, count: LookPlan.Slot.count)
  /// When each look of `planned` is due, and the first of them: most questions come long before.
  private var planned = LookPlan()
  private var dueAt = SIMD16<Int64>(repeating: Self.never)
  private var soonest = Self.never

  private static let never = Int64.max

  /// The slot whose look is due, in fixed order; nil when none is.
  mutating func due(_ looks: LookPlan, at now: UTCInstant) -> Int? {
    if looks != planned { reckon(looks) }
    if soonest > now.milliseconds { return nil }
    for slot in 0..<LookPlan.Slot.count where dueAt[slot] <= now.milliseconds { return slot }
    return nil
  }

  /// The next moment at which a look is due.
  mutating func next(_ looks: LookPlan) -> UTCInstant? {
    if looks != planned { reckon(looks) }
    return soonest == Self.never ? nil : UTCInstant(milliseconds: soonest)
  }

  private mutating func reckon(_ looks: LookPlan) {
    planned = looks
    for slot in 0..<LookPlan.Slot.count { dueAt[slot] = due(slot) }
    soonest = dueAt.min()
  }

  private func due(_ slot: Int) -> Int64 {
    guard let interval = planned.interval(slot) else { return Self.never }
    return (UTCInstant(milliseconds: lastAt[slot]) + interval).milliseconds
  }

  mutating func note(_ slot: Int, at now: UTCInstant) {
    lastAt[slot] = now.milliseconds
    dueAt[slot] = due(slot)
    soonest = dueAt.min()
  }

  /// A look that is going on still is asked about again at `moment`.
  mutating func postpone(_ slot: Int, until moment: UTCInstant, in looks: LookPlan) {
    note(slot, at: moment - (looks.interval(slot) ?? .zero))
  }

  /// A report with the time since when it stands. A gap of more than three intervals, or another
  /// outcome, starts it anew.
  mutating func watch(_ report: EvidenceReport, every interval: TimeSpan) -> Event {
    let slot = LookPlan.Slot.evidence(report.kind)
    let last = UTCInstant(milliseconds: lastAt[slot])
    if outcome[slot] != report.outcome || last + interval * 3 < report.at {
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
