import DNSModel
import Notation

/// What becomes of every verb in every state: total, and tested as one table.
public struct VerbTable {
  let core: MigrationCore

  public init(core: MigrationCore) { self.core = core }

  public func result(
    of command: Command, in state: MigrationState, at now: Now
  ) -> CommandResult {
    if state.ending != nil { return .refused(.ended) }
    switch command.verb {
    case .approve(let gate, let planDigest, let evidenceDigest):
      return approve(gate, planDigest, evidenceDigest, by: command.actor, state, now)
    case .decline(let gate):
      if gate != .restoreTTL { return .refused(.cannotDecline) }
      if state.hasDeclinedTTL { return .alreadySo }
      return isOpen(gate, state) ? .accepted : .refused(.nothingToApprove)
    case .pause: return state.pauses.contains(.person) ? .alreadySo : .accepted
    case .resume: return resume(state)
    case .abort, .rollback:
      if state.isPastPointOfNoReturn(core.plan) { return .refused(.pastPointOfNoReturn) }
      return state.isRollingBack ? .alreadySo : .accepted
    case .retry:
      let isTrying = state.tries.contains { $0.retryAt > now.safe }
      return state.pauses.contains(.failure) || isTrying ? .accepted : .refused(.nothingFailed)
    case .adopt: return adopt(state)
    case .overwrite:
      if !state.pauses.contains(.drift) { return .refused(.noDrift) }
      return state.current == nil ? .refused(.nothingToPutBack) : .accepted
    case .waive(let name): return waive(name, state)
    case .breakGlass: return breakGlass(state)
    case .attestDrained: return attest(state)
    case .withdraw:
      let isHandedOver = state.openEffects.contains(where: \.isInSomeonesHands)
      return isHandedOver ? .accepted : .refused(.nothingHandedOver)
    }
  }

  /// A gate can be answered once its evidence is there, and until what it guards has begun.
  func isOpen(_ gate: Gate, _ state: MigrationState) -> Bool {
    if gate == .restoreTTL {
      return state.isRollingBack && state.baseline != nil && state.maybe.contains(.lowered)
        && state.hasRestored && !state.hasDeclinedTTL
    }
    guard !state.isRollingBack,
      let index = core.plan.steps.firstIndex(where: { $0.kind == .approve(gate) }),
      state.done.contains(all: core.plan.steps[index].needs)
    else { return false }
    switch gate {
    // An intent that came to nothing leaves the gate as it was: a yes may have to be renewed.
    case .cutOver: return !isDone(.cutOver, state) && state.current?.content != .new
    case .lockOrigin: return !isDone(.lockOrigin, state)
    case .pointOfNoReturn: return !state.isDone(index)
    case .restoreTTL: return false
    }
  }

  private func isDone(_ kind: StepKind, _ state: MigrationState) -> Bool {
    core.plan.steps.indices.contains { core.plan.steps[$0].kind == kind && state.isDone($0) }
  }

  private func approve(
    _ gate: Gate, _ planDigest: String, _ evidenceDigest: String, by actor: String,
    _ state: MigrationState, _ now: Now
  ) -> CommandResult {
    if planDigest != core.plan.planDigest, !core.deviations.contains(.approvesAChangedPlan) {
      return .refused(.planChanged)
    }
    let requirement = core.plan.requirement(for: gate)
    guard isOpen(gate, state), requirement.count > 0 else {
      return .refused(state.isRollingBack ? .rollingBack : .nothingToApprove)
    }
    if !requirement.approvers.isEmpty, !requirement.approvers.contains(actor) {
      return .refused(.notAnApprover)
    }
    if evidenceDigest != state.evidenceDigest(for: gate) { return .refused(.evidenceChanged) }
    let isKnown = state.approvals.contains {
      $0.gate == gate && $0.actor == actor && $0.evidenceDigest == evidenceDigest
        && $0.expiresAt > now.latest
    }
    return isKnown ? .alreadySo : .accepted
  }

  private func resume(_ state: MigrationState) -> CommandResult {
    if state.pauses == [] { return .refused(.notPaused) }
    if state.pauses.contains(.drift), isDrifting(state) { return .refused(.driftMustBeDecided) }
    return .accepted
  }

  private func isDrifting(_ state: MigrationState) -> Bool {
    guard let view = state.view else { return false }
    let work = Deliberation(core, state)
    return work.isDrift(view)
  }

  private func adopt(_ state: MigrationState) -> CommandResult {
    if !state.pauses.contains(.drift) {
      return state.madeOfHandMadeTTL == nil ? .refused(.noDrift) : .accepted
    }
    // Nobody can let stand what is not seen: an authority may have stopped answering since.
    guard let drifted = state.drifted else { return .refused(.noDrift) }
    let isForeign =
      drifted.content != state.current?.content && drifted != state.madeOfHandMadeTTL
    return isForeign && state.maybe.contains(.locked)
      ? .refused(.cannotAdoptWhileLocked) : .accepted
  }

  private func waive(_ name: String, _ state: MigrationState) -> CommandResult {
    if state.waived.contains(name) { return .alreadySo }
    if state.view?.unreachable.contains(name) ?? false { return .accepted }
    let isVerifying = state.activeSteps(core.plan).indices.contains {
      core.plan.steps[$0].kind == .verify
    }
    return isVerifying ? .accepted : .refused(.authorityReachable)
  }

  private func breakGlass(_ state: MigrationState) -> CommandResult {
    let isRepairing = state.mustRepair && state.current?.content == .old
    if !state.isRollingBack, !isRepairing { return .refused(.notRollingBack) }
    if state.hasBrokenGlass { return .alreadySo }
    return state.hasRestored && !state.mustRepair ? .refused(.oldEndpointNotNeeded) : .accepted
  }

  private func attest(_ state: MigrationState) -> CommandResult {
    if core.plan.waits.hasTrafficSource { return .refused(.hasTrafficSource) }
    if state.isDrainAttested { return .alreadySo }
    return state.mayBeCutOver && !state.isRollingBack ? .accepted : .refused(.nothingToAttest)
  }
}
