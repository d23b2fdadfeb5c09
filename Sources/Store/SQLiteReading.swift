import Engine
import Migration
import Notation

/// What can be read of a store without claiming anything: shared by the one writer and by the
/// query-only readers.
extension SQLiteConnection {
  func rows(where condition: String = "1", _ values: [SQLiteValue] = []) throws(SQLiteError)
    -> [MigrationRow]
  {
    try rows(
      """
      SELECT id, hostname, standing, epoch, revision, wake_at FROM migration
      WHERE \(condition) ORDER BY number
      """, values
    ) { row throws(SQLiteError) in
      MigrationRow(
        id: MigrationID(row.text(0)), hostname: row.text(1),
        // A standing of a later version: something a person has to look at with that version.
        standing: Standing(rawValue: row.text(2)) ?? .held,
        epoch: UInt64(clamping: row.integer(3)), revision: UInt64(clamping: row.integer(4)),
        wakeAt: row.optionalInteger(5).map { UTCInstant(milliseconds: $0) })
    }
  }

  func overdueNotices(
    of id: MigrationID
  ) throws(SQLiteError) -> (count: Int, since: UTCInstant)? {
    try first(
      "SELECT count(*), min(at) FROM outbox WHERE delivered = 0 AND tries > 0 AND migration = ?",
      [.text(id.text)]
    ) { row throws(SQLiteError) in
      row.optionalInteger(1).map { (Int(row.integer(0)), UTCInstant(milliseconds: $0)) }
    }.flatMap { $0 }
  }

  func facts(of id: MigrationID) throws -> [Fact] {
    let entries = try journal(of: id)
    var facts: [Fact] = []
    facts.reserveCapacity(entries.count)
    for entry in entries {
      do {
        facts.append(try Fact(json: JSON(parsing: entry.body)))
      } catch {
        throw StoreError.failed(
          "entry \(entry.number) of \(id) cannot be read: \(error). Was it written by a newer version?"
        )
      }
    }
    return facts
  }

  /// The entries as they stand: what the chain is made of.
  func journal(
    of id: MigrationID, limit: Int = .max
  ) throws(SQLiteError) -> [JournalEntry] {
    try rows(
      """
      SELECT number, safe_at, wall_at, body, digest FROM journal WHERE migration = ? ORDER BY number
      LIMIT ?
      """, [.text(id.text), .integer(Int64(limit))]
    ) { row throws(SQLiteError) in
      JournalEntry(
        number: row.integer(0), safeAt: row.integer(1), wallAt: row.integer(2), body: row.text(3),
        digest: row.blob(4))
    }
  }

  func pinnedText(_ id: MigrationID) throws -> PinnedText {
    let found = try first(
      "SELECT plan, plan_digest, source FROM migration WHERE id = ?", [.text(id.text)]
    ) { row throws(SQLiteError) in
      PinnedText(plan: row.text(0), digest: row.text(1), source: row.text(2))
    }
    guard let found else { throw StoreError.notFound(id.text) }
    return found
  }

  /// The plan, held against the first entry of the journal: nobody follows another than was started.
  func plan(_ id: MigrationID) throws -> CompiledPlan {
    let pinned = try pinnedText(id)
    if let first = try journal(of: id, limit: 1).first {
      let genesis = JournalChain.genesis(migration: id.text, pinned)
      guard first.digest == JournalChain.digest(of: first.fields, after: genesis) else {
        throw StoreError.altered(id.text)
      }
    }
    do {
      return try CompiledPlan(json: JSON(parsing: pinned.plan))
    } catch {
      throw StoreError.failed(
        "the plan of \(id) cannot be read: \(error). Was it written by a newer version?")
    }
  }

  /// Walks the chain from its beginning; nil when every link holds.
  func broken(_ id: MigrationID) throws -> String? {
    let found = try first(
      "SELECT journal_count, journal_head FROM migration WHERE id = ?", [.text(id.text)]
    ) { row throws(SQLiteError) in (row.integer(0), row.blob(1)) }
    guard let (count, head) = found else { throw StoreError.notFound(id.text) }
    var link = JournalChain.genesis(migration: id.text, try pinnedText(id))
    var expected: Int64 = 1
    for entry in try journal(of: id) {
      guard entry.number == expected else { return "entry \(expected) is missing" }
      link = JournalChain.digest(of: entry.fields, after: link)
      guard link == entry.digest else {
        return expected == 1
          ? "its plan, or its first entry, is not what was written"
          : "entry \(expected) is not what was written"
      }
      expected += 1
    }
    guard expected == count + 1, link == head else {
      return "\(count) entries were written, and \(expected - 1) are there"
    }
    return nil
  }
}

/// One link of the chain.
struct JournalEntry: Hashable {
  let number: Int64
  let safeAt: Int64
  let wallAt: Int64
  let body: String
  let digest: [UInt8]

  var fields: [String] { Self.fields(number, safeAt, wallAt, body) }

  static func fields(_ number: Int64, _ safeAt: Int64, _ wallAt: Int64, _ body: String) -> [String]
  {
    [String(number), String(safeAt), String(wallAt), body]
  }
}
