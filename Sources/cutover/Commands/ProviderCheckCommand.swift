import DNSModel
import DNSProviders
import Invocation
import Notation

enum ProviderCheckCommand: Command {
  static let spec = CommandSpec(
    name: "provider check",
    summary: "for the author of an exec provider: does the program keep the contract?",
    operands: [OperandSpec("COMMAND", .atLeastOne, "the program and its arguments")],
    options: [
      .value("zone", "ZONE", required: true, "the zone it changes"),
      .value("name", "NAME", required: true, "an alias in it that nobody needs: it is changed"),
    ],
    examples: [
      "cutover provider check --zone example.test --name api.example.test Plans/exec-provider.py records.json"
    ],
    notes: """
      The record is changed there and back and ends as it was, unless a check fails: what it says then is told.
      Exit code: 0 the contract is kept, 1 it is not.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let scope = ProviderScope(
      zone: try name("zone", invocation), name: try name("name", invocation))
    guard scope.name.isBelow(scope.zone) || scope.name == scope.zone else {
      throw UsageError("\(scope.name) is not in \(scope.zone)", command: invocation.command)
    }
    var trial = ProviderTrial(ExecProvider(scope: scope, words: invocation.operands))
    trial.run()
    if console.wantsJSON {
      console.result(
        .array(
          trial.checks.map { check in
            .record([
              ("check", .string(check.text)), ("holds", .bool(check.failure == nil)),
              ("seen", check.failure.map { .string($0) }),
            ])
          }))
    } else {
      for check in trial.checks {
        console.result("\(check.failure == nil ? "✓" : "✗") \(check.text)")
        if let failure = check.failure { console.result("  " + safeText(failure)) }
      }
    }
    return trial.holds ? .done : .failed
  }

  private static func name(_ option: String, _ invocation: ParsedInvocation) throws -> DomainName {
    let text = invocation.value(option) ?? ""
    do {
      return try DomainName(parsing: text)
    } catch {
      throw UsageError("--\(option) \(safeText(text)): \(error)", command: invocation.command)
    }
  }
}
