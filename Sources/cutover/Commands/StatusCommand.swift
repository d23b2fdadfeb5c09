import Invocation
import Migration

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
    return try MigrationView(reader, reader.choose(invocation.operands.first))
  }
}
