import Engine
import Invocation
import Migration
import Notation
import Store
import SystemIO

enum ListCommand: Command {
  static let spec = CommandSpec(
    name: "list", summary: "all migrations, and where each stands",
    examples: ["cutover list", "cutover list --json"])

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let reader = try StatePlace(invocation).reader()
    let rows = try reader.map(Self.rows) ?? []
    let troubles = rows.map { $0.standing.isEnd ? nil : reader?.trouble($0.id) }
    if console.wantsJSON {
      console.result(.array(zip(rows, troubles).map { $0.json(held: $1) }))
      return .done
    }
    if rows.isEmpty { console.progress("there is no migration yet: cutover start PLAN") }
    let now = try reader?.now(SystemClock.reading()).safe ?? .distantPast
    let width = rows.map(\.id.text.count).max() ?? 0
    for (row, trouble) in zip(rows, troubles) {
      let pad = String(repeating: " ", count: width - row.id.text.count)
      let wake = row.wakeAt.map { $0 > now ? ", next \($0)" : ", due now" } ?? ""
      let standing = trouble.map { "\(Standing.held.text): \($0)" } ?? row.standing.text + wake
      console.result("\(row.id)\(pad)  \(standing)")
    }
    return .done
  }

  /// A row says what the last commit left; one that was under way then may only be waiting by now.
  private static func rows(_ reader: SQLiteReader) throws -> [MigrationRow] {
    let now = try reader.now(SystemClock.reading()).safe
    return try reader.list().map { row in
      var row = row
      // What was never looked at is due at no moment that ever was.
      row.wakeAt = row.wakeAt.map { max($0, now) }
      if row.standing == .acting, reader.trouble(row.id) == nil {
        row.standing = try MigrationView(reader, row).standing
      }
      return row
    }
  }
}

extension MigrationRow {
  /// `held`: why this version cannot take it up, whatever it was doing before.
  func json(held trouble: String?) -> JSON {
    let standing = trouble == nil ? standing : .held
    return .record([
      ("id", .string(id.text)), ("hostname", .string(hostname)),
      ("standing", .string(standing.rawValue)),
      ("wakeAt", wakeAt.map { .string($0.description) }),
      ("trouble", trouble.map { .string($0) }),
    ])
  }
}

extension Standing {
  /// What scripts are told.
  var exitCode: ExitCode {
    switch self {
    case .acting, .waiting, .approval, .paused: .waiting
    case .held: .held
    case .moved, .rolledBack, .handedOver: .done
    }
  }
}
