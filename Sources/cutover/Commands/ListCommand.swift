import Engine
import Invocation
import Migration
import Notation
import Store

enum ListCommand: Command {
  static let spec = CommandSpec(
    name: "list", summary: "all migrations, and where each stands",
    examples: ["cutover list", "cutover list --json"])

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let rows = try StatePlace(invocation).reader()?.list() ?? []
    if console.wantsJSON {
      console.result(.array(rows.map(\.json)))
      return .done
    }
    if rows.isEmpty { console.progress("there is no migration yet: cutover start PLAN") }
    let width = rows.map(\.id.text.count).max() ?? 0
    for row in rows {
      let pad = String(repeating: " ", count: width - row.id.text.count)
      let wake = row.wakeAt.map { ", next \($0)" } ?? ""
      console.result("\(row.id)\(pad)  \(row.standing.text)\(wake)")
    }
    return .done
  }
}

extension MigrationRow {
  var json: JSON {
    .record([
      ("id", .string(id.text)), ("hostname", .string(hostname)),
      ("standing", .string(standing.rawValue)),
      ("wakeAt", wakeAt.map { .string($0.description) }),
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
