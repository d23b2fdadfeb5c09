import Engine
import Glibc
import Invocation
import Migration
import Notation
import Store
import SystemIO

/// Where migrations are kept for this invocation, and which of them is meant.
struct StatePlace {
  let path: String

  init(_ invocation: ParsedInvocation) {
    let home = getenv("HOME").map { String(cString: $0) } ?? "."
    path = invocation.value("state") ?? home + "/.cutover"
  }

  /// Looks without claiming anything; nil where nothing was ever started.
  func reader() throws -> SQLiteReader? {
    guard AtomicFile.exists(path) else { return nil }
    return try SQLiteReader(StateDirectory(path))
  }

  /// The state for writing; nil while another process runs the migrations.
  func store() throws -> SQLiteStore? {
    try SQLiteStore(StateDirectory(creatingAt: path), at: SystemClock.wall())
  }

  /// The same, for whom a moment is no matter: another command may hold it just long enough to leave a word.
  func storeSoon() throws -> SQLiteStore? {
    let end = SystemClock.sinceBoot() + .seconds(5)
    while true {
      if let store = try store() { return store }
      let isServed = (try? LocalConnection(to: directory().controlSocket)) != nil
      guard !isServed, SystemClock.sinceBoot() < end else { return nil }
      SystemClock.pause(until: SystemClock.sinceBoot() + .milliseconds(50))
    }
  }

  func directory() throws -> StateDirectory { try StateDirectory(path) }

  /// Who is acting: the login name, or what `--as` says. (Whoever can use the state directory is this
  /// user; the name tells people of one team apart.)
  static func actor(_ invocation: ParsedInvocation) -> String {
    if let name = invocation.value("as") { return name }
    if let name = getenv("SUDO_USER") ?? getenv("USER") { return String(cString: name) }
    guard let entry = getpwuid(geteuid()) else { return "user \(geteuid())" }
    return String(cString: entry.pointee.pw_name)
  }
}

/// Something a person has to put right: it is said, and the exit code tells scripts.
struct Complaint: Error, CustomStringConvertible {
  let description: String
  let code: ExitCode

  init(_ description: String, _ code: ExitCode = .refused) {
    self.description = description
    self.code = code
  }
}

extension SQLiteReader {
  /// The migration that an operand names: an id, a host name (the one that moves, else its last; `~1` behind it
  /// is its first), or nothing at all while there is just one.
  func choose(_ operand: String?) throws -> MigrationRow {
    let rows = try list()
    guard let operand else {
      let moving = rows.filter { !$0.standing.isEnd }
      let candidates = moving.isEmpty ? rows : moving
      guard candidates.count == 1, let row = candidates.first else {
        throw Complaint(
          candidates.isEmpty
            ? "there is no migration yet; begin one with: cutover start PLAN"
            : "there are \(candidates.count) migrations; name one: "
              + candidates.prefix(8).map(\.id.text).joined(separator: ", "), .usage)
      }
      return row
    }
    let host = operand.hasSuffix(".") ? String(operand.dropLast()) : operand
    let same = rows.filter { $0.hostname == host.lowercased() }
    // The first move of a name has its host name as id: while a later one moves, that is meant.
    if let row = same.last(where: { !$0.standing.isEnd }) { return row }
    if let row = rows.first(where: { $0.id.text == operand }) ?? same.last { return row }
    if operand.hasSuffix("~1"), let row = rows.first(where: { $0.id.text == operand.dropLast(2) }) {
      return row
    }
    let near = nearestWord(to: operand, among: rows.map(\.id.text))
    throw Complaint(
      "there is no migration \(safeText(operand))" + (near.map { "; did you mean \($0)?" } ?? ""),
      .usage)
  }
}

extension OperandSpec {
  static let migration = OperandSpec(
    "ID", .optional, "the migration: its id or host name; may be left out while there is just one")
}

extension OptionSpec {
  static let asPerson = OptionSpec.value(
    "as", "NAME", "who is acting, for approvals and the history (default: your login)")
}
