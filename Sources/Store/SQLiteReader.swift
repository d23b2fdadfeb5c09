import Digests
import Engine
import Migration
import Notation
import SystemIO

/// A store that is only looked at: works while another process runs the migrations, and changes
/// nothing, ever.
public final class SQLiteReader {
  private let connection: SQLiteConnection
  public let directory: StateDirectory
  private var path: String { directory.database }

  /// Nil where there is no state yet.
  public init?(_ directory: StateDirectory) throws(StoreError) {
    self.directory = directory
    do {
      guard AtomicFile.exists(directory.database) else { return nil }
      connection = try SQLiteConnection(path: directory.database, mode: .reader)
      _ = try connection.pendingSteps(of: Schema.steps)
    } catch {
      throw Self.unread(directory.database, error)
    }
  }

  private static func unread(_ path: String, _ error: any Error) -> StoreError {
    guard let error = error as? SQLiteError else { return StoreError(error) }
    return .unread("\(path): \(error.inWords)")
  }

  private func reading<Result>(
    _ body: (SQLiteConnection) throws -> Result
  ) throws(StoreError) -> Result {
    do {
      return try body(connection)
    } catch {
      throw Self.unread(path, error)
    }
  }

  public func list() throws(StoreError) -> [MigrationRow] { try reading { try $0.rows() } }

  public func history(_ id: MigrationID) throws(StoreError) -> [Fact] {
    try reading { try $0.facts(of: id) }
  }

  /// What was said and not yet taken up: no engine has run since.
  public func inbox(_ id: MigrationID) throws(StoreError) -> [Command] {
    try reading { try $0.inbox(of: id) }
  }

  public func plan(_ id: MigrationID) throws(StoreError) -> CompiledPlan {
    try reading { try $0.plan(id) }
  }

  /// Why this version cannot take a migration up, as when its plan has a step of a newer version; nil
  /// when it can. Such a one is held, and no other for its sake.
  public func trouble(_ id: MigrationID) -> String? {
    do {
      _ = try plan(id)
      _ = try history(id)
      return nil
    } catch .failed(let why) {
      return why
    } catch .altered(let id) {
      return StoreError.altered(id).description
    } catch {
      return "\(error)"
    }
  }

  public func source(_ id: MigrationID) throws(StoreError) -> String {
    try reading { try $0.pinnedText(id).source }
  }

  /// Notices that no hook has taken yet though it was tried, and since when the oldest of them waits (safe
  /// time); nil where there are none.
  public func overdueNotices(
    _ id: MigrationID
  ) throws(StoreError) -> (count: Int, since: UTCInstant)? {
    try reading { try $0.overdueNotices(of: id) }
  }

  /// Nil when the chain of the journal holds; else what is broken.
  public func verify(_ id: MigrationID) throws(StoreError) -> String? {
    try reading { try $0.broken(id) }
  }

  /// Everything an auditor needs to check the chain without us: each entry as it was digested.
  public func evidence(_ id: MigrationID) throws(StoreError) -> JSON {
    try reading { connection in
      let pinned = try connection.pinnedText(id)
      let genesis = JournalChain.genesis(migration: id.text, pinned)
      let entries = try connection.journal(of: id).map { entry in
        JSON.record([
          ("number", .integer(entry.number)), ("safeAt", .integer(entry.safeAt)),
          ("wallAt", .integer(entry.wallAt)), ("body", .string(entry.body)),
          ("digest", .string(entry.digest.hex)),
        ])
      }
      return .record([
        ("format", "cutover evidence 1"), ("migration", .string(id.text)),
        ("planDigest", .string(pinned.digest)), ("source", .string(pinned.source)),
        ("plan", .string(pinned.plan)), ("genesis", .string(genesis.hex)),
        ("entries", .array(entries)),
      ])
    }
  }

  /// The engine's safe time now, as far as it can be told without the engine.
  public func now(_ reading: ClockReading) throws(StoreError) -> Now {
    var clock = try self.reading { try $0.storedClock() } ?? SafeClock(startingAt: reading)
    return clock.advance(to: reading)
  }
}
