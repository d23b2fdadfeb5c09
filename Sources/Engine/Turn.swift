import DNSModel
import Migration
import Notation

/// One migration in the hands of one process: a synchronous machine. Each `step` does exactly one
/// thing, and between any two of them the process may die (R17):
///
///     claim ──▶ idle ──event──▶ decide ─▶ commit intent ──▶ perform ──▶ decide ─▶ commit outcome ──▶ idle
///                                │                            │                      │
///             crash: nothing happened        crash: intent stands, outcome unknown ──┘   (Recovery)
///
/// After a thrown error the turn is void: what it holds may be behind the store. Claim again.
public final class Turn<Store: JournalStore, World: MigrationWorld> {
  public let id: MigrationID
  public let core: MigrationCore
  /// What is known, and what was decided last.
  var deliberation: Deliberation
  public var state: MigrationState {
    _read { yield deliberation.state }
  }
  public var decision: Decision {
    _read { yield deliberation.decision }
  }
  public var blockers: [Blocker] { deliberation.decision.blockers }
  public var ending: Ending? { deliberation.state.ending }
  public let epoch: UInt64
  public internal(set) var revision: UInt64
  /// Committed, and not performed yet.
  public internal(set) var pending: [Effect] = []
  /// Performed, and not committed yet.
  var performed: (number: UInt32, outcome: EffectOutcome)?
  var inbox: [Command]
  /// Another process took the migration over, or a commit failed: nothing more may be done with this.
  public internal(set) var isVoid = false

  let store: Store
  var memory = LookMemory()
  var lastStanding: Standing
  /// Whether people are told anything; a rehearsal has nobody to tell.
  let tells: Bool
  /// Keys of what was told under this claim; the store knows the rest.
  private var told: Set<String> = []
  /// When there is more to tell, in safe time.
  private var tellsAt: UTCInstant?
  let mistakes: TurnMistakes
  // Last: what lies behind a value of unknown size is looked for each time.
  let world: World

  init(
    _ id: MigrationID, _ core: MigrationCore, _ claimed: ClaimedMigration, _ store: Store,
    _ world: World, _ mistakes: TurnMistakes, tells: Bool
  ) {
    self.id = id
    self.core = core
    self.store = store
    self.world = world
    self.mistakes = mistakes
    self.tells = tells
    lastStanding = claimed.standing
    epoch = claimed.epoch
    revision = claimed.revision
    inbox = claimed.inbox
    deliberation = Deliberation(
      core, MigrationState(folding: claimed.facts, plan: core.plan))
  }

  /// What a step did.
  public enum Progress: Hashable, Sendable {
    case committedOutcome
    case performed(EffectPurpose)
    case answered
    case looked(Look)
    case ticked
    /// Nothing is due before then; nil: never, unless a command comes.
    case idle(until: UTCInstant?)
  }

  /// Does the next thing that is due. Effects come before everything else: an intent that is committed
  /// is carried out, or resolved, before anyone can change their mind.
  public func step(at now: Now) throws(StoreError) -> Progress {
    guard !isVoid else { throw .stale }
    if let (number, outcome) = performed {
      performed = nil
      try accept(.effectEnded(number: number, outcome), at: now)
      return .committedOutcome
    }
    if !pending.isEmpty {
      let effect = pending.removeFirst()
      performed = (effect.number, perform(effect, at: now))
      return .performed(effect.action.purpose)
    }
    if !inbox.isEmpty {
      try accept(.commanded(inbox.removeFirst()), at: now)
      return .answered
    }
    if ending != nil { return .idle(until: nil) }
    if let slot = memory.due(deliberation.decision.looks, at: now.safe) {
      let core = core
      let look = Look(slot: slot)
      let event = world.look(look, for: id, plan: core.plan)
      if event == nil, world.isLooking(look) {
        memory.postpone(slot, until: now.safe + Self.lookAgain, in: deliberation.decision.looks)
        return .looked(look)
      }
      switch event {
      case .reported(let report, _):
        let watched = memory.watch(report, every: decision.looks.interval(slot) ?? .zero)
        memory.note(slot, at: now.safe)
        try accept(watched, at: now)
      case .some(let event):
        memory.note(slot, at: now.safe)
        try accept(event, at: now)
      case nil: memory.note(slot, at: now.safe)
      }
      return .looked(look)
    }
    if let wakeAt = earliest(deliberation.decision.wakeAt, tellsAt), wakeAt <= now.safe {
      try accept(.ticked, at: now)
      return .ticked
    }
    return .idle(until: nextMoment)
  }

  private static var lookAgain: TimeSpan { .milliseconds(250) }

  /// Hands over commands that arrived in the store's inbox after the claim.
  public func collect() throws(StoreError) {
    guard !isVoid, state.ending == nil || !inbox.isEmpty else { return }
    inbox = try store.inbox(id)
  }

  /// Safe time of whatever comes next: a deadline, or a look.
  public var nextMoment: UTCInstant? {
    if ending != nil { return nil }
    let wakeAt = earliest(deliberation.decision.wakeAt, tellsAt)
    return earliest(memory.next(deliberation.decision.looks), wakeAt)
  }

  private func earliest(_ one: UTCInstant?, _ other: UTCInstant?) -> UTCInstant? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
  }

  // MARK: Decide and commit

  func accept(_ event: Event, at now: Now) throws(StoreError) {
    deliberation.advance(event, at: now)
    // Most looks show what was known.
    if !tells, decision.facts.isEmpty, decision.answer == nil { return }
    let answers = answers(to: event)
    let notices = tells ? notices(at: now) : []
    // Lists show the row: it says where the migration stands, also when only time changed that.
    let isNews = tells && deliberation.decision.standing != lastStanding
    if deliberation.decision.facts.isEmpty, answers.isEmpty, notices.isEmpty, !isNews { return }
    if mistakes.contains(.performsBeforeTheCommit) {
      for effect in decision.effects { _ = perform(effect, at: now) }
    }
    do {
      try store.commit(
        Transition(
          id: id, epoch: epoch, revision: revision, facts: decision.facts, wakeAt: nextMoment,
          standing: decision.standing, answers: answers, notices: notices, at: now))
    } catch {
      if mistakes.contains(.carriesOnWhenStale), error == .stale {
        pending += decision.effects
        return
      }
      isVoid = true
      throw error
    }
    revision += 1
    lastStanding = decision.standing
    pending += decision.effects
  }

  private func answers(to event: Event) -> [CommandAnswer] {
    guard case .commanded(let command) = event, let result = decision.answer else { return [] }
    return [CommandAnswer(request: command.request, result: result)]
  }

  // MARK: Tell

  /// People are told when it becomes their turn, when it ends, and before time runs out.
  private func notices(at now: Now) -> [Notice] {
    var notices: [Notice] = []
    let standing = decision.standing
    if standing != lastStanding, standing.isTold {
      let text = NoticeText(id: id, plan: core.plan, state: state, decision: decision).text
      notices.append(notice("\(revision)", standing.rawValue, text))
    }
    tellsAt = nil
    for message in Herald(state: state, plan: core.plan, now: now).messages
    where !told.contains(message.key) {
      if message.at <= now.latest {
        told.insert(message.key)
        notices.append(notice(message.key, message.kind, message.text))
      } else {
        tellsAt = earliest(tellsAt, now.safe + (message.at - now.latest))
      }
    }
    return notices
  }

  private func notice(_ key: String, _ kind: String, _ text: String) -> Notice {
    Notice(
      migration: id, deduplication: "\(id)/\(key)", kind: kind,
      text: "\(core.plan.hostname.host): \(text)")
  }

  // MARK: Perform

  private func perform(_ effect: Effect, at now: Now) -> EffectOutcome {
    // Too late to send: the expectation it rests on is old. Certainly nothing happened.
    if now.safe > effect.sendBy { return .rejected(.tryAgain) }
    let key = EffectKey(migration: id, number: effect.number, epoch: epoch)
    return world.perform(effect, key: key, for: id, plan: core.plan)
  }
}

extension Standing {
  /// It is a person's turn, or over.
  fileprivate var isTold: Bool {
    switch self {
    case .acting, .waiting, .paused: false
    case .approval, .held, .moved, .rolledBack, .handedOver: true
    }
  }
}

/// Mistakes that can be planted in the turn, for tests that must catch them.
public struct TurnMistakes: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  @_spi(PlantedMistakes) public static let performsBeforeTheCommit = TurnMistakes(rawValue: 1)
  @_spi(PlantedMistakes) public static let forgetsToRecover = TurnMistakes(rawValue: 2)
  @_spi(PlantedMistakes) public static let repeatsEffectsAfterACrash = TurnMistakes(rawValue: 4)
  @_spi(PlantedMistakes) public static let carriesOnWhenStale = TurnMistakes(rawValue: 8)
}
