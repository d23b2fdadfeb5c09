import DNSModel
import Notation

extension Deliberation {
  /// Something in DNS that neither the plan nor we put there, or that took the place of what we put
  /// there: hold, and show it (R19).
  mutating func noticeDrift() {
    guard let view = state.view, !state.pauses.contains(.drift), !state.mustRepair else { return }
    if noticeRounding(view) { return }
    if isDrift(view) || isProviderDrift { record(.held(.drift)) }
  }

  /// The provider itself holds what nobody here wrote: seen there before the authorities have it.
  private var isProviderDrift: Bool {
    guard let held = state.provider?.value, let current = state.current, held != current,
      state.openEffect(for: .record) == nil
    else { return false }
    return !isRounding(held)
  }

  func isDrift(_ view: RoundSummary) -> Bool {
    if deviations.contains(.overwritesDrift) { return false }
    if state.baseline == nil {
      // Before the baseline any TTL of the old data is history; anything else is not the plan's world.
      return view.values.contains { $0.content != .old && $0.content != .absent }
    }
    for exposure in state.ledger.exposures
    where !exposure.isExplained && view.shows(exposure.value) && !isRounding(exposure.value) {
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

  /// A TTL that nobody asked for, in place of the one we just wrote, is the provider's rounding: taken,
  /// and shown, because it changes the timetable (R3). Where writes go can be read, it shows there;
  /// else where it is served.
  private mutating func noticeRounding(_ view: RoundSummary) -> Bool {
    guard let asked = state.asked, state.openEffect(for: .record) == nil,
      let held = core.plan.waits.isManual ? view.agreedValue : state.provider?.value,
      isRounding(held), core.plan.waits.isManual == false || isUnexplained(held)
    else { return false }
    record(.ttlRounded(asked: asked.ttl, served: held.ttl))
    return true
  }

  /// Our data with another TTL than we asked for, not longer than any the record had.
  func isRounding(_ value: ServedValue) -> Bool {
    guard let asked = state.asked, state.current == asked, !state.isSettled else { return false }
    return value.content == asked.content && value.ttl != asked.ttl
      && value.ttl <= max(core.plan.waits.declaredTTL, core.plan.waits.finalTTL)
  }

  private func isUnexplained(_ value: ServedValue) -> Bool {
    state.ledger.exposures.contains { $0.value == value && !$0.isExplained }
  }
}
