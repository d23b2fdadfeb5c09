import DNSModel
import Notation

extension Deliberation {
  /// Something in DNS that neither the plan nor we put there, or that took the place of what we put
  /// there: hold, and show it (R19).
  mutating func noticeDrift() {
    guard let view = state.view, !state.pauses.contains(.drift), !state.mustRepair else { return }
    if noticeRounding(view) { return }
    if isDrift(view) { record(.held(.drift)) }
  }

  func isDrift(_ view: RoundSummary) -> Bool {
    if state.baseline == nil {
      // Before the baseline any TTL of the old data is history; anything else is not the plan's world.
      return view.values.contains { $0.content != .old && $0.content != .absent }
    }
    for exposure in state.ledger.exposures
    where !exposure.isExplained && view.shows(exposure.value) {
      return true
    }
    // Settled, and now nobody serves it any more: someone put back another value, even a known one.
    if let current = state.current, state.isSettled, !view.shows(current), view.isComplete,
      state.openEffect(for: .record) == nil
    {
      return true
    }
    return false
  }

  /// A TTL that nobody asked for, right after a write of ours, is the provider's rounding: taken, and
  /// shown, because it changes the timetable (R3). A longer one than the old record had is not.
  private mutating func noticeRounding(_ view: RoundSummary) -> Bool {
    guard let asked = state.asked, let current = state.current, !state.isSettled, current == asked,
      let served = view.agreedValue, served.content == asked.content, served.ttl != asked.ttl,
      served.ttl <= max(core.plan.waits.declaredTTL, core.plan.waits.finalTTL),
      state.ledger.exposures.contains(where: { $0.value == served && !$0.isExplained })
    else { return false }
    record(.ttlRounded(asked: asked.ttl, served: served.ttl))
    return true
  }
}
