import Assessment
import Invocation
import Migration
import Notation
import SystemIO

enum DrillCommand: Command {
  static let spec = CommandSpec(
    name: "drill",
    summary: "fail a region on the new path, bring it back, and answer what that shows",
    operands: [OperandSpec("PLAN", .one, "the plan's file")],
    options: [
      .value("region", "NAME", "which one (default: the one with the largest share)"),
      .value("fail-with", "COMMAND", "what fails it for real; words, no shell"),
      .value("restore-with", "COMMAND", "what brings it back"),
      .value("break-with", "COMMAND", "what breaks a dependency of it"),
      .value("mend-with", "COMMAND", "what mends that again"),
      .value("path", "PATH", "what is asked for (default: /)"),
      .list("log", "WHO=FILE", "a log to find request ids in; WHO is router, or a region"),
      .value("patience", "SPAN", "how long the router may take to notice (default: 30s)"),
    ],
    examples: [
      "cutover drill Plans/sandbox.yaml",
      "cutover drill plan.yaml --region west --fail-with 'cutover sandbox do kill west' --restore-with 'cutover sandbox do revive west'",
    ],
    notes: """
      By SNI at the router's addresses, before the cutover or after it: DNS is not touched. Without a command
      the region is taken out at the router, which shows everything but whether a failure is noticed.
      Exit 3 where an answer is ill, 5 where something could not be tried, else 0.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let text = String(decoding: try InputFile.read(invocation.operands[0]), as: UTF8.self)
    let plan = try PinnedPlan(text: text, readAt: SystemClock.wall(), holdsRules: false).plan
    if case .azureFrontDoor = plan.router.kind, invocation.value("fail-with") == nil {
      throw Complaint(
        "a router of kind azure-front-door has no adapter yet: give --fail-with and --restore-with; "
          + "nothing was changed")
    }
    guard !plan.router.addresses.isEmpty else {
      throw Complaint("router.addresses: a drill needs the router's addresses; nothing was changed")
    }
    let region = try region(invocation, plan)
    let run = try DrillRun(
      plan, region: region, commands(invocation), path: invocation.value("path") ?? "/",
      logs: logs(invocation, plan), patience: patience(invocation)
    ) { console.progress($0) }
    let answers = DrillFindings(try run.run(), router: plan.router).answers
    show(answers, region, console)
    if answers.contains(where: { $0.verdict == .ill }) { return .refused }
    return answers.contains { $0.verdict == .inconclusive } ? .inconclusive : .done
  }

  private static func region(_ invocation: ParsedInvocation, _ plan: Plan) throws -> String {
    guard let name = invocation.value("region") else {
      guard let loss = RegionLoss(plan.router) else {
        throw Complaint("router.regions: there is no region to fail; nothing was changed")
      }
      return loss.lost.name
    }
    guard plan.router.regions.contains(where: { $0.name == name }) else {
      let near = nearestWord(to: name, among: plan.router.regions.map(\.name))
      throw UsageError(
        "the plan has no region \(safeText(name))" + (near.map { "; did you mean \($0)?" } ?? ""),
        command: "drill")
    }
    return name
  }

  private static func commands(_ invocation: ParsedInvocation) throws -> DrillRun.Commands {
    func words(_ option: String) -> [String]? {
      invocation.value(option).map { $0.split(separator: " ").map(String.init) }
        .flatMap { $0.isEmpty ? nil : $0 }
    }
    let commands = DrillRun.Commands(
      fail: words("fail-with"), restore: words("restore-with"),
      breakDependency: words("break-with"), mendDependency: words("mend-with"))
    guard (commands.fail == nil) == (commands.restore == nil),
      (commands.breakDependency == nil) == (commands.mendDependency == nil)
    else {
      throw UsageError(
        "what is broken must be mended: --fail-with goes with --restore-with, --break-with with --mend-with",
        command: "drill")
    }
    return commands
  }

  private static func logs(
    _ invocation: ParsedInvocation, _ plan: Plan
  ) throws -> [(name: String, path: String)] {
    let known = ["router"] + plan.router.regions.map(\.name)
    return try invocation.values("log").map { text in
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, known.contains(parts[0]) else {
        throw UsageError(
          "--log \(safeText(text)): expected WHO=FILE, WHO among \(known.joined(separator: ", "))",
          command: "drill")
      }
      return (parts[0], parts[1])
    }
  }

  private static func patience(_ invocation: ParsedInvocation) throws -> TimeSpan {
    guard let text = invocation.value("patience") else { return .seconds(30) }
    guard let span = TimeSpan(parsing: text), span > .zero else {
      throw UsageError(
        "--patience \(safeText(text)): expected a span such as 30s", command: "drill")
    }
    return span
  }

  private static func show(_ answers: [DrillAnswer], _ region: String, _ console: Console) {
    guard !console.wantsJSON else {
      console.result(
        ["region": .string(region), "answers": .array(answers.map(\.json))] as JSON)
      return
    }
    for answer in answers {
      let (mark, ink): (String, Console.Ink) =
        switch answer.verdict {
        case .well: ("well", .green)
        case .ill: ("ill ", .red)
        case .inconclusive: ("open", .yellow)
        }
      console.result("\(console.ink(ink, mark))  \(answer.question)")
      console.result("      \(safeText(answer.answer))")
      if let wayOut = answer.wayOut { console.result("      way out: \(wayOut)") }
    }
  }
}
