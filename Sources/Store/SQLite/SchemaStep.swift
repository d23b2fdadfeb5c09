import Digests
import Notation

/// One change of the schema. Steps are numbered from 1, run once in order, and never edited once
/// released: the checksum of what ran is kept, and a difference is refused rather than guessed at.
struct SchemaStep: Sendable {
  let number: Int
  let name: String
  let statements: String

  var checksum: String { HashFunction.sha256.hash(Array(statements.utf8)).hex }
}

/// Why a database is not opened. Nothing was changed.
enum SchemaProblem: Error, Hashable, CustomStringConvertible {
  case newer(found: Int, known: Int)
  case edited(step: Int, name: String)
  case damaged(String)

  var description: String {
    switch self {
    case .newer(let found, let known):
      "this state was written by a newer version (schema step \(found); this one knows \(known)). "
        + "Nothing was changed; use that version"
    case .edited(let step, let name):
      "schema step \(step) (\(name)) ran in another wording than this version has. "
        + "Nothing was changed; was this state written by a build of a branch?"
    case .damaged(let finding):
      "the database is damaged: \(finding). Nothing was changed; restore the newest backup"
    }
  }
}

extension SQLiteConnection {
  /// Brings the schema to the newest step, in one transaction. Before it changes a database that
  /// holds something, a whole copy of that is put at `backup` (a step's number in its name).
  func bringUp(
    to steps: [SchemaStep], at now: UTCInstant, backup: (Int) -> String
  ) throws -> [Int] {
    try execute(
      """
      CREATE TABLE IF NOT EXISTS schema_step(
        number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,
        at INTEGER NOT NULL) STRICT
      """)
    let pending = try pendingSteps(of: steps)
    guard let first = pending.first else { return [] }
    if first.number > 1 { try copy(to: backup(first.number)) }
    return try transaction {
      for step in pending {
        try execute(step.statements)
        try run(
          "INSERT INTO schema_step(number, name, checksum, at) VALUES(?, ?, ?, ?)",
          [
            .integer(step.number), .text(step.name), .text(step.checksum),
            .integer(now.milliseconds),
          ])
      }
      return pending.map(\.number)
    }
  }

  /// What is still to run; throws where what ran is not what this version knows.
  func pendingSteps(of steps: [SchemaStep]) throws -> [SchemaStep] {
    let done = try rows("SELECT number, name, checksum FROM schema_step ORDER BY number") { row in
      (number: Int(row.integer(0)), name: row.text(1), checksum: row.text(2))
    }
    let known = steps.last?.number ?? 0
    if let last = done.last, last.number > known {
      throw SchemaProblem.newer(found: last.number, known: known)
    }
    for (ran, step) in zip(done, steps) where ran.checksum != step.checksum {
      throw SchemaProblem.edited(step: ran.number, name: ran.name)
    }
    return Array(steps.dropFirst(done.count))
  }
}
