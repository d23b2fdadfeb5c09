import DNSModel
import Notation

extension MigrationState {
  /// What an accepted command changes. Whether it is accepted is `VerbTable`'s affair.
  mutating func obey(_ command: Command, at now: Now, _ plan: CompiledPlan) {
    switch command.verb {
    case .approve(let gate, _, let evidenceDigest):
      let validity = plan.requirement(for: gate).validity
      approvals.removeAll { $0.gate == gate && $0.actor == command.actor }
      let isOfNow = evidenceDigest == self.evidenceDigest(for: gate)
      approvals.append(
        Approval(
          gate: gate, actor: command.actor, evidenceDigest: evidenceDigest,
          shown: isOfNow ? evidenceMarks(for: gate) : nil, expiresAt: now.latest + validity))
    case .decline: hasDeclinedTTL = true
    case .pause: pauses.insert(PauseSet(.person))
    case .resume:
      pauses.remove(PauseSet(.person))
      if pauses.contains(.missedWindow) {
        pauses.remove(PauseSet(.missedWindow))
        // The next one, where there is one; else the move goes on without.
        windowsForgivenUntil = now.latest
        isWindowWaived = !plan.changeWindows.contains { $0.closes > now.latest }
      }
      if pauses.contains(.failure) { forgetFailures() }
      pauses.remove(PauseSet(.drift))
    case .retry: forgetFailures()
    case .abort, .rollback:
      turnBack(at: now.safe)
      pauses.remove(PauseSet(.person))
      pauses.remove(PauseSet(.failure))
    case .adopt: adopt(plan, at: now.safe)
    case .overwrite:
      ledger.explain { _ in true }
      pauses.remove(PauseSet(.drift))
      decideOverwrite()
    case .waive(let name): if !waived.contains(name) { waived.append(name) }
    case .breakGlass: hasBrokenGlass = true
    case .attestDrained: isDrainAttested = true
    case .withdraw: withdraw(at: now.safe)
    }
  }

  /// The decision is about what was shown when it was made; what comes afterwards needs another.
  private mutating func decideOverwrite() {
    var shown = overwriting ?? []
    for value in (view?.values ?? []) + [provider?.value].compactMap({ $0 })
    where !shown.contains(value) {
      shown.append(value)
    }
    overwriting = shown
    provider = nil
  }

  private mutating func forgetFailures() {
    pauses.remove(PauseSet(.failure))
    for index in tries.indices { tries[index] = Tries() }
  }

  /// Another TTL of the data we want is taken as it is; a foreign value ends the migration, which its
  /// deciding fact says.
  private mutating func adopt(_ plan: CompiledPlan, at safe: UTCInstant) {
    let handMade = madeOfHandMadeTTL
    let wasSeen = drifted ?? handMade
    ledger.explain { _ in true }
    pauses.remove(PauseSet(.drift))
    if let seen = wasSeen, seen.content == current?.content || seen == handMade {
      ledger.open(seen, .served, at: view?.completedAt ?? .distantPast, isExplained: true)
      current = seen
      // What is let stand is not written over any more, whatever was decided before.
      overwriting = nil
      isSettled = view?.agreedValue == seen
      provider = nil
      // Stairs that this undid are walked again; after the cutover there are none.
      for index in plan.steps.indices where !mayBeCutOver {
        if case .lowerTTL(_, let ttl) = plan.steps[index].kind, ttl < seen.ttl {
          done.remove(index)
        }
      }
      asked = letStand(seen, at: safe)
    }
  }

  /// A TTL that stands answers the hand-made change of that TTL: this is what became of it, and nobody
  /// will make it any more. What was asked for counts as done, or a panel's floor would be asked to go
  /// lower for ever.
  private mutating func letStand(_ seen: ServedValue, at safe: UTCInstant) -> ServedValue? {
    guard let open = openEffect(for: .record), open.isInSomeonesHands,
      case .writeRecord(let write) = open.effect.action, write.value.content == seen.content
    else { return nil }
    withdraw(at: safe)
    return write.value
  }

  private mutating func withdraw(at safe: UTCInstant) {
    for open in openEffects where open.isInSomeonesHands {
      if case .writeRecord(let write) = open.effect.action {
        noteWriteOver(write, at: safe)
      }
    }
    openEffects.removeAll { $0.isInSomeonesHands }
    provider = nil
  }
}
