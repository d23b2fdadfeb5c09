import DNSModel
import DNSObservers
import DNSProviders
import Engine
import Foundation
import Migration
import Notation
import Store
import SystemIO
import TestBeds
import TestSupport

/// A whole migration on an injected clock: the real store, the real provider and observers, our own DNS
/// server. Everything that outlives the process can be copied at any instant and gone on from.
final class CrashBed {
  /// Time as it truly passes, and what the machine's clocks make of it.
  final class Clock: MigrationClock, @unchecked Sendable {
    private static let start = UTCInstant(seconds: 1_700_000_000)
    var instant = Clock.start
    /// How far the wall was set wrong.
    var wallError = TimeSpan.zero
    var bootID = "one"
    var isSynchronised = true
    /// The engine's own, while there is a store.
    fileprivate var stored: StoredClock?

    func now() -> Now { stored?.now() ?? Now(instant) }

    var reading: ClockReading {
      ClockReading(
        bootID: bootID, wall: instant + wallError, sinceBoot: instant - Clock.start,
        isSynchronised: isSynchronised)
    }
  }

  /// What stands outside: doors and the router, and which effects reached them.
  struct Outside: Hashable {
    var isLocked = false
    var router = RouterProgress()
    /// By the number of their effect, in order.
    var performed: [String] = []
  }

  /// All that is left when the process is killed.
  struct Remains {
    let what: String
    let folder: String
    let holding: ProviderHolding
    let outside: Outside
    let instant: UTCInstant
    var isEffect: Bool { what.contains("effect") }
  }

  static let hostname: DomainName = "api.example.test"
  let id = MigrationID("api")
  let clock = Clock()
  let primary: UpdatablePrimary
  /// Each commit is synchronised: where that costs nothing, there is time for more of them.
  private let scratch: String
  private(set) var outside = Outside()
  /// When each effect of the last run reached the outside, in true time.
  private(set) var effectTimes: [UTCInstant] = []
  /// Told how many commits there were, after each.
  var afterCommit: (Int) -> Void = { _ in }
  /// What lies between the provider and its server.
  var path: LossyPath?
  private(set) var remains: [Remains] = []
  private var folder: String
  private var copies = 0
  private var isRecording = false
  private var hasNews = true
  /// Once this step is done, a person turns back.
  private let turnsBackAfter: String?

  init(turnsBackAfter: String?) throws {
    self.turnsBackAfter = turnsBackAfter
    primary = try UpdatablePrimary(.ours, ttl: 20)
    var template = Array("/dev/shm/cutover-test-XXXXXX".utf8CString)
    scratch = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
    folder = scratch + "/state"
  }

  deinit { try? FileManager.default.removeItem(atPath: scratch) }

  static let plan: CompiledPlan = {
    var plan = SmallMove.plan(hostname)
    let shape = CourseShape(
      stages: plan.waits.stages, lowTTL: plan.waits.lowTTL, finalTTL: plan.waits.finalTTL,
      soakCount: 2, locksOrigin: true, retiresOldEndpoint: false)
    plan.steps = shape.steps()
    plan.waits.soaks = [.seconds(10), .seconds(10)]
    plan.waits.freshness = .minutes(2)
    plan.approvals = [GateRequirement(gate: .restoreTTL, count: 0)]
    return plan
  }()

  // MARK: Running

  /// From the beginning to the end, remembering what a crash would leave after each commit and effect.
  func runOnce() throws -> Outcome {
    isRecording = true
    defer { isRecording = false }
    return try run()
  }

  /// The same from the beginning, in the zone as it was.
  func runAfresh() throws -> Outcome {
    folder = "\(scratch)/afresh"
    try? FileManager.default.removeItem(atPath: folder)
    outside = Outside()
    clock.wallError = .zero
    try restore(Self.beginning)
    return try run()
  }

  static let beginning = ProviderHolding(
    .alias(AliasRecord(target: plan.oldTarget, ttl: plan.waits.declaredTTL)))

  private func run() throws -> Outcome {
    let store = try open()
    try store.create(
      NewMigration(
        id: id, plan: Self.plan, facts: MigrationCore(Self.plan).start(by: "ann", at: clock.now()),
        wakeAt: clock.instant, standing: .acting))
    return try finish(store)
  }

  /// As if the process had been killed then, and started again `later`. Goes to the end, or so many commits.
  func goOn(from remains: Remains, later: TimeSpan, commits: Int = .max) throws -> Outcome {
    folder = "\(scratch)/again"
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.copyItem(atPath: remains.folder, toPath: folder)
    outside = remains.outside
    clock.instant = remains.instant + later
    try restore(remains.holding)
    return try finish(open(), commits: commits)
  }

  struct Outcome: Hashable {
    var standing: Standing
    var content: ProviderHolding.Content
    var fence: UInt64?
    var isLocked: Bool
    var broken: String?
    var performed: [String]
  }

  private func open() throws -> SQLiteStore {
    let place = try StateDirectory(creatingAt: folder)
    guard let store = try SQLiteStore(place, at: clock.instant) else {
      throw ProgramFailure(description: "the state is locked")
    }
    let clock = clock
    clock.stored = try StoredClock(store) { clock.reading }
    return store
  }

  private func finish(_ store: SQLiteStore, commits: Int = .max) throws -> Outcome {
    defer { clock.stored = nil }
    hasNews = true
    effectTimes = []
    var left = commits
    var done = 0
    let watched = WatchedStore(store) { [unowned self] in
      hasNews = true
      left -= 1
      done += 1
      try? keep("a commit")
      afterCommit(done)
    }
    let loop = Loop(store: watched, worker: "w", clock: clock) { [unowned self] _ in World(self) }
    var passes = 0
    while try left > 0 && !store.list()[0].standing.isEnd {
      passes += 1
      guard passes < 5000 else {
        let facts = try store.history(id).map { "\($0.kind)" }.filter {
          !$0.contains("evidenceSeen")
        }
        throw ProgramFailure(
          description: "it never ends: \(facts.suffix(12)) \(loop.troubles)")
      }
      try turnBackWhenItIsTime(store, loop.turn(of: id)?.state)
      let next = loop.pass()
      try clock.stored?.remember()
      try path?.deliver(at: clock.instant)
      let wait = next.map { $0 - clock.now().safe } ?? .zero
      let wake = clock.instant + max(wait, .milliseconds(1))
      clock.instant = min(wake, path?.nextArrival ?? wake)
    }
    let held = try primary.provider().read()
    return Outcome(
      standing: try store.list()[0].standing, content: held.content, fence: held.fence,
      isLocked: outside.isLocked, broken: try SQLiteReader(StateDirectory(folder))?.verify(id),
      performed: outside.performed)
  }

  private func turnBackWhenItIsTime(_ store: SQLiteStore, _ state: MigrationState?) throws {
    guard hasNews, let turnsBackAfter, let index = Self.plan.index(of: turnsBackAfter),
      state?.isDone(index) == true
    else { return }
    hasNews = false
    // The same request, however often: a person who got no answer asks again.
    let command = Command(request: "turn back", actor: "ann", verb: .rollback)
    _ = try store.enqueue(command, for: id, at: clock.now())
  }

  // MARK: What a crash leaves

  private func keep(_ what: String) throws {
    guard isRecording else { return }
    copies += 1
    let copy = "\(scratch)/\(copies)"
    let files = FileManager.default
    try files.createDirectory(
      atPath: copy, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    for name in ["state.db", "state.db-wal"] where files.fileExists(atPath: "\(folder)/\(name)") {
      try files.copyItem(atPath: "\(folder)/\(name)", toPath: "\(copy)/\(name)")
    }
    remains.append(
      Remains(
        what: "\(copies): \(what)", folder: copy, holding: try primary.provider().read(),
        outside: outside, instant: clock.instant))
  }

  private func restore(_ holding: ProviderHolding) throws {
    guard case .alias(let record) = holding.content else {
      throw ProgramFailure(description: "no alias was held: \(holding)")
    }
    let name = "api.example.test."
    var script = """
      server 127.0.0.1 \(primary.address.port)
      key hmac-sha256:broad \(UpdatablePrimary.secret)
      update delete \(name) CNAME
      update add \(name) \(record.ttl) CNAME \(record.target)
      update delete _fence.\(name) TXT

      """
    if let fence = holding.fence { script += "update add _fence.\(name) 60 TXT \"\(fence)\"\n" }
    let run = try Programs.run("nsupdate", [], stdin: script + "send\n")
    guard run.status == 0 else { throw ProgramFailure(description: "\(run)") }
  }

  // MARK: The world

  fileprivate func perform(
    _ effect: Effect, _ key: EffectKey, _ plan: CompiledPlan, _ provider: MoveProvider
  ) -> EffectOutcome {
    outside.performed.append("\(key)")
    effectTimes.append(clock.instant)
    var outcome = EffectOutcome.applied
    switch effect.action {
    case .writeRecord(let write): outcome = provider.write(write, key: key, plan: plan)
    case .ownHostname: outside.router.insert(.owned)
    case .obtainCertificate, .renewCertificate: outside.router.insert(.certificateReady)
    case .bindHostname: outside.router.insert(.bound)
    case .cleanRouter: outside.router = []
    case .lockOrigin: outside.isLocked = true
    case .unlockOrigin: outside.isLocked = false
    case .retireOldEndpoint: outcome = .rejected(.permanent)
    }
    try? keep("effect \(key.number)")
    return outcome
  }

  fileprivate struct World: MigrationWorld {
    let bed: CrashBed
    let provider: MoveProvider
    let rounds: RoundObserver
    let panel: PanelSurvey

    init(_ bed: CrashBed) {
      let clock = bed.clock
      let address = bed.primary.address
      self.bed = bed
      provider = MoveProvider(
        bed.primary.provider(at: bed.path?.address), now: { clock.now() }, tell: { _ in })
      let authority = Authority(name: "ns1.example.test", address: "\(address)")
      rounds = RoundObserver(authorities: [(authority: authority, address: address)], clock: clock)
      panel = PanelSurvey([PanelMember(label: "ns", address: address)], clock: clock)
    }

    func look(_ look: Look, for migration: MigrationID, plan: CompiledPlan) -> Event? {
      let now = bed.clock.now().safe
      switch look {
      case .authoritatives: return .roundSeen(rounds.look(plan))
      case .provider: return .providerRead(provider.read(plan))
      case .resolvers: return .resolversSeen(panel.survey(plan))
      case .evidence(let kind):
        let isOpen = kind == .originLock && !bed.outside.isLocked
        return .reported(
          EvidenceReport(
            kind: kind, outcome: isOpen ? .fail : .pass, at: now, certificateEnds: now + .days(90),
            router: kind == .router ? bed.outside.router : []), watchedSince: now)
      }
    }

    func perform(
      _ effect: Effect, key: EffectKey, for migration: MigrationID, plan: CompiledPlan
    ) -> EffectOutcome { bed.perform(effect, key, plan, provider) }
  }
}

/// The store, with someone looking over its shoulder after each commit.
private final class WatchedStore: JournalStore {
  private let store: SQLiteStore
  private let afterCommit: () -> Void

  init(_ store: SQLiteStore, afterCommit: @escaping () -> Void) {
    self.store = store
    self.afterCommit = afterCommit
  }

  func commit(_ transition: Transition) throws(StoreError) {
    try store.commit(transition)
    afterCommit()
  }

  func claim(
    _ id: MigrationID, worker: String, at now: Now
  ) throws(StoreError) -> ClaimedMigration {
    let claimed = try store.claim(id, worker: worker, at: now)
    afterCommit()
    return claimed
  }

  func create(_ new: NewMigration) throws(StoreError) { try store.create(new) }
  func enqueue(
    _ command: Command, for id: MigrationID, at now: Now
  ) throws(StoreError) -> InboxResult { try store.enqueue(command, for: id, at: now) }
  func inbox(_ id: MigrationID) throws(StoreError) -> [Command] { try store.inbox(id) }
  func due(at now: Now, limit: Int) throws(StoreError) -> [MigrationID] {
    try store.due(at: now, limit: limit)
  }
  func nextWake() throws(StoreError) -> UTCInstant? { try store.nextWake() }
  func list() throws(StoreError) -> [MigrationRow] { try store.list() }
  func history(_ id: MigrationID) throws(StoreError) -> [Fact] { try store.history(id) }
  func plan(_ id: MigrationID) throws(StoreError) -> CompiledPlan { try store.plan(id) }
  func source(_ id: MigrationID) throws(StoreError) -> String { try store.source(id) }
  func outbox(limit: Int) throws(StoreError) -> [QueuedNotice] { try store.outbox(limit: limit) }
  func settleNotice(
    _ number: Int64, delivered: Bool, at now: Now
  ) throws(StoreError) { try store.settleNotice(number, delivered: delivered, at: now) }
}
