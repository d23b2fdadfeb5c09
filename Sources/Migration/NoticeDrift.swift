import DNSModel
import Notation

extension Deliberation {
  /// Something in DNS that neither the plan nor we put there, or that took the place of what we put
  /// there: hold, and show it (R19).
  mutating func noticeDrift() {
    guard let view = state.view, !state.pauses.contains(.drift) else { return }
    if !state.mustRepair, noticeRounding() { return }
    if isDrift(view) || isProviderDrift { record(.held(.drift)) }
  }

  /// The provider itself holds what nobody here wrote: seen there before the authorities have it.
  private var isProviderDrift: Bool {
    guard let held = state.provider?.value, state.current != nil, !state.mayReplace(held),
      state.openEffect(for: .record) == nil
    else { return false }
    // A decision about one value is none about the next, whoever made it.
    return state.mustRepair || !isRounding(held)
  }

  func isDrift(_ view: RoundSummary) -> Bool {
    if deviations.contains(.overwritesDrift) { return false }
    if state.mustRepair { return isUndecided(view) }
    if state.baseline == nil {
      // Before the baseline any TTL of the old data is history; anything else is not the plan's world.
      return view.values.contains { $0.content != .old && $0.content != .absent }
    }
    let open = state.openEffect(for: .record)
    for exposure in state.ledger.exposures
    where !exposure.isExplained && view.shows(exposure.value) && !mayBeRounding(exposure.value) {
      if let open, isHandMade(exposure.value, open) { continue }
      return true
    }
    // Seen, and now nobody serves it any more: someone put back another value, even a known one. What people
    // did was seen before it counted as done; what we wrote may still be on its way.
    guard let current = state.current, state.isSettled || plan.waits.isManual,
      !view.shows(current), view.isComplete
    else { return false }
    guard let open else { return !mayBeLate(view) }
    // A change in someone's hands may take for ever: it must not hide what others do meanwhile.
    guard open.isInSomeonesHands, let agreed = view.agreedValue else { return false }
    return !isHandMade(agreed, open)
  }

  /// A write of ours that was given up may have landed after all: the fence tells, once it is read.
  func mayBeLate(_ view: RoundSummary) -> Bool {
    guard let agreed = view.agreedValue, agreed != state.current,
      state.provider.map({ $0.askedAt < view.startedAt }) ?? true
    else { return false }
    return state.lateWrites.contains { late in
      if case .writeRecord(let write) = late.action { write.value == agreed } else { false }
    }
  }

  /// Something came after a person had decided to write over what was there then. A decision about one value
  /// is none about the next (R19).
  private func isUndecided(_ view: RoundSummary) -> Bool {
    var written: ServedValue?
    if case .writeRecord(let write) = state.openEffect(for: .record)?.effect.action {
      written = write.value
    }
    func isExpected(_ value: ServedValue) -> Bool {
      state.mayReplace(value) || value == written || mayBeRounding(value)
    }
    for exposure in state.ledger.exposures
    where !exposure.isExplained && view.shows(exposure.value) && !isExpected(exposure.value) {
      return true
    }
    // Even a known value is a stranger's once it alone stands where the decided one stood.
    return state.current != nil && view.isComplete && !view.values.contains(where: isExpected)
  }

  /// A TTL that nobody asked for, in place of the one we just wrote, is the provider's rounding: taken,
  /// and shown, because it changes the timetable (R3). What a panel makes of a hand-made change is told
  /// when that change is seen.
  private mutating func noticeRounding() -> Bool {
    guard let asked = state.asked, state.openEffect(for: .record) == nil,
      let held = state.provider?.value, isRounding(held)
    else { return false }
    record(.ttlRounded(asked: asked.ttl, served: held.ttl))
    return true
  }

  /// Served before the provider was read again, or before it is known what became of a write: then it is told
  /// by whom. What people enter by hand is answered for by them.
  private func mayBeRounding(_ value: ServedValue) -> Bool {
    !core.plan.waits.isManual && (isRounding(value) || mayBeMadeOfOpenWrite(value))
  }

  private func mayBeMadeOfOpenWrite(_ value: ServedValue) -> Bool {
    guard case .writeRecord(let write) = state.openEffect(for: .record)?.effect.action else {
      return false
    }
    return value.content == write.value.content && value.ttl <= longestKnownTTL
  }

  /// Our data with another TTL than we asked for, not longer than any the record had. Once anyone serves what
  /// was asked for, another TTL is nobody's rounding.
  func isRounding(_ value: ServedValue) -> Bool {
    guard let asked = state.asked, state.current == asked, !state.isSettled,
      !state.isServedAsAsked
    else { return false }
    return value.content == asked.content && value.ttl != asked.ttl
      && value.ttl <= longestKnownTTL
  }

  var longestKnownTTL: TTL { max(core.plan.waits.declaredTTL, core.plan.waits.finalTTL) }
}
