import Invocation
import Migration

enum PauseCommand: Command {
  static let spec = verbSpec(
    "pause", "start nothing new; what is under way is still looked after", "cutover pause")

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    try send(.pause, invocation, console)
  }
}

enum ResumeCommand: Command {
  static let spec = verbSpec(
    "resume", "go on after a pause, a failure, or a drift that was decided on", "cutover resume",
    options: [
      .flag("adopt", "let the foreign record stand, and end the migration"),
      .flag("overwrite", "write over the foreign record"),
      .flag("retry", "try a failed effect again now"),
      .value("waive", "SERVER", "do without an authoritative that cannot be asked"),
      .flag("withdraw", "a change that was handed to a person will not be made any more"),
    ])

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    var verbs: [Verb] = []
    if invocation.flag("adopt") { verbs.append(.adopt) }
    if invocation.flag("overwrite") { verbs.append(.overwrite) }
    if invocation.flag("retry") { verbs.append(.retry) }
    if invocation.flag("withdraw") { verbs.append(.withdraw) }
    if let server = invocation.value("waive") { verbs.append(.waive(authority: server)) }
    guard verbs.count <= 1 else {
      throw UsageError("one decision at a time", command: spec.name)
    }
    return try send(verbs.first ?? .resume, invocation, console)
  }
}

enum AbortCommand: Command {
  static let spec = verbSpec(
    "abort", "give the move up and restore the old world", "cutover abort --reason \"wrong week\"")

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    try send(.abort, invocation, console)
  }
}

enum RollbackCommand: Command {
  static let spec = verbSpec(
    "rollback", "bring the name back to the old endpoint, from any state", "cutover rollback",
    options: [
      .flag(
        "break-glass",
        "while rolling back or repairing: restore the record though the old endpoint looks ill")
    ])

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    try send(invocation.flag("break-glass") ? .breakGlass : .rollback, invocation, console)
  }
}

private func verbSpec(
  _ name: String, _ summary: String, _ example: String, options: [OptionSpec] = []
) -> CommandSpec {
  CommandSpec(
    name: name, summary: summary, operands: [.migration],
    options: options + CommandDelivery.options, examples: [example])
}

extension Command {
  static func send(
    _ verb: Verb, _ invocation: ParsedInvocation, _ console: Console
  ) throws -> ExitCode {
    let view = try MigrationView.chosen(invocation)
    let reply = try CommandDelivery(invocation).deliver(verb, to: view.id)
    let code = reply.report(verb.text, view.id, console)
    if verb == .rollback || verb == .abort { tellOfDrift(view.after(verb), console) }
    return code
  }

  /// Turning back does not write over what a stranger put there, either (R19).
  private static func tellOfDrift(_ view: MigrationView, _ console: Console) {
    guard view.state.pauses.contains(.drift), !view.standing.isEnd else { return }
    for line in DriftText(view: view).lines { console.progress(line) }
  }
}
