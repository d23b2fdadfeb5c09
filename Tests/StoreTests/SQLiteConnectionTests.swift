import TestSupport
import Testing

@testable import Store

@Suite struct SQLiteConnectionTests {
  let directory = TemporaryDirectory()

  func connection(_ mode: SQLiteConnection.Mode = .readWrite) throws -> SQLiteConnection {
    try SQLiteConnection(path: directory.file("test.db"), mode: mode)
  }

  @Test func commitsDurablyToAWriteAheadLog() throws {
    let database = try connection()
    let mode = try database.first("PRAGMA journal_mode") { $0.text(0) }
    let synchronous = try database.first("PRAGMA synchronous") { $0.integer(0) }
    let foreign = try database.first("PRAGMA foreign_keys") { $0.integer(0) }
    #expect(mode == "wal" && synchronous == 2 && foreign == 1)
  }

  @Test func keepsValuesAsTheyAre() throws {
    let database = try connection()
    try database.execute("CREATE TABLE t(i INTEGER, s TEXT, b BLOB) STRICT")
    let rows: [(Int64?, String?, [UInt8])] = [
      (.min, "", []), (.max, "a\u{0}ü'\"", [0, 255]), (nil, nil, [1]),
    ]
    for row in rows {
      try database.run(
        "INSERT INTO t VALUES(?, ?, ?)", [.optional(row.0), .optional(row.1), .blob(row.2)])
    }
    let read = try database.rows("SELECT i, s, b FROM t ORDER BY rowid") {
      ($0.optionalInteger(0), $0.optionalText(1), $0.blob(2))
    }
    for (left, right) in zip(rows, read) {
      #expect(left.0 == right.0 && left.1 == right.1 && left.2 == right.2)
    }
    #expect(throws: SQLiteError.self) { try database.run("INSERT INTO t(i) VALUES('word')") }
  }

  @Test func undoesWhatFailed() throws {
    struct Stop: Error {}
    let database = try connection()
    try database.execute("CREATE TABLE t(i INTEGER PRIMARY KEY) STRICT")
    #expect(throws: Stop.self) {
      try database.transaction {
        try database.run("INSERT INTO t VALUES(1)")
        throw Stop()
      }
    }
    try database.transaction {
      try database.run("INSERT INTO t VALUES(2)")
      #expect(throws: SQLiteError.self) {
        try database.transaction {
          try database.run("INSERT INTO t VALUES(3)")
          try database.run("INSERT INTO t VALUES(2)")
        }
      }
      try database.run("INSERT INTO t VALUES(4)")
    }
    #expect(try database.rows("SELECT i FROM t ORDER BY i") { $0.integer(0) } == [2, 4])
  }

  @Test func readersCannotWrite() throws {
    let writer = try connection()
    try writer.execute("CREATE TABLE t(i INTEGER) STRICT; INSERT INTO t VALUES(7)")
    let reader = try connection(.reader)
    #expect(try reader.first("SELECT i FROM t") { $0.integer(0) } == 7)
    #expect(throws: SQLiteError.self) { try reader.run("INSERT INTO t VALUES(8)") }
  }

  @Test func tellsADamagedFile() throws {
    directory.write("test.db", String(repeating: "no database at all ", count: 300))
    do {
      _ = try connection()
      Issue.record("opened")
    } catch let error as SQLiteError {
      #expect(error.isDamage)
    }
  }
}
