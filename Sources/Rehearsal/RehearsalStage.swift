import DNSModel
@_spi(PlantedMistakes) import Engine
@_spi(PlantedMistakes) import Migration
import Notation

/// Where a rehearsal is played: world, store, people, clocks, and the process that may die.
struct RehearsalStage {
  typealias StageTurn = Turn<RehearsalStore, ModelledWorld>

  let rehearsal: Rehearsal
  let world: ModelledWorld
  let store: RehearsalStore
  let story: Story?
  let people: ModelledPeople
  let clocks: ModelledClocks
  /// What strangers will do, in order.
  private let edits: [Scenario.ForeignEdit]
  var turn: StageTurn?
  /// Turns whose migration was taken over, and that do not know it yet.
  var zombies: [(wakes: UTCInstant, turn: StageTurn)] = []
  var result: Rehearsal.Result
  var nextEdit = 0
  var isCommandWaiting = false
  /// What is still to be made to happen.
  var script: Rehearsal.Script
  private var takeovers = 0
  /// A world in which every other step is a death tells nothing more after so many of them.
  static let deathsEnough = 40

  static let id = MigrationID("rehearsal")

  init(
    _ rehearsal: Rehearsal, _ scenario: Scenario, _ chance: Chance, _ story: Story?,
    _ script: Rehearsal.Script
  ) {
    self.rehearsal = rehearsal
    self.script = script
    self.story = story
    world = ModelledWorld(
      plan: rehearsal.plan, scenario: scenario, chance: chance, start: rehearsal.start)
    let memory = MemoryStore()
    memory.ignoresEpochs = rehearsal.ignoresEpochs
    store = RehearsalStore(memory)
    edits = scenario.foreignEdits
    people = ModelledPeople(plan: rehearsal.plan, scenario: scenario)
    clocks = ModelledClocks(start: rehearsal.start, scenario: scenario)
    result = Rehearsal.Result(seed: 0)
  }

  mutating func play(seed: UInt64) -> Rehearsal.Result {
    result.seed = seed
    begin()
    // A request of unknown outcome is waited out for as long as any could take hold, whatever the plan's pace.
    let limit =
      world.faultsEnd + world.scenario.pace(.days(90))
      + Effect.life * EffectPurpose.allCases.count
    var steps = 0
    while true {
      steps += 1
      if world.time > limit || steps > 200_000 {
        let blockers = turn?.decision.blockers.map { "\($0)" } ?? []
        world.oracle.broke("liveness", world.time, "no end in sight: \(blockers)")
        break
      }
      happen()
      if !advance() { break }
      if !world.oracle.violations.isEmpty { break }
    }
    finish()
    return result
  }

  private mutating func begin() {
    let now = Now(rehearsal.start)
    world.oracle.now = now
    var facts = rehearsal.core.start(by: "rehearsal", at: now)
    if !rehearsal.history.isEmpty {
      facts = rehearsal.history
      world.resume(MigrationState(folding: facts, plan: rehearsal.plan), facts)
    }
    try? store.create(
      NewMigration(
        id: Self.id, plan: rehearsal.plan, facts: facts, wakeAt: now.safe, standing: .acting))
    let (world, store) = (world, store)
    var crash = script.crash
    store.fate = { [unowned world] in
      if let at = crash, at == .beforeCommit || at == .afterCommit {
        crash = nil
        return at == .beforeCommit ? .refused : .keptWithoutAnswer
      }
      if world.happens(world.scenario.faults.failedCommits) { return .refused }
      return world.happens(world.scenario.faults.unknownCommits) ? .keptWithoutAnswer : .kept
    }
    store.committed = { [unowned world] fact in world.hear(fact) }
    world.oracle.isIntentCommitted = { [unowned store] number in store.hasIntent(number) }
    if let verb = script.verb {
      _ = try? store.enqueue(people.command(verb), for: Self.id, at: now)
      isCommandWaiting = true
    }
  }

  // MARK: The world's own doings

  private mutating func happen() {
    clocks.advance(to: world.time)
    world.oracle.now = clocks.now
    world.oracle.lost = max(clocks.lost, world.time - clocks.now.safe)
    if !world.pendingWrites.isEmpty { world.landWrites() }
    carryOutByHand()
    world.oracle.meeting(world)
    while nextEdit < edits.count,
      rehearsal.start + edits[nextEdit].at <= world.time
    {
      edit(edits[nextEdit].kind)
      nextEdit += 1
    }
    if clocks.hasRebooted { die("the machine restarts") }
    wakeZombies()
    listen()
  }

  /// What people were told to change by hand, they change.
  private func carryOutByHand() {
    if let at = world.handedOverRenewal, at <= world.time {
      world.handedOverRenewal = nil
      world.renewCertificate()
    }
    while let job = world.handedOver.first, job.at <= world.time {
      world.handedOver.removeFirst()
      let pending = ModelledWorld.PendingWrite(
        lands: world.time, write: job.write, number: job.number, epoch: .max)
      if world.land(pending) == .applied {
        world.handMade = (job.number, world.record.versions.count)
      }
    }
  }

  private func edit(_ kind: Scenario.ForeignEdit.Kind) {
    let held = world.record.current
    let (content, ttl) = (held.value.content, held.value.ttl)
    let value: ServedValue
    switch kind {
    case .otherTarget: value = ServedValue(.other(7), ttl)
    case .otherTTL: value = ServedValue(content, TTL(clamping: ttl.seconds / 2 + 7))
    case .deletion:
      value = ServedValue(.absent, min(TTL(clamping: 300), rehearsal.plan.waits.declaredTTL))
    case .flip: value = ServedValue(content == .old ? .new : .old, ttl)
    }
    if let story {
      story.tell(
        world.time - rehearsal.start, "a stranger changes the record to \(story.words.value(value))"
      )
    }
    // Who puts back what was there has left nothing to decide; and another TTL, before anyone has seen the
    // one we wrote, is what a provider makes of it as far as anyone can tell (R3).
    let isRounding = kind == .otherTTL && !held.isForeign && !held.isSettled
    // Who does what a person was told to do cannot be told from that person.
    let isErrand =
      world.told.map {
        $0.write.value.content == value.content && $0.write.expected.content != value.content
      } ?? false
    world.publish(
      value, fence: world.fence,
      isForeign: value != world.record.ours && !isRounding && !isErrand)
  }

  private mutating func wakeZombies() {
    guard !zombies.isEmpty else { return }
    for index in zombies.indices.reversed()
    where zombies[index].wakes <= world.time
      && zombies[index].turn.epoch < store.newestClaim
    {
      let zombie = zombies.remove(at: index).turn
      // It goes on where it stood, until it learns that it is nobody.
      world.oracle.isOverheard = true
      defer { world.oracle.isOverheard = false }
      for _ in 0..<4 {
        guard (try? zombie.step(at: clocks.now)) != nil else { break }
      }
    }
  }

  private mutating func listen() {
    guard let turn, turn.ending == nil,
      let next = people.nextMoment(start: rehearsal.start), next <= world.time
    else { return }
    let commands = people.speak(
      at: world.time, start: rehearsal.start, state: turn.state, decision: turn.decision,
      world: world)
    for command in commands {
      story?.tell(world.time - rehearsal.start, "\(command.actor) says \(command.verb.name)")
      for _ in 0..<(world.scenario.pressesTwice ? 2 : 1) {
        _ = try? store.enqueue(command, for: Self.id, at: clocks.now)
      }
      isCommandWaiting = true
    }
  }

  // MARK: The process

  /// One step of the process, or a leap to the next moment at which anything can happen. False at the
  /// end.
  private mutating func advance() -> Bool {
    guard let turn = turn ?? takeOver() else {
      world.time += .seconds(7)
      return true
    }
    do {
      if isCommandWaiting {
        try turn.collect()
        isCommandWaiting = false
      }
      let progress = try turn.step(at: clocks.now)
      if case .idle(let until) = progress { return leap(until, turn) }
      if let story { tell(progress, turn, story) }
      result.turns += 1
      world.time += .milliseconds(20)
      dieAsWritten(progress)
      if result.crashes < Self.deathsEnough, world.happens(world.scenario.faults.crashes) {
        die("the process dies")
      }
      if takeovers < Self.deathsEnough, world.happens(world.scenario.faults.takeovers) {
        loseClaim(turn)
      }
    } catch {
      story?.tell(world.time - rehearsal.start, "\(error)")
      self.turn = nil
      isCommandWaiting = true
    }
    return true
  }

  private mutating func dieAsWritten(_ progress: StageTurn.Progress) {
    switch (script.crash, progress) {
    case (.afterEffect, .performed), (.afterOutcome, .committedOutcome):
      script.crash = nil
      die("the process dies")
    default: break
    }
  }

  private mutating func takeOver() -> StageTurn? {
    turn = try? StageTurn.take(
      Self.id, core: rehearsal.core, mistakes: rehearsal.turnMistakes, from: store, in: world,
      worker: "w", at: clocks.now)
    return turn
  }

  private mutating func die(_ how: String) {
    guard turn != nil else { return }
    story?.tell(world.time - rehearsal.start, how)
    result.crashes += 1
    turn = nil
    world.time += .seconds(1 + world.chance.below(90))
  }

  /// Another process claims the migration; this one has not noticed, and goes on in a while.
  private mutating func loseClaim(_ old: StageTurn) {
    story?.tell(world.time - rehearsal.start, "another process takes over")
    takeovers += 1
    zombies.append((world.time + world.chance.skewed(world.scenario.pace(.hours(6))), old))
    turn = nil
  }

  private mutating func leap(_ until: UTCInstant?, _ turn: StageTurn) -> Bool {
    if turn.ending != nil { return false }
    let blockers = turn.blockers
    if blockers.isEmpty {
      world.oracle.broke("R22", world.time, "it waits, and cannot say for what")
    }
    if turn.state.isRollingBack, world.record.current.value.content == .new,
      !world.record.current.isForeign,
      blockers.contains(where: {
        if case .evidence(.router, _) = $0 { true } else { false }
      })
    {
      world.oracle.broke("R15", world.time, "the way back waits for the new router")
    }
    people.notice(blockers, at: world.time, isCalm: world.time >= world.faultsEnd)
    let safe = clocks.now.safe
    var next = UTCInstant.distantFuture
    if let until { next = clocks.runs(from: world.time) + max(until - safe, .milliseconds(1)) }
    if let at = people.nextMoment(start: rehearsal.start) { next = min(next, at) }
    if let at = clocks.nextMoment { next = min(next, at) }
    if nextEdit < edits.count {
      next = min(next, rehearsal.start + edits[nextEdit].at)
    }
    for pending in world.pendingWrites { next = min(next, pending.lands) }
    for zombie in zombies { next = min(next, zombie.wakes) }
    for job in world.handedOver { next = min(next, job.at) }
    if let at = world.handedOverRenewal { next = min(next, at) }
    if next == .distantFuture {
      world.oracle.broke("R22", world.time, "nothing will ever happen again")
      return false
    }
    world.time = max(next, world.time + .milliseconds(1))
    return true
  }

  private func tell(_ progress: StageTurn.Progress, _ turn: StageTurn, _ story: Story) {
    if case .performed = progress { return }
    for fact in turn.decision.facts {
      story.tell(world.time - rehearsal.start, story.words.fact(fact.kind))
    }
  }

  private mutating func finish() {
    if let turn, let ending = turn.state.ending {
      result.ending = ending
      world.landWrites()
      world.oracle.ended(ending, turn.state, in: world)
      if let startedAt = turn.state.rollbackStartedAt {
        result.rollback = clocks.now.safe - startedAt
        result.turnedBackAt = turn.state.stepInHand(rehearsal.plan)
      }
    }
    result.violations = world.oracle.violations
    result.features = world.scenario.features
    result.lasted = world.time - rehearsal.start
    result.cutOver = world.record.versions.contains { $0.value.content == .new && !$0.isForeign }
    result.facts = store.inner.factCount(Self.id)
  }
}

extension MigrationState {
  /// The step that comes after the furthest one that is done.
  fileprivate func stepInHand(_ plan: CompiledPlan) -> String {
    guard let furthest = done.indices.last else { return plan.steps[0].id }
    return plan.steps[min(furthest + 1, plan.steps.count - 1)].id
  }
}

extension RehearsalStore {
  func hasIntent(_ number: UInt32) -> Bool {
    inner.hasFact(RehearsalStage.id) { fact in
      if case .effectIntended(let effect) = fact.kind { effect.number == number } else { false }
    }
  }
}

extension ModelledWorld {
  /// What people really decided, as the journal has it.
  func hear(_ fact: Fact) {
    switch fact.kind {
    case .commanded(let command, .accepted):
      switch command.verb {
      case .approve(let gate, let planDigest, _):
        if planDigest == plan.planDigest {
          let until = fact.at.latest + plan.requirement(for: gate).validity
          oracle.decisions.approvals.append((gate, command.actor, until))
        }
      case .overwrite: oracle.decisions.overwrites += 1
      case .adopt:
        oracle.decisions.adopted = true
        record.adopt()
      case .decline: oracle.decisions.declinedTTL = true
      case .breakGlass: oracle.decisions.brokeGlass = true
      case .abort, .rollback: oracle.decisions.rolledBack = true
      case .attestDrained: oracle.decisions.attested = true
      // Whoever says that the change will not be made has seen what is there in its place.
      case .withdraw:
        if record.current.value == told?.write.expected { record.adopt() }
        told = nil
      case .pause, .resume, .retry, .waive: break
      }
    case .roundSeen(let round): record.settle(round.agreedValue)
    case .effectIntended(let effect):
      if plan.waits.isManual, case .writeRecord(let write) = effect.action {
        told = (effect.number, write)
      }
    case .effectEnded(let number, .applied) where number == landed: record.acknowledge()
    case .effectResolved(let number, let tookHold):
      if tookHold, number == landed || number == told?.number { record.acknowledge() }
      if number == told?.number { told = nil }
    case .ttlRounded(_, let served): record.settleRounded(served)
    case .stepDone(let index) where plan.steps[index].kind == .cutOver:
      oracle.cutOverSettledAt = time
    default: break
    }
  }
}
