import Engine
import Invocation
import Migration
import Notation
import Store
import SystemIO

enum HistoryCommand: Command {
  static let spec = CommandSpec(
    name: "history",
    summary: "what happened, who decided it, and the proof that nothing was altered",
    operands: [.migration],
    options: [
      .flag("verify", "walk the chain of digests, and say whether every entry is as written"),
      .value("export", "FILE", "write a self-contained bundle of evidence"),
    ],
    examples: [
      "cutover history", "cutover history --json", "cutover history --verify",
      "cutover history --export evidence.json",
    ],
    notes: "--json prints one entry a line.")

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    guard let reader = try StatePlace(invocation).reader() else {
      throw Complaint("there is no migration yet; begin one with: cutover start PLAN", .usage)
    }
    let id = try reader.choose(invocation.operands.first).id
    if let path = invocation.value("export") {
      try refuseBroken(reader, id)
      let bundle = try reader.evidence(id).pretty + "\n"
      try AtomicFile.replace(path, with: Array(bundle.utf8))
      console.progress("the evidence of \(id) is in \(path)")
      return .done
    }
    if invocation.flag("verify") {
      try refuseBroken(reader, id)
      console.result(
        console.wantsJSON
          ? (["migration": .string(id.text), "intact": true] as JSON).compact
          : "the history of \(id) is as it was written")
      return .done
    }
    let plan = try reader.plan(id)
    for fact in try reader.history(id) {
      console.result(console.wantsJSON ? fact.json.compact : fact.line(plan))
    }
    return .done
  }

  private static func refuseBroken(_ reader: SQLiteReader, _ id: MigrationID) throws {
    if let broken = try reader.verify(id) {
      throw Complaint("the history of \(id) was altered: \(broken)")
    }
  }
}
