import DNSObservers
import Engine
import Glibc
import Invocation
import Migration
import Notation
import PlanFiles
import Reports
import SystemIO

enum PlanCommand: Command {
  static let spec = CommandSpec(
    name: "plan", summary: "what will happen, when, and what undo costs at each step",
    operands: [OperandSpec("PLAN", .one, "the plan file (YAML or JSON), or - for standard input")],
    options: [
      .value("at", "TIME", "plan as if begun at this moment (default: now)"),
      .value("cutover-at", "TIME", "plan backwards from this moment; refuses the impossible"),
      .flag("markdown", "write the plan for a change request"),
      .value("svg", "FILE", "draw the timeline to FILE, or - for standard output"),
      .flag("offline", "use declared values only, and look at nothing"),
    ],
    examples: [
      "cutover plan Plans/api.contososhoes.com.yaml",
      "cutover plan Plans/api.contososhoes.com.yaml --at 2026-11-21T08:00:00Z --svg plan.svg",
      "cutover plan Plans/api.contososhoes.com.yaml --cutover-at 2026-12-01T07:00:00+01:00",
    ],
    notes: """
      Without --at and --offline the authorities are asked once (no resolver is): a longer TTL than declared
      makes the plan later, and what differs from the plan is a finding.
      TIME is RFC 3339: 2026-12-01, 2026-12-01T06:00:00Z, 2026-12-01T07:00:00+01:00.
      A plan that must not be run is refused with every reason and its place (exit 3). Findings do not
      stop a plan: they are what is signed (exit 0).
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let path = invocation.operands[0]
    if invocation.flag("markdown"), console.wantsJSON {
      throw UsageError("--markdown and --json are two answers to one question", command: "plan")
    }
    let start = try moment("at", invocation) ?? SystemClock.wall()
    let wanted = try moment("cutover-at", invocation)
    let bytes = try InputFile.read(path)
    let file: PlanFile
    do throws(PlanRejection) {
      file = try PlanFile.read(
        bytes, now: start, cutOverAt: wanted, zoneRules: PinnedPlan.zoneRules)
    } catch {
      return PlanComplaint(path: path).tell(error, console)
    }
    // What is served now says nothing about another moment.
    let isNow = invocation.value("at") == nil && !invocation.flag("offline")
    let seen = isNow ? try look(file, start, console) : nil
    guard
      let forecast = Forecast(file.plan, start: start, timeZone: file.timeZone, seen: seen)
    else {
      console.complain(
        "\(safeText(path)): no change window is open at or after the earliest moment")
      return .refused
    }
    if let wanted, forecast.times.earliestReady > wanted {
      console.complain(
        "\(safeText(path)): \(wanted) cannot be met: what the authorities serve now has left the caches by "
          + "\(forecast.times.earliestReady) at the earliest (R2); nothing was changed")
      return .refused
    }
    let moments = MomentText(zone: file.timeZone, name: file.plan.changeWindow?.timeZone)
    let drawing = invocation.value("svg")
    if let drawing {
      let svg = PlanDrawing(forecast, moments).svg
      if drawing == "-" {
        console.raw(svg)
      } else {
        try AtomicFile.replace(drawing, with: Array(svg.utf8), mode: 0o644)
      }
    }
    guard drawing != "-" else { return .done }
    if console.wantsJSON {
      console.result(PlanJSON(forecast).json)
    } else if invocation.flag("markdown") {
      console.result(PlanMarkdown(forecast, moments).text)
    } else {
      console.result(PlanText(forecast, moments, width: console.columns ?? 100).text)
    }
    return .done
  }

  /// One look at the authorities; what cannot be asked leaves the declared values as they are.
  private static func look(
    _ file: PlanFile, _ start: UTCInstant, _ console: Console
  ) throws -> SeenRecord {
    console.progress("asking the authorities (--offline does not)")
    let observer = try RoundObserver(
      file.plan, patience: .milliseconds(300), clock: ClockOfTheMoment())
    return SeenRecord(
      observer.look(CompiledPlan(file.plan, start: start, timeZone: file.timeZone)))
  }

  /// No engine runs here that could keep safe time: a single look needs none.
  private struct ClockOfTheMoment: MigrationClock {
    func now() -> Now { Now(SystemClock.wall()) }
  }

  private static func moment(
    _ option: String, _ invocation: ParsedInvocation
  ) throws -> UTCInstant? {
    guard let text = invocation.value(option) else { return nil }
    if let instant = UTCInstant(parsing: text) ?? UTCInstant(parsing: text + "T00:00:00Z") {
      return instant
    }
    throw UsageError(
      "--\(option): \"\(safeText(text))\" is no moment; write 2026-12-01T06:00:00Z", command: "plan"
    )
  }
}

/// A refused plan, told with every reason and its place. Used by every command that reads plans.
struct PlanComplaint {
  let path: String

  func tell(_ rejection: PlanRejection, _ console: Console) -> ExitCode {
    let problems = rejection.problems
    if console.wantsJSON {
      console.result(
        [
          "refused": true, "file": .string(path),
          "problems": .array(problems.map { $0.json(file: path) }),
        ] as JSON)
      return .refused
    }
    for problem in problems {
      console.progress(
        "\(console.ink(.bold, "\(safeText(path)):\(problem.place)")): \(problem.message) "
          + console.ink(.dim, "[\(problem.id)]"))
      if !problem.remedy.isEmpty { console.progress("    \(problem.remedy)") }
    }
    let count = problems.count == 1 ? "one reason" : "\(problems.count) reasons"
    console.complain("\(safeText(path)) is refused for \(count); nothing was changed")
    return .refused
  }
}
