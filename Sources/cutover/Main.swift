@preconcurrency import Glibc
import Invocation
import Notation

@main
enum Main {
  static func main() {
    signal(SIGPIPE, SIG_IGN)
    // A file that may not grow is an error to be told, like a full disk: no reason to die.
    signal(SIGXFSZ, SIG_IGN)
    let code = run(Array(CommandLine.arguments.dropFirst()))
    exit((code == .done && isResultLost() ? .failed : code).rawValue)
  }

  /// Whoever reads the result must not take a part of it for the whole.
  private static func isResultLost() -> Bool {
    guard let reason = Console.lostResult else { return false }
    Console().complain("standard output: \(reason); the result is not complete")
    return true
  }

  static func run(_ words: [String]) -> ExitCode {
    guard let first = words.first, !["help", "--help", "-h"].contains(first) else {
      return showHelp(Array(words.dropFirst()))
    }
    guard let (command, rest) = find(words) else { return rejectUnknown(words) }
    do {
      let invocation = try command.spec.parse(rest)
      let console = Console(
        wantsJSON: invocation.wantsJSON, allowsColor: !invocation.flag("no-color"))
      if invocation.flag("help") {
        console.result(command.spec.help)
        return .done
      }
      return try command.run(invocation, console)
    } catch let error as UsageError {
      return reject(error)
    } catch let complaint as Complaint {
      Console().complain(complaint.description)
      return complaint.code
    } catch {
      Console().complain("\(error)")
      return .failed
    }
  }

  /// The longest name that fits: `zone check FILE` is the command `zone check`.
  private static func find(_ words: [String]) -> (any Command.Type, [String])? {
    for length in [2, 1] where words.count >= length {
      let name = words.prefix(length).joined(separator: " ")
      if let command = CommandTable.all.first(where: { $0.spec.name == name }) {
        return (command, Array(words.dropFirst(length)))
      }
    }
    return nil
  }

  private static func showHelp(_ words: [String]) -> ExitCode {
    let console = Console()
    if words.isEmpty || words[0].hasPrefix("-") {
      let groups = CommandTable.groups.map { ($0.title, $0.commands.map { $0.spec }) }
      console.result(overview(groups: groups))
      return .done
    }
    guard let (command, _) = find(words) else { return rejectUnknown(words) }
    console.result(command.spec.help)
    return .done
  }

  private static func rejectUnknown(_ words: [String]) -> ExitCode {
    let names = CommandTable.all.map { $0.spec.name }
    let family = names.filter { $0.hasPrefix(words[0] + " ") }
    if !family.isEmpty {
      // Whoever asks for help with the first word alone is shown what there is.
      if let next = words.dropFirst().first, ["--help", "-h", "help"].contains(next) {
        for command in CommandTable.all where family.contains(command.spec.name) {
          Console().result("cutover \(command.spec.name)  \(command.spec.summary)")
        }
        return .done
      }
      let said = words.count > 1 ? "\"\(safeText(words[1]))\" is no command of \(words[0])" : ""
      let ways = family.map { "cutover \($0)" }.joined(separator: ", ")
      return reject(
        UsageError((said.isEmpty ? "\(words[0]) needs a second word" : said) + ": \(ways)"))
    }
    let heads = names.map { String($0.split(separator: " ")[0]) }
    let near = nearestWord(to: words[0], among: heads)
    let hint = near.map { "; did you mean \($0)?" } ?? ""
    return reject(UsageError("there is no command \"\(safeText(words[0]))\"\(hint)"))
  }

  private static func reject(_ error: UsageError) -> ExitCode {
    let console = Console()
    for problem in error.problems { console.complain(problem) }
    console.progress("Try: cutover \(error.command.map { $0 + " " } ?? "")--help")
    return .usage
  }
}
