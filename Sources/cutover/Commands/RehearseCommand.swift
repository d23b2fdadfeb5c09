import Invocation
import Migration
import Notation
import PlanFiles
import Rehearsal
import SystemIO

enum RehearseCommand: Command {
  static let spec = CommandSpec(
    name: "rehearse", summary: "run the plan against a hostile simulated world",
    operands: [OperandSpec("PLAN", .one, "the plan file (YAML or JSON)")],
    options: [
      .value("schedules", "N", "how many worlds to draw (default: 1000)"),
      .value("seed", "S", "the first world's seed (default: 0)"),
      .value("at", "TIME", "rehearse as if begun at this moment (default: now)"),
      .flag("story", "tell the one world of --seed, line by line"),
    ],
    examples: [
      "cutover rehearse Plans/api.contososhoes.com.yaml --schedules 1000",
      "cutover rehearse Plans/api.contososhoes.com.yaml --seed 42 --story",
    ],
    notes: """
      Each seed draws a world: authorities that lag, resolvers with habits, crashes, lost replies, late
      writes, clock steps, strangers who edit the record, people who abort. The plan runs through it with
      the engine's own core and turn, in virtual time. The same seed tells the same story.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let schedules = try count(invocation, "schedules", otherwise: 1000)
    let seed = try count(invocation, "seed", otherwise: 0)
    var start = SystemClock.wall()
    if let text = invocation.value("at") {
      guard let instant = UTCInstant(parsing: text) else {
        throw UsageError("--at needs a moment such as 2026-12-01T06:00:00Z")
      }
      start = instant
    }
    let path = invocation.operands[0]
    let bytes = try InputFile.read(path)
    let compiled: CompiledPlan
    do throws(PlanRejection) {
      let file = try PlanFile.read(bytes, now: start, zoneRules: PinnedPlan.zoneRules)
      compiled = CompiledPlan(file.plan, start: start, timeZone: file.timeZone)
    } catch {
      for problem in error.problems { console.complain("\(path):\(problem)") }
      return .refused
    }
    let rehearsal = Rehearsal(compiled, startingAt: start)
    if invocation.flag("story") {
      let (result, lines) = rehearsal.tell(seed: seed)
      for line in lines { console.result(line) }
      for violation in result.violations { console.result("BROKEN \(violation)") }
      return result.violations.isEmpty ? .done : .refused
    }
    var summary = RehearsalSummary()
    for offset in 0..<schedules {
      summary.add(rehearsal.run(seed: seed &+ offset))
      if offset % 1000 == 999 { console.progress("\(offset + 1) of \(schedules) worlds") }
    }
    show(summary, path: path, start: start, console)
    return summary.holds ? .done : .refused
  }

  private static func count(
    _ invocation: ParsedInvocation, _ name: String, otherwise: UInt64
  ) throws -> UInt64 {
    guard let text = invocation.value(name) else { return otherwise }
    guard let value = UInt64(text) else { throw UsageError("--\(name) needs a whole number") }
    return value
  }

  private static func show(
    _ summary: RehearsalSummary, path: String, start: UTCInstant, _ console: Console
  ) {
    if console.wantsJSON { return console.result(summary.json) }
    console.result(
      summary.holds
        ? "It holds: no rule was broken in \(summary.schedules) worlds."
        : "It does not hold: rules were broken in these worlds.")
    console.result(
      "  moved \(summary.moved), rolled back \(summary.rolledBack), "
        + "handed over \(summary.handedOver); the process died \(summary.crashes) times")
    if let spread = summary.forwardTime { console.result("  forward   " + text(spread)) }
    if let spread = summary.rollbackTime { console.result("  rollback  " + text(spread)) }
    for (seed, violation, count) in summary.violations {
      console.result("  \(violation) (\(count) worlds)")
      console.result(
        "    replay: cutover rehearse \(path) --at \(start) --seed \(seed) --story")
    }
  }

  private static func text(_ spread: RehearsalSummary.Spread) -> String {
    "median \(spread.median), 95 % within \(spread.most), worst \(spread.worst)"
  }
}
