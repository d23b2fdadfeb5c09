import Migration
import Notation

/// When each kind of look was last done, and since when a verdict has stood without a gap. Memory only:
/// after a restart everything is looked at again, and a soak counts anew from there.
struct LookMemory {
  private var lastAt = [UTCInstant](repeating: .distantPast, count: LookPlan.Slot.count)
  private var since = [UTCInstant](repeating: .distantPast, count: LookPlan.Slot.count)
  private var outcome = [Outcome](repeating: .missing, count: LookPlan.Slot.count)

  /// The slot whose look is due, in fixed order; nil when none is.
  func due(_ looks: LookPlan, at now: UTCInstant) -> Int? {
    for slot in 0..<LookPlan.Slot.count {
      if let interval = looks.interval(slot), lastAt[slot] + interval <= now { return slot }
    }
    return nil
  }

  /// The next moment at which a look is due.
  func next(_ looks: LookPlan) -> UTCInstant? {
    var next: UTCInstant?
    for slot in 0..<LookPlan.Slot.count {
      guard let interval = looks.interval(slot) else { continue }
      next = min(next ?? .distantFuture, lastAt[slot] + interval)
    }
    return next
  }

  mutating func note(_ slot: Int, at now: UTCInstant) { lastAt[slot] = now }

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
  init(slot: Int) {
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
