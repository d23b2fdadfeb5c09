import DNSModel
import Engine
import Migration
import Notation
import TestSupport
import Testing

@testable import Store

/// What every store must do, whatever it keeps migrations in. A further one is a case of `Kind`.
@Suite struct JournalStoreConformance {
  enum Kind: String, CaseIterable, Sendable { case memory, sqlite }

  let directory = TemporaryDirectory()
  let now = Now(UTCInstant(seconds: 1_700_000_000))

  func open(_ kind: Kind) throws -> any JournalStore {
    switch kind {
    case .memory: return MemoryStore()
    case .sqlite:
      let place = try StateDirectory(creatingAt: directory.file("state"))
      return try #require(try SQLiteStore(place, at: now.wall))
    }
  }

  @discardableResult
  func create(
    _ name: String, id: String? = nil, in store: any JournalStore, wakeAt: UTCInstant? = nil
  ) throws -> MigrationID {
    let id = MigrationID(id ?? name)
    try store.create(
      NewMigration(
        id: id, plan: SmallMove.plan(try DomainName(parsing: name)),
        facts: [Fact(at: now, .started(planDigest: "d", startedBy: "ann"))],
        wakeAt: wakeAt ?? now.safe, standing: .acting, source: "the plan of \(name)"))
    return id
  }

  func transition(
    _ id: MigrationID, _ claimed: ClaimedMigration, revision: UInt64? = nil,
    facts: [FactKind] = [.recovered], standing: Standing = .waiting, wakeAt: UTCInstant? = nil
  ) -> Transition {
    Transition(
      id: id, epoch: claimed.epoch, revision: revision ?? claimed.revision,
      facts: facts.map { Fact(at: now, $0) }, wakeAt: wakeAt, standing: standing, at: now)
  }

  @Test(arguments: Kind.allCases) func givesBackWhatWasPutIn(kind: Kind) throws {
    let store = try open(kind)
    let id = try create("a.example.test", in: store)
    #expect(try store.plan(id) == SmallMove.plan("a.example.test"))
    #expect(try store.source(id) == "the plan of a.example.test")
    let claimed = try store.claim(id, worker: "w", at: now)
    #expect(claimed.epoch == 1 && claimed.revision == 1 && claimed.standing == .acting)
    #expect(try claimed.facts == store.history(id) && claimed.inbox.isEmpty)
    try store.commit(
      transition(id, claimed, facts: [.recovered, .stepDone(step: 0)], wakeAt: now.safe + .days(1)))
    #expect(try store.history(id).map(\.kind).suffix(2) == [.recovered, .stepDone(step: 0)])
    let row = try #require(try store.list().first)
    #expect(row.standing == .waiting && row.revision == 2 && row.epoch == 1)
    #expect(row.wakeAt == now.safe + .days(1) && row.hostname.hasPrefix("a.example.test"))
    #expect(try store.claim(id, worker: "v", at: now).standing == .waiting)
  }

  @Test(arguments: Kind.allCases) func aStaleWriterChangesNothing(kind: Kind) throws {
    let store = try open(kind)
    let id = try create("a.example.test", in: store)
    let zombie = try store.claim(id, worker: "zombie", at: now)
    let owner = try store.claim(id, worker: "owner", at: now)
    var late = transition(id, zombie, standing: .moved)
    late.notices = [Notice(migration: id, deduplication: "late", kind: "moved", text: "late")]
    #expect(throws: StoreError.stale) { try store.commit(late) }
    try store.commit(transition(id, owner))
    #expect(throws: StoreError.stale) { try store.commit(transition(id, owner)) }
    #expect(try store.history(id).count == 2 && store.list()[0].standing == .waiting)
    #expect(try store.outbox(limit: 9).isEmpty)
  }

  @Test(arguments: Kind.allCases) func oneMovePerNameAndOneOfEachID(kind: Kind) throws {
    let store = try open(kind)
    let id = try create("a.example.test", in: store)
    #expect(throws: StoreError.self) { try create("A.EXAMPLE.test", id: "b", in: store) }
    #expect(throws: StoreError.self) { try create("b.example.test", id: id.text, in: store) }
    #expect(try store.list().map(\.id) == [id])
    let claimed = try store.claim(id, worker: "w", at: now)
    try store.commit(transition(id, claimed, facts: [.ended(.moved)], standing: .moved))
    try create("a.example.test", id: "second", in: store)
    #expect(try store.list().map(\.id.text) == [id.text, "second"])
  }

  @Test(arguments: Kind.allCases)
  func aRequestIsOneCommandHoweverOftenItIsSent(kind: Kind) throws {
    let store = try open(kind)
    let id = try create("a.example.test", in: store)
    let command = Command(request: "r", actor: "ann", verb: .pause)
    for _ in 0..<3 { #expect(try store.enqueue(command, for: id, at: now) == .queued) }
    let claimed = try store.claim(id, worker: "w", at: now)
    #expect(try claimed.inbox == [command] && store.inbox(id) == [command])
    var answered = transition(id, claimed, facts: [.commanded(command, .accepted)])
    answered.answers = [CommandAnswer(request: "r", result: .accepted)]
    try store.commit(answered)
    #expect(try store.enqueue(command, for: id, at: now) == .answered(.accepted))
    #expect(try store.inbox(id).isEmpty)
  }

  @Test(arguments: Kind.allCases) func sameRequestIDsOfTwoMigrationsAreTwo(kind: Kind) throws {
    let store = try open(kind)
    let ids = [
      try create("a.example.test", in: store), try create("b.example.test", in: store),
    ]
    let command = Command(request: "r", actor: "ann", verb: .pause)
    for id in ids { #expect(try store.enqueue(command, for: id, at: now) == .queued) }
    for id in ids { #expect(try store.inbox(id) == [command]) }
  }

  @Test(arguments: Kind.allCases) func longestDueComesFirst(kind: Kind) throws {
    let store = try open(kind)
    let later = try create("c.example.test", in: store, wakeAt: now.safe + .seconds(2))
    let first = try create("b.example.test", in: store, wakeAt: now.safe + .seconds(1))
    let asleep = try create("a.example.test", in: store, wakeAt: now.safe + .hours(1))
    #expect(try store.nextWake() == now.safe + .seconds(1))
    #expect(try store.due(at: now, limit: 9).isEmpty)
    let soon = Now(now.safe + .seconds(5))
    #expect(try store.due(at: soon, limit: 9) == [first, later])
    #expect(try store.due(at: soon, limit: 1) == [first])
    // A command is due at once, for one that sleeps too.
    _ = try store.enqueue(
      Command(request: "r", actor: "ann", verb: .pause), for: asleep, at: now)
    #expect(try store.due(at: now, limit: 9) == [asleep])
    #expect(try store.nextWake().map { $0 <= now.safe } == true)
  }

  @Test(arguments: Kind.allCases) func whatEndedIsNeverDue(kind: Kind) throws {
    let store = try open(kind)
    let id = try create("a.example.test", in: store)
    let claimed = try store.claim(id, worker: "w", at: now)
    try store.commit(transition(id, claimed, facts: [.ended(.moved)], standing: .moved))
    #expect(try store.due(at: Now(now.safe + .days(400)), limit: 9).isEmpty)
    #expect(try store.nextWake() == nil)
  }

  @Test(arguments: Kind.allCases) func aNoticeIsQueuedOnceForEachOccasion(kind: Kind) throws {
    let store = try open(kind)
    let id = try create("a.example.test", in: store)
    var claimed = try store.claim(id, worker: "w", at: now)
    for occasion in ["one", "one", "two"] {
      var next = transition(id, claimed)
      next.notices = [
        Notice(migration: id, deduplication: occasion, kind: "held", text: "look at \(occasion)")
      ]
      try store.commit(next)
      claimed.revision += 1
    }
    var queue = try store.outbox(limit: 9)
    #expect(queue.map(\.notice.deduplication) == ["one", "two"])
    #expect(queue.allSatisfy { $0.tries == 0 && $0.notice.kind == "held" })
    try store.settleNotice(queue[0].number, delivered: false, at: now)
    queue = try store.outbox(limit: 9)
    #expect(queue.map(\.tries) == [1, 0])
    for queued in queue { try store.settleNotice(queued.number, delivered: true, at: now) }
    #expect(try store.outbox(limit: 9).isEmpty)
    // Told is told: the occasion does not come again.
    var again = transition(id, claimed)
    again.notices = [Notice(migration: id, deduplication: "one", kind: "held", text: "again")]
    try store.commit(again)
    #expect(try store.outbox(limit: 9).isEmpty)
  }

  @Test(arguments: Kind.allCases) func whatIsNotThereIsSaidToBe(kind: Kind) throws {
    let store = try open(kind)
    let nobody = MigrationID("nobody")
    let missing = StoreError.notFound("nobody")
    #expect(throws: missing) { try store.claim(nobody, worker: "w", at: now) }
    #expect(throws: missing) { try store.history(nobody) }
    #expect(throws: missing) { try store.plan(nobody) }
    #expect(throws: missing) { try store.source(nobody) }
    #expect(throws: missing) {
      try store.enqueue(
        Command(request: "r", actor: "ann", verb: .pause), for: nobody, at: now)
    }
    #expect(try store.list().isEmpty && store.nextWake() == nil)
  }
}
