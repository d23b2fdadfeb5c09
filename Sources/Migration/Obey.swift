import DNSModel
import Notation

extension MigrationState {
  /// What an accepted command changes. Whether it is accepted is `VerbTable`'s affair.
  mutating func obey(_ command: Command, at now: Now, _ plan: CompiledPlan) {
    switch command.verb {
    case .approve(let gate, _, let evidenceDigest):
      let validity = plan.requirement(for: gate).validity
      approvals.removeAll { $0.gate == gate && $0.actor == command.actor }
      approvals.append(
        Approval(
          gate: gate, actor: command.actor, evidenceDigest: evidenceDigest,
          expiresAt: now.latest + validity))
    case .decline: hasDeclinedTTL = true
    case .pause: pauses.insert(PauseSet(.person))
    case .resume:
      pauses.remove(PauseSet(.person))
      if pauses.contains(.missedWindow) {
        pauses.remove(PauseSet(.missedWindow))
        isWindowWaived = true
      }
      if pauses.contains(.failure) { forgetFailures() }
      pauses.remove(PauseSet(.drift))
    case .retry: forgetFailures()
    case .abort, .rollback:
      turnBack(at: now.safe)
      pauses.remove(PauseSet(.person))
      pauses.remove(PauseSet(.failure))
    case .adopt: adopt(plan)
    case .overwrite:
      ledger.explain { _ in true }
      pauses.remove(PauseSet(.drift))
      mustRepair = true
      provider = nil
    case .waive(let name): if !waived.contains(name) { waived.append(name) }
    case .breakGlass: hasBrokenGlass = true
    case .attestDrained: isDrainAttested = true
    case .withdraw: withdraw(at: now.safe)
    }
  }

  private mutating func forgetFailures() {
    pauses.remove(PauseSet(.failure))
    for index in tries.indices { tries[index] = Tries() }
  }

  /// Another TTL of the data we want is taken as it is; a foreign value ends the migration, which its
  /// deciding fact says.
  private mutating func adopt(_ plan: CompiledPlan) {
    ledger.explain { _ in true }
    pauses.remove(PauseSet(.drift))
    if let seen = drifted, seen.content == current?.content {
      ledger.open(seen, .served, at: view?.completedAt ?? .distantPast, isExplained: true)
      current = seen
      isSettled = view?.agreedValue == seen
      provider = nil
      // Stairs that this undid are walked again; after the cutover there are none.
      for index in plan.steps.indices where !mayBeCutOver {
        if case .lowerTTL(_, let ttl) = plan.steps[index].kind, ttl < seen.ttl {
          done.remove(index)
        }
      }
      asked = nil
    }
  }

  private mutating func withdraw(at safe: UTCInstant) {
    for open in openEffects where open.isInSomeonesHands {
      if case .writeRecord(let write) = open.effect.action {
        ledger.noteWriteOver(write.value, at: safe)
      }
    }
    openEffects.removeAll { $0.isInSomeonesHands }
    provider = nil
  }
}
