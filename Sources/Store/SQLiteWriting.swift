import DNSModel
import Engine
import Migration
import Notation

/// The writes of one transition. Each runs inside a transaction of the store's.
extension SQLiteConnection {
  func insert(_ new: NewMigration) throws {
    let hostname = new.plan.hostname.folded.host
    let taken = try first(
      "SELECT id FROM migration WHERE id = ? OR (hostname = ? AND ended = 0)",
      [.text(new.id.text), .text(hostname)]
    ) { row throws(SQLiteError) in row.text(0) }
    if let taken { throw StoreError.exists(taken == new.id.text ? taken : hostname) }
    let pinned = PinnedText(
      plan: new.plan.json.compact, digest: new.plan.planDigest, source: new.source)
    let genesis = JournalChain.genesis(migration: new.id.text, pinned)
    let at = new.facts.first?.at.wall ?? .distantPast
    try run(
      """
      INSERT INTO migration(id, number, hostname, plan, plan_digest, source, standing, ended, epoch,
        revision, worker, wake_at, journal_count, journal_head, created_at, updated_at)
      VALUES(?1, (SELECT coalesce(max(number), 0) + 1 FROM migration), ?2, ?3, ?4, ?5, ?6, ?7, 0, 1,
        '', ?8, 0, ?9, ?10, ?10)
      """,
      [
        .text(new.id.text), .text(hostname), .text(pinned.plan), .text(pinned.digest),
        .text(pinned.source), .text(new.standing.rawValue),
        .integer(new.standing.isEnd ? 1 : 0), .optional(new.wakeAt?.milliseconds),
        .blob(genesis), .integer(at.milliseconds),
      ])
    try append(new.facts, to: new.id)
  }

  func append(_ transition: Transition) throws {
    let changed = try run(
      """
      UPDATE migration SET revision = revision + 1, standing = ?, ended = ?, wake_at = ?,
        updated_at = ?
      WHERE id = ? AND epoch = ? AND revision = ?
      """,
      [
        .text(transition.standing.rawValue), .integer(transition.standing.isEnd ? 1 : 0),
        .optional(transition.wakeAt?.milliseconds), .integer(transition.at.wall.milliseconds),
        .text(transition.id.text), .integer(Int64(clamping: transition.epoch)),
        .integer(Int64(clamping: transition.revision)),
      ])
    guard changed == 1 else { throw StoreError.stale }
    try append(transition.facts, to: transition.id)
    for answer in transition.answers {
      try run(
        "UPDATE command SET answer = ? WHERE migration = ? AND request = ? AND answer IS NULL",
        [.text(answer.result.code), .text(transition.id.text), .text(answer.request)])
    }
    for notice in transition.notices { try queue(notice, at: transition.at) }
  }

  /// Once for each occasion.
  func queue(_ notice: Notice, at now: Now) throws {
    try run(
      """
      INSERT INTO outbox(migration, deduplication, kind, text, at, tries, delivered)
      VALUES(?, ?, ?, ?, ?, 0, 0) ON CONFLICT DO NOTHING
      """,
      [
        .text(notice.migration.text), .text(notice.deduplication), .text(notice.kind),
        .text(notice.text), .integer(now.safe.milliseconds),
      ])
  }

  /// Appends to the journal, each entry chained to the one before.
  private func append(_ facts: [Fact], to id: MigrationID) throws {
    guard !facts.isEmpty else { return }
    let end = try first(
      "SELECT journal_count, journal_head FROM migration WHERE id = ?", [.text(id.text)]
    ) { row throws(SQLiteError) in (row.integer(0), row.blob(1)) }
    guard var (count, head) = end else { throw StoreError.notFound(id.text) }
    for fact in facts {
      count += 1
      let body = fact.json.compact
      let safe = fact.at.safe.milliseconds
      let wall = fact.at.wall.milliseconds
      head = JournalChain.digest(of: JournalEntry.fields(count, safe, wall, body), after: head)
      try run(
        "INSERT INTO journal(migration, number, safe_at, wall_at, body, digest) VALUES(?,?,?,?,?,?)",
        [
          .text(id.text), .integer(count), .integer(safe), .integer(wall), .text(body),
          .blob(head),
        ])
    }
    try run(
      "UPDATE migration SET journal_count = ?, journal_head = ? WHERE id = ?",
      [.integer(count), .blob(head), .text(id.text)])
  }

  func enqueue(_ command: Command, for id: MigrationID, at now: Now) throws -> InboxResult {
    guard try !rows(where: "id = ?", [.text(id.text)]).isEmpty else {
      throw StoreError.notFound(id.text)
    }
    try run(
      """
      INSERT INTO command(migration, request, at, body) VALUES(?, ?, ?, ?)
      ON CONFLICT(migration, request) DO NOTHING
      """,
      [
        .text(id.text), .text(command.request), .integer(now.safe.milliseconds),
        .text(command.json.compact),
      ])
    let answer = try first(
      "SELECT answer FROM command WHERE migration = ? AND request = ?",
      [.text(id.text), .text(command.request)]
    ) { row throws(SQLiteError) in row.optionalText(0) }
    guard let text = answer.flatMap({ $0 }) else { return .queued }
    guard let result = CommandResult(code: text) else {
      throw StoreError.failed("the answer \"\(safeText(text))\" is of a newer version")
    }
    return .answered(result)
  }

  func inbox(of id: MigrationID) throws -> [Command] {
    let bodies = try rows(
      "SELECT body FROM command WHERE migration = ? AND answer IS NULL ORDER BY number",
      [.text(id.text)]
    ) { row throws(SQLiteError) in row.text(0) }
    return try bodies.map { try Command(json: JSON(parsing: $0)) }
  }

  func due(at safe: UTCInstant, limit: Int) throws(SQLiteError) -> [MigrationID] {
    let found = try rows(
      """
      SELECT id, min(since) AS first FROM (
        SELECT id, wake_at AS since FROM migration WHERE wake_at <= ?
        UNION ALL
        SELECT migration, at FROM command WHERE answer IS NULL)
      GROUP BY id ORDER BY first, id LIMIT ?
      """, [.integer(safe.milliseconds), .integer(limit)]
    ) { row throws(SQLiteError) in MigrationID(row.text(0)) }
    return found
  }

  func nextWake() throws(SQLiteError) -> UTCInstant? {
    try first(
      """
      SELECT min(since) FROM (
        SELECT min(wake_at) AS since FROM migration WHERE wake_at IS NOT NULL
        UNION ALL
        SELECT min(at) FROM command WHERE answer IS NULL)
      """
    ) { row throws(SQLiteError) in row.optionalInteger(0) }.flatMap { $0 }
      .map { UTCInstant(milliseconds: $0) }
  }

  func outbox(limit: Int) throws(SQLiteError) -> [QueuedNotice] {
    try rows(
      """
      SELECT number, migration, deduplication, kind, text, tries FROM outbox
      WHERE delivered = 0 ORDER BY number LIMIT ?
      """, [.integer(limit)]
    ) { row throws(SQLiteError) in
      QueuedNotice(
        number: row.integer(0),
        notice: Notice(
          migration: MigrationID(row.text(1)), deduplication: row.text(2), kind: row.text(3),
          text: row.text(4)),
        tries: Int(row.integer(5)))
    }
  }
}

extension CommandResult {
  /// One word for the table; commands are journaled in full as facts.
  var code: String {
    switch self {
    case .accepted: "accepted"
    case .alreadySo: "alreadySo"
    case .refused(let refusal): "refused:\(refusal.rawValue)"
    }
  }

  init?(code: String) {
    switch code {
    case "accepted": self = .accepted
    case "alreadySo": self = .alreadySo
    default:
      guard code.hasPrefix("refused:"),
        let refusal = CommandRefusal(rawValue: String(code.dropFirst(8)))
      else { return nil }
      self = .refused(refusal)
    }
  }
}
