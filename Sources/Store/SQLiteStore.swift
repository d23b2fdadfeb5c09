import Engine
import Migration
import Notation
import SystemIO

/// Migrations in one SQLite file. The only writer: it holds the state directory's lock, and the only
/// read-write connection there is (see `SQLiteConnection`).
///
/// Threads share it. Transitions that arrive while another is on its way to the disk go there together
/// in the next transaction: one fsync for all of them, each still all or nothing (`CommitQueue`).
public final class SQLiteStore: JournalStore, @unchecked Sendable {
  let connection: SQLiteConnection
  private let monitor = Monitor()
  private let queue = CommitQueue()
  private let lock: StateLock?
  private var commits = 0

  /// Opens the state for writing; nil when another process does so already.
  public convenience init?(_ directory: StateDirectory, at now: UTCInstant) throws(StoreError) {
    do {
      guard let lock = try StateLock(directory) else { return nil }
      let connection = try SQLiteConnection(path: directory.database, mode: .readWrite)
      if let damage = try connection.damage() { throw SchemaProblem.damaged(damage) }
      _ = try connection.bringUp(to: Schema.steps, at: now) { directory.backup(beforeStep: $0) }
      self.init(connection, lock: lock)
    } catch {
      throw StoreError(error)
    }
  }

  init(_ connection: SQLiteConnection, lock: StateLock?) {
    self.connection = connection
    self.lock = lock
  }

  /// One caller inside; SQLite's words turned into the port's.
  func exclusively<Result>(
    _ body: (SQLiteConnection) throws -> Result
  ) throws(StoreError) -> Result {
    do {
      return try monitor.locked { try body(connection) }
    } catch {
      throw StoreError(error)
    }
  }

  // MARK: Writing

  public func create(_ migration: NewMigration) throws(StoreError) {
    try exclusively { connection in
      try connection.transaction { try connection.insert(migration) }
    }
  }

  public func claim(
    _ id: MigrationID, worker: String, at now: Now
  ) throws(StoreError) -> ClaimedMigration {
    try exclusively { connection in
      try connection.transaction {
        let changed = try connection.run(
          "UPDATE migration SET epoch = epoch + 1, worker = ?, updated_at = ? WHERE id = ?",
          [.text(worker), .integer(now.wall.milliseconds), .text(id.text)])
        guard changed == 1 else { throw StoreError.notFound(id.text) }
      }
      let row = try connection.rows(where: "id = ?", [.text(id.text)])
      guard let row = row.first else { throw StoreError.notFound(id.text) }
      return ClaimedMigration(
        plan: try connection.plan(id), facts: try connection.facts(of: id),
        epoch: row.epoch, revision: row.revision, inbox: try connection.inbox(of: id),
        standing: row.standing)
    }
  }

  public func commit(_ transition: Transition) throws(StoreError) {
    try queue.commit(transition) { transitions in commitTogether(transitions) }
  }

  /// Several transitions, each with a fate of its own, in one transaction.
  func commitTogether(_ transitions: [Transition]) -> [StoreError?] {
    var fates: [StoreError?] = []
    do {
      try monitor.locked {
        try connection.transaction {
          fates = transitions.map { transition in
            do {
              try connection.transaction { try connection.append(transition) }
              return nil
            } catch {
              return StoreError(error)
            }
          }
        }
        try checkpointNowAndThen(transitions.count)
      }
      return fates
    } catch {
      let error = StoreError(error)
      return transitions.map { _ in error }
    }
  }

  /// The WAL is emptied into the file now and then, by us: SQLite's own checkpoints are off.
  private func checkpointNowAndThen(_ more: Int) throws(SQLiteError) {
    commits += more
    guard commits >= 500 else { return }
    commits = 0
    try connection.checkpoint()
  }

  public func enqueue(
    _ command: Command, for id: MigrationID, at now: Now
  ) throws(StoreError) -> InboxResult {
    try exclusively { connection in
      try connection.transaction { try connection.enqueue(command, for: id, at: now) }
    }
  }

  /// News that is no turn of the migration, such as a region that went down. May be repeated: once for each
  /// `deduplication`.
  public func queue(_ notice: Notice, at now: Now) throws(StoreError) {
    try exclusively { connection in
      try connection.transaction { try connection.queue(notice, at: now) }
    }
  }

  public func settleNotice(
    _ number: Int64, delivered: Bool, at now: Now
  ) throws(StoreError) {
    try exclusively { connection in
      _ = try connection.transaction {
        try connection.run(
          "UPDATE outbox SET tries = tries + 1, tried_at = ?, delivered = ? WHERE number = ?",
          [.integer(now.safe.milliseconds), .integer(delivered ? 1 : 0), .integer(number)])
      }
    }
  }

  // MARK: Reading

  public func inbox(_ id: MigrationID) throws(StoreError) -> [Command] {
    try exclusively { try $0.inbox(of: id) }
  }

  public func due(at now: Now, limit: Int) throws(StoreError) -> [MigrationID] {
    try exclusively { try $0.due(at: now.safe, limit: limit) }
  }

  public func nextWake() throws(StoreError) -> UTCInstant? {
    try exclusively { try $0.nextWake() }
  }

  public func list() throws(StoreError) -> [MigrationRow] { try exclusively { try $0.rows() } }

  public func history(_ id: MigrationID) throws(StoreError) -> [Fact] {
    try exclusively { connection in
      _ = try connection.pinnedText(id)
      return try connection.facts(of: id)
    }
  }

  public func plan(_ id: MigrationID) throws(StoreError) -> CompiledPlan {
    try exclusively { try $0.plan(id) }
  }

  public func source(_ id: MigrationID) throws(StoreError) -> String {
    try exclusively { try $0.pinnedText(id).source }
  }

  public func outbox(limit: Int) throws(StoreError) -> [QueuedNotice] {
    try exclusively { try $0.outbox(limit: limit) }
  }
}

extension StoreError {
  /// Whatever went wrong inside, as the port says it.
  init(_ error: any Error) {
    switch error {
    case let error as StoreError: self = error
    case let error as SQLiteError: self = .failed(error.inWords)
    case let error as UncertainCommit: self = .unknown("\(error.cause)")
    default: self = .failed("\(error)")
    }
  }
}
