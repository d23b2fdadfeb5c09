import DNSModel
import Migration
import Notation

extension ModelledWorld {
  /// The world as a running migration's journal leaves it: everything that was ever served, each for as
  /// long as the ledger cannot exclude, and what the router and the old endpoint were last seen to be.
  func resume(_ state: MigrationState, _ facts: [Fact]) {
    let served = state.ledger.exposures.filter { $0.basis != .resolver }
      .sorted { $0.firstPossible < $1.firstPossible }
    record = ModelledRecord(authorities: scenario.authorityCount)
    for exposure in served {
      record.remember(
        exposure.value, from: max(exposure.firstPossible, start - .days(365)),
        until: min(exposure.lastPossible ?? start, start))
    }
    if let present = state.presentValue { record.settle(present, at: start) }
    fence = state.provider?.fence ?? 0
    router = state.evidence(.router).router
    isLocked = state.maybe.contains(.locked) && state.evidence(.originLock).outcome != .fail
    isRetired = state.maybe.contains(.retired) && state.evidence(.retirement).outcome == .pass
    if let ends = state.evidence(.oldEndpoint).certificateEnds { oldCertificateEnds = ends }
    newCertificateEnds = plan.renewal == nil ? nil : state.evidence(.newEndpoint).certificateEnds
    for kind in EvidenceKind.allCases { oracle.delivered(kind, state.evidence(kind).outcome) }
    for fact in facts { hear(fact) }
    let cutOver = facts.last { fact in
      if case .stepDone(let index) = fact.kind { plan.steps[index].kind == .cutOver } else { false }
    }
    if let cutOver { oracle.cutOverSettledAt = min(cutOver.at.safe, start) }
  }
}

extension MigrationState {
  /// What the provider holds, as far as the journal tells: what was written last and not seen yet, else what
  /// was seen.
  fileprivate var presentValue: ServedValue? {
    isSettled || pauses.contains(PauseReason.drift)
      ? view?.agreedValue ?? current : current ?? view?.agreedValue
  }
}
