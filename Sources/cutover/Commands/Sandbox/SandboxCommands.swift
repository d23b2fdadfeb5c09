import Invocation
import Notation
import Reports
import Sandbox
import SystemIO

enum SandboxStatusCommand: Command {
  static let spec = CommandSpec(
    name: "sandbox status", summary: "how the running sandbox stands", options: [.sandboxFolder],
    examples: ["cutover sandbox status", "cutover sandbox status --json"])

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let answer = try SandboxControl.ask(SandboxPlace.folder(invocation), "status")
    guard let status = answer["status"] else { return .inconclusive }
    if console.wantsJSON {
      console.result(status)
      return .done
    }
    console.result(status["headline"]?.string ?? "")
    let shares = status["shares"]?.object?.members ?? []
    console.result(
      "\(status["rate"]?.integer ?? 0) a second: "
        + shares.map { "\($0.key) \($0.value.integer ?? 0) %" }.joined(separator: ", "))
    console.result("record: \(status["record"]?.string ?? "")")
    for region in status["regions"]?.array ?? [] {
      let standing = region["router"]?.string ?? "not at the router"
      let isAlive = region["alive"]?.bool == true
      console.result(
        "region \(region["name"]?.string ?? ""): \(standing)\(isAlive ? "" : ", killed")")
    }
    for resolver in status["resolvers"]?.array ?? [] {
      console.result(
        "resolver \(resolver["name"]?.string ?? ""): \(resolver["holds"]?.string ?? "")")
    }
    for trouble in status["troubles"]?.array ?? [] {
      console.result("trouble: \(trouble.string ?? "")")
    }
    return .done
  }
}

enum SandboxDownCommand: Command {
  static let spec = CommandSpec(
    name: "sandbox down", summary: "end the running sandbox; nothing of it stays",
    options: [.sandboxFolder], examples: ["cutover sandbox down"])

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let folder = SandboxPlace.folder(invocation)
    _ = try SandboxControl.ask(folder, "down")
    let end = SystemClock.sinceBoot() + .seconds(20)
    while AtomicFile.exists(folder) {
      guard SystemClock.sinceBoot() < end else {
        throw Complaint("the sandbox in \(safeText(folder)) did not end within 20 s", .failed)
      }
      SystemClock.pause(until: SystemClock.sinceBoot() + .milliseconds(20))
    }
    console.progress("the sandbox is gone")
    return .done
  }
}

enum SandboxDoCommand: Command {
  static let spec = CommandSpec(
    name: "sandbox do", summary: "break or mend something in the running sandbox",
    operands: [
      OperandSpec("VERB", .one, SandboxVerb.allCases.map(\.rawValue).joined(separator: ", ")),
      OperandSpec("ARGUMENT", .optional, "a region, or the text"),
    ],
    options: [.sandboxFolder],
    examples: [
      "cutover sandbox do kill west", "cutover sandbox do lag", "cutover sandbox do edit-zone",
    ],
    notes: SandboxVerb.allCases.map { "\($0.rawValue): \($0.summary)" }.joined(separator: "\n"))

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let operands = invocation.operands
    var argument = operands.count > 1 ? operands[1] : nil
    if operands[0] == SandboxVerb.note.rawValue, argument == "-" { argument = try message() }
    let answer = try SandboxControl.ask(SandboxPlace.folder(invocation), operands[0], argument)
    console.result(answer["text"]?.string ?? "")
    return .done
  }

  /// What a hook of a plan is told at its standard input.
  private static func message() throws -> String {
    let bytes = try InputFile.read("-", limit: 1 << 16)
    guard let text = (try? JSON(parsing: bytes))?["text"]?.string else {
      throw Complaint("standard input holds no message of a hook", .usage)
    }
    return "told: \(text)"
  }
}

enum SandboxReportCommand: Command {
  static let spec = CommandSpec(
    name: "sandbox report",
    summary: "what the clients met so far: a summary, and a page with drawings",
    options: [
      .sandboxFolder, .value("into", "DIR", "write story.json, report.svg and report.html there"),
    ],
    examples: ["cutover sandbox report", "cutover sandbox report --into out"],
    notes: "Exit 3 where a request failed that nothing had announced.")

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let answer = try SandboxControl.ask(SandboxPlace.folder(invocation), "story")
    let story = TrafficStory(reading: answer["story"] ?? .null)
    let report = TrafficReport(story)
    if let folder = invocation.value("into") {
      try PublicDirectory.make(folder)
      let files = [
        ("story.json", story.json.pretty), ("report.svg", report.svg), ("report.html", report.html),
      ]
      for (name, text) in files {
        try AtomicFile.replace("\(folder)/\(name)", with: Array(text.utf8), mode: 0o644)
      }
    }
    if console.wantsJSON {
      console.result(story.json)
    } else {
      for line in report.lines { console.result(line) }
    }
    return story.unannounced.isEmpty ? .done : .refused
  }
}
