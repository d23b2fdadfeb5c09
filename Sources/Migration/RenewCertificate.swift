import Notation

/// The new endpoint's certificate must not run out while the move lasts: R9 asks for a valid one within
/// minutes of the cutover, and clients do so ever after.
extension Deliberation {
  /// Done when a later end is seen at the new endpoint; or not needed, when everything else is over first.
  /// The last of them goes on as long as the move does: it may be held for longer than was forecast.
  mutating func renew(_ index: Int) {
    let item = state.evidence(.newEndpoint)
    if !isLastRenewal(index), let end = state.renewing, let seen = item.certificateEnds, seen > end,
      item.outcome == .pass, state.openEffect(for: .renew) == nil
    {
      return record(.stepDone(step: index))
    }
    if isAllElseDone { return record(.stepDone(step: index)) }
    if let open = state.openEffect(for: .renew) {
      return block(.openEffect(.renew, until: open.effect.deadAt))
    }
    guard let renewal = core.plan.renewal, let end = item.certificateEnds,
      item.outcome != .missing, item.outcome != .inconclusive
    else {
      return block(.evidence(.newEndpoint, item.outcome == .pass ? .inconclusive : item.outcome))
    }
    let due = end - renewal.lead
    if due > rules.latest(now) || deviations.contains(.neverRenews) { return block(.renewal(due)) }
    var found: [Blocker] = []
    rules.pausing(state, &found)
    rules.retrying(.renew, state, now, &found)
    if !renewal.isByHand {
      rules.passing(.issuance, within: core.plan.waits.freshness, state, now, &found)
    }
    act(.renewCertificate(before: end), unless: found)
  }

  private func isLastRenewal(_ index: Int) -> Bool {
    !core.plan.steps[(index + 1)...].contains { step in
      if case .renewCertificate = step.kind { true } else { false }
    }
  }

  /// Whatever falls due later is no part of the move any more.
  private var isAllElseDone: Bool {
    for index in core.plan.steps.indices where !state.isDone(index) {
      switch core.plan.steps[index].kind {
      case .renewCertificate, .report: continue
      default: return false
      }
    }
    return true
  }
}
