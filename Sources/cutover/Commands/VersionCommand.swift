import Invocation
import Notation

enum VersionCommand: Command {
  static let number = "0.1.0"

  static let spec = CommandSpec(
    name: "version", summary: "which version this is", examples: ["cutover version --json"])

  static func run(_ invocation: ParsedInvocation, _ console: Console) -> ExitCode {
    if console.wantsJSON {
      console.result(["version": .string(number)] as JSON)
    } else {
      console.result("cutover \(number)")
    }
    return .done
  }
}
