import DNSModel
import Notation
import SystemIO

/// A program of the user's that is started, asked one thing on one line, answers on one line, and ends.
struct ExecProgram: Sendable {
  let words: [String]
  let patience: TimeSpan

  /// For people.
  var name: String { safeText(words.first ?? "") }

  enum Answer {
    case answered(JSON)
    /// It cannot have done anything.
    case notStarted(String)
    case failed(String)
  }

  func ask(_ operation: String, _ scope: ProviderScope, _ members: [(String, JSON)]) -> Answer {
    var request = JSONObject([
      ("cutover", 1), ("operation", .string(operation)),
      ("zone", .string(scope.zone.description)), ("name", .string(scope.name.description)),
    ])
    for (key, value) in members { request[key] = value }
    let line = Array((JSON.object(request).compact + "\n").utf8)
    do {
      let outcome = try ChildProcess.run(words, input: line, within: patience)
      guard outcome.succeeded else { return .failed("\(name): \(outcome.summary)") }
      let lines = outcome.text.split(separator: "\n")
      guard lines.count == 1, let json = try? JSON(parsing: String(lines[0])) else {
        return .failed("\(name) answers \(lines.count) lines; one JSON object is wanted")
      }
      return .answered(json)
    } catch {
      return .notStarted("\(error)")
    }
  }
}
