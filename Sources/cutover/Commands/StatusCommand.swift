import Engine
import Invocation
import Migration
import Store

enum StatusCommand: Command {
  static let spec = CommandSpec(
    name: "status", summary: "where a migration is, what it waits for, what undoing costs",
    operands: [.migration],
    examples: ["cutover status", "cutover status api.contososhoes.com --json"],
    notes: "Exit code: 0 ended, 4 waiting, 6 held.")

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let view = try MigrationView.chosen(invocation)
    if console.wantsJSON {
      console.result(view.json)
    } else {
      for line in StatusText(view: view, console: console).lines { console.result(line) }
    }
    return view.standing.exitCode
  }
}

extension MigrationView {
  /// The migration an invocation names, as the store has it now.
  static func chosen(_ invocation: ParsedInvocation) throws -> MigrationView {
    guard let reader = try StatePlace(invocation).reader() else {
      throw Complaint("there is no migration yet; begin one with: cutover start PLAN", .usage)
    }
    let row = try reader.choose(invocation.operands.first)
    if let trouble = reader.trouble(row.id) {
      throw Complaint(
        "\(row.id): held: \(trouble)\nNothing of it was changed, and the other migrations go on. "
          + "Run it with the version that wrote it", .held)
    }
    return try MigrationView(reader, row)
  }
}
