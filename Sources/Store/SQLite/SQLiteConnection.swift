import CSQLite

/// The commit itself failed half-way: only reading again tells whether it holds.
struct UncertainCommit: Error {
  let cause: SQLiteError
}

/// One connection to a database file.
///
/// Debian ships SQLite 3.40.1, which can corrupt a WAL when *two* connections write or checkpoint at
/// the same instant (fixed in 3.51.3). So exactly one connection in one process is `.readWrite`: the
/// state directory's lock sees to the process, `SQLiteStore` to the connection. Everyone else reads.
final class SQLiteConnection {
  enum Mode: Sendable {
    /// The one writer. It checkpoints by itself and never by SQLite's own initiative.
    case readWrite
    /// `query_only`, and refused by SQLite itself should a statement try to write.
    case reader
  }

  let handle: OpaquePointer
  let mode: Mode
  private var prepared: [String: SQLiteStatement] = [:]
  private var isInTransaction = false

  /// `fileSystem`: one of SQLite's VFS by name; nil is the system's.
  init(path: String, mode: Mode, fileSystem: String? = nil) throws(SQLiteError) {
    var handle: OpaquePointer?
    let access =
      mode == .readWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE
    // A reader opens the file read-write too: a WAL without its shared memory can be read only by
    // someone who may create that. `query_only` then forbids it every change.
    let code = sqlite3_open_v2(
      path, &handle, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, fileSystem)
    guard code == SQLITE_OK, let handle else {
      let message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(handle)
      throw SQLiteError(code: code, message: "\(message) (\(path))", statement: nil)
    }
    self.handle = handle
    self.mode = mode
    sqlite3_extended_result_codes(handle, 1)
    try configure()
  }

  deinit {
    prepared = [:]
    sqlite3_close_v2(handle)
  }

  private func configure() throws(SQLiteError) {
    sqlite3_busy_timeout(handle, 5000)
    var settings = [
      "foreign_keys=ON", "trusted_schema=OFF", "cell_size_check=ON", "temp_store=MEMORY",
      "mmap_size=0",
    ]
    switch mode {
    case .readWrite:
      // FULL: a committed transition survives a power cut, not just a crash of ours.
      settings += [
        "journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0",
        "journal_size_limit=16777216",
      ]
    case .reader:
      // Closing would checkpoint, which only the writer may do.
      csqlite_leave_log_on_close(handle)
      settings += ["wal_autocheckpoint=0", "query_only=ON"]
    }
    for setting in settings { try execute("PRAGMA \(setting)") }
  }

  func error(_ code: Int32, _ statement: String?) -> SQLiteError {
    SQLiteError(
      code: sqlite3_extended_errcode(handle) == SQLITE_OK ? code : sqlite3_extended_errcode(handle),
      message: String(cString: sqlite3_errmsg(handle)), statement: statement)
  }

  /// Statements without values, any number of them.
  func execute(_ text: String) throws(SQLiteError) {
    let code = sqlite3_exec(handle, text, nil, nil, nil)
    guard code == SQLITE_OK else { throw error(code, text) }
  }

  /// Prepared once, kept for the life of the connection.
  private func statement(_ text: String) throws(SQLiteError) -> SQLiteStatement {
    if let statement = prepared[text] { return statement }
    let statement = try SQLiteStatement(text, on: self)
    prepared[text] = statement
    return statement
  }

  @discardableResult
  func run(_ text: String, _ values: [SQLiteValue] = []) throws(SQLiteError) -> Int {
    try statement(text).run(values)
  }

  func rows<Row>(
    _ text: String, _ values: [SQLiteValue] = [],
    _ read: (SQLiteRow) throws(SQLiteError) -> Row
  ) throws(SQLiteError) -> [Row] {
    try statement(text).rows(values, read)
  }

  func first<Row>(
    _ text: String, _ values: [SQLiteValue] = [],
    _ read: (SQLiteRow) throws(SQLiteError) -> Row
  ) throws(SQLiteError) -> Row? {
    try rows(text, values, read).first
  }

  /// All or nothing, and on the disk when it returns. Inside another transaction it is a part of it:
  /// its own failure undoes only itself.
  func transaction<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws -> Result {
    let outermost = !isInTransaction
    try execute(outermost ? "BEGIN IMMEDIATE" : "SAVEPOINT part")
    isInTransaction = true
    defer { if outermost { isInTransaction = false } }
    do {
      let result = try body()
      if outermost { try commit() } else { try execute("RELEASE part") }
      return result
    } catch {
      // SQLite may have rolled back by itself (disk full); a second time does no harm.
      _ = try? execute(outermost ? "ROLLBACK" : "ROLLBACK TO part; RELEASE part")
      throw error
    }
  }

  /// A commit whose pages reached the log but whose fsync failed may come back after a crash.
  private func commit() throws {
    do {
      try execute("COMMIT")
    } catch  where error.isUncertain {
      throw UncertainCommit(cause: error)
    }
  }

  /// Moves the WAL's pages into the database file. Only the writer does this.
  func checkpoint() throws(SQLiteError) {
    var pages: Int32 = 0
    var moved: Int32 = 0
    let code = sqlite3_wal_checkpoint_v2(
      handle, nil, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved)
    guard code == SQLITE_OK || code == SQLITE_BUSY else { throw error(code, "checkpoint") }
  }

  /// Nil when every page is well-formed, else what SQLite found.
  func damage() throws(SQLiteError) -> String? {
    let findings = try rows("PRAGMA quick_check(5)") { row in row.text(0) }
    return findings == ["ok"] ? nil : findings.joined(separator: "; ")
  }

  /// A whole, compacted copy in a new file.
  func copy(to path: String) throws(SQLiteError) { try run("VACUUM INTO ?", [.text(path)]) }

  static var libraryVersion: String { String(cString: sqlite3_libversion()) }
}
