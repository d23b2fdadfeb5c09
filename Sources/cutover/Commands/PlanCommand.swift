import Glibc
import Invocation
import Migration
import Notation
import PlanFiles
import SystemIO

enum PlanCommand: Command {
  static let spec = CommandSpec(
    name: "plan", summary: "what will happen, when, and what undo costs at each step",
    operands: [OperandSpec("PLAN", .one, "the plan file (YAML or JSON)")],
    options: [
      .value("at", "TIME", "plan as if begun at this moment (default: now)"),
      .value("cutover-at", "TIME", "plan backwards from this moment; refuses the impossible"),
      .flag("markdown", "write the plan for a change request"),
      .value("svg", "FILE", "draw the timeline"),
      .flag("offline", "look at nothing: declared values only"),
    ],
    examples: [
      "cutover plan Plans/api.contososhoes.com.yaml",
      "cutover plan Plans/api.contososhoes.com.yaml --cutover-at 2026-12-01T06:00:00Z --svg plan.svg",
    ])

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let path = invocation.operands[0]
    let bytes = try InputFile.read(path)
    do throws(PlanRejection) {
      let file = try PlanFile.read(bytes, now: SystemClock.wall()) {
        try? InputFile.read("/usr/share/zoneinfo/\($0)")
      }
      console.result(file.plan.canonical)
      return .done
    } catch {
      for problem in error.problems { console.complain("\(path):\(problem)") }
      return .refused
    }
  }
}
