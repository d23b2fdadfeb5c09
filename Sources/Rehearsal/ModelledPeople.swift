import DNSModel
import Engine
import Migration
import Notation

/// The people around a migration: they answer what it asks, late, twice, or impatiently.
final class ModelledPeople {
  let plan: CompiledPlan
  let scenario: Scenario
  private var pace: Pace { scenario.pace }
  private var sent = 0
  private var decisions = 0
  private(set) var reactAt: UTCInstant?
  private var nextPause = 0
  private var hasAborted = false

  init(plan: CompiledPlan, scenario: Scenario) {
    self.plan = plan
    self.scenario = scenario
  }

  /// When they next do something of their own accord.
  func nextMoment(start: UTCInstant) -> UTCInstant? {
    var next = reactAt
    if nextPause < scenario.pauseAt.count {
      next = min(next ?? .distantFuture, start + scenario.pauseAt[nextPause])
    }
    if !hasAborted, let abortAt = scenario.abortAt {
      next = min(next ?? .distantFuture, start + abortAt)
    }
    return next
  }

  /// What is said at this moment.
  func speak(
    at time: UTCInstant, start: UTCInstant, state: MigrationState, decision: Decision,
    world: ModelledWorld
  ) -> [Command] {
    var commands: [Command] = []
    if nextPause < scenario.pauseAt.count, start + scenario.pauseAt[nextPause] <= time {
      nextPause += 1
      commands.append(command(.pause))
    }
    if !hasAborted, let abortAt = scenario.abortAt, start + abortAt <= time {
      hasAborted = true
      commands.append(command(.abort))
    }
    if let at = reactAt, at <= time {
      reactAt = nil
      react(state, decision, world, &commands)
    }
    return commands
  }

  /// Something waits for people: they will get to it.
  func notice(_ blockers: [Blocker], at time: UTCInstant, isCalm: Bool) {
    guard reactAt == nil else { return }
    for blocker in blockers where wantsPeople(blocker) || isCalm && blocker == .viewUnfit {
      // Nobody answers in no time at all.
      reactAt =
        time + (isCalm ? pace(.minutes(10)) : max(scenario.operatorDelay, pace(.minutes(1))))
      return
    }
  }

  private func wantsPeople(_ blocker: Blocker) -> Bool {
    switch blocker {
    case .approval, .paused, .attestation, .oldEndpointEnds, .changeWindow(.none),
      .evidence(.oldEndpoint, .fail):
      true
    case .openEffect(_, let until): until == .distantFuture
    default: false
    }
  }

  private func react(
    _ state: MigrationState, _ decision: Decision, _ world: ModelledWorld,
    _ commands: inout [Command]
  ) {
    for blocker in decision.blockers {
      switch blocker {
      case .approval(let gate, _): approve(gate, state, &commands)
      case .paused(.drift): decide(state, world, &commands)
      case .paused: commands.append(command(.resume))
      case .attestation: if world.isQuiet { commands.append(command(.attestDrained)) }
      case .evidence(.oldEndpoint, .fail) where state.isRollingBack || state.mustRepair:
        if scenario.breaksGlass {
          commands.append(command(.breakGlass))
        } else if world.oldCertificateEnds <= world.time {
          world.renewOldCertificateByHand()
        }
      case .oldEndpointEnds: commands.append(command(.abort))
      // The name is not there: there is nothing to move.
      case .viewUnfit where state.baseline == nil: commands.append(command(.abort))
      case .openEffect(_, let until) where until == .distantFuture:
        answerForTheChange(state, world, &commands)
      default: break
      }
    }
  }

  /// Asked what became of the change they were told to make: it will be made, it was made and this is what
  /// the panel made of it, or it will not be made: the way back does not wait for it, the message never
  /// came, what it was to replace is gone, or somebody replaced it since.
  private func answerForTheChange(
    _ state: MigrationState, _ world: ModelledWorld, _ commands: inout [Command]
  ) {
    guard let open = state.openEffect(for: .record),
      case .writeRecord(let write) = open.effect.action
    else { return }
    if world.standsByHand(open.effect.number) {
      if world.record.current.value != write.value { commands.append(command(.adopt)) }
      return
    }
    // On the way back only what leads there is worth the wait.
    let leadsBack = write.value.content == .old
    if !world.handedOver.isEmpty, !state.isRollingBack || leadsBack { return }
    world.handedOver.removeAll()
    commands.append(command(.withdraw))
  }

  private func approve(
    _ gate: Gate, _ state: MigrationState, _ commands: inout [Command]
  ) {
    if gate == .restoreTTL, sent % 3 == 0 { return commands.append(command(.decline(gate))) }
    let digest = state.evidenceDigest(for: gate)
    for person in 0..<max(1, plan.requirement(for: gate).count) {
      // Now and then someone signs the plan of another day.
      let planDigest = sent % 5 == 4 ? "another plan" : plan.planDigest
      commands.append(
        command(
          .approve(gate, planDigest: planDigest, evidenceDigest: digest),
          by: plan.requirement(for: gate).approvers.isEmpty
            ? Self.names[person % 4]
            : plan.requirement(for: gate).approvers[
              person % plan.requirement(for: gate).approvers.count]))
    }
  }

  private static let names = ["Ada", "Ben", "Cho", "Dee"]

  private func decide(
    _ state: MigrationState, _ world: ModelledWorld, _ commands: inout [Command]
  ) {
    let held = world.record.current
    if let open = state.openEffect(for: .record), world.standsByHand(open.effect.number) {
      // Their own change, as the panel published it.
      return commands.append(command(.adopt))
    }
    // When nothing seems amiss any more, saying so is tried first.
    decisions += 1
    let looksRight = !held.isForeign || state.view?.agreedValue == state.current
    if looksRight, decisions % 2 == 1 { return commands.append(command(.resume)) }
    // Before the old record was seen there is nothing to write over it with; on the way back it may stay.
    if scenario.driftDecision != .adopt, state.baseline == nil {
      return commands.append(command(state.isRollingBack ? .adopt : .abort))
    }
    switch scenario.driftDecision {
    case .overwrite: commands.append(command(.overwrite))
    case .rollBack:
      if !state.isRollingBack { commands.append(command(.rollback)) }
      commands.append(command(.overwrite))
    case .adopt:
      commands.append(command(.adopt))
      if state.maybe.contains(.locked) { commands.append(command(.overwrite)) }
    }
  }

  func command(_ verb: Verb, by actor: String = "Ada") -> Command {
    sent += 1
    return Command(request: "r\(sent)", actor: actor, verb: verb)
  }
}
