import Engine
import Migration
import Notation

/// The store of a rehearsal: one migration in memory, and a disk that can be full or lose its answer.
final class RehearsalStore: JournalStore {
  let inner: MemoryStore
  /// Whoever has an older one was taken over.
  private(set) var newestClaim: UInt64 = 0
  /// Asked at each commit what becomes of it.
  var fate: () -> Fate = { .kept }
  /// Told of every fact that is durable now.
  var committed: (Fact) -> Void = { _ in }

  enum Fate { case kept, refused, keptWithoutAnswer }

  init(_ inner: MemoryStore) { self.inner = inner }

  func create(_ migration: NewMigration) throws(StoreError) { try inner.create(migration) }

  func claim(
    _ id: MigrationID, worker: String, at now: Now
  ) throws(StoreError) -> ClaimedMigration {
    let claimed = try inner.claim(id, worker: worker, at: now)
    newestClaim = claimed.epoch
    return claimed
  }

  func commit(_ transition: Transition) throws(StoreError) {
    let fate = fate()
    if fate == .refused { throw .failed("the disk is full") }
    try inner.commit(transition)
    for fact in transition.facts { committed(fact) }
    if fate == .keptWithoutAnswer { throw .unknown("no answer from the disk") }
  }

  func enqueue(
    _ command: Command, for id: MigrationID, at now: Now
  ) throws(StoreError) -> InboxResult {
    try inner.enqueue(command, for: id, at: now)
  }

  func inbox(_ id: MigrationID) throws(StoreError) -> [Command] { try inner.inbox(id) }
  func due(at now: Now, limit: Int) throws(StoreError) -> [MigrationID] {
    try inner.due(at: now, limit: limit)
  }
  func nextWake() throws(StoreError) -> UTCInstant? { try inner.nextWake() }
  func list() throws(StoreError) -> [MigrationRow] { try inner.list() }
  func history(_ id: MigrationID) throws(StoreError) -> [Fact] { try inner.history(id) }
  func plan(_ id: MigrationID) throws(StoreError) -> CompiledPlan { try inner.plan(id) }
  func source(_ id: MigrationID) throws(StoreError) -> String { try inner.source(id) }
  func outbox(limit: Int) throws(StoreError) -> [QueuedNotice] { try inner.outbox(limit: limit) }
  func settleNotice(_ number: Int64, delivered: Bool, at now: Now) throws(StoreError) {
    try inner.settleNotice(number, delivered: delivered, at: now)
  }
}
