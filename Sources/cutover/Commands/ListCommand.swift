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
    let reader = try StatePlace(invocation).reader()
    let rows = try reader?.list() ?? []
    let troubles = rows.map { $0.standing.isEnd ? nil : reader?.trouble($0.id) }
    if console.wantsJSON {
      console.result(.array(zip(rows, troubles).map { $0.json(held: $1) }))
      return .done
    }
    if rows.isEmpty { console.progress("there is no migration yet: cutover start PLAN") }
    let width = rows.map(\.id.text.count).max() ?? 0
    for (row, trouble) in zip(rows, troubles) {
      let pad = String(repeating: " ", count: width - row.id.text.count)
      let wake = row.wakeAt.map { ", next \($0)" } ?? ""
      let standing = trouble.map { "\(Standing.held.text): \($0)" } ?? row.standing.text + wake
      console.result("\(row.id)\(pad)  \(standing)")
    }
    return .done
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
