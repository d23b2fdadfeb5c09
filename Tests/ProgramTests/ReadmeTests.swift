import Foundation
import TestSupport
import Testing

/// Every command shown in the README is run, and what it printed is held against what is shown there.
///
/// A block marked ```console is one session: a line beginning with `$ ` is a command, the lines behind
/// it are its output (a line `…` stands for any number of lines). Moments, ports and process numbers
/// are masked on both sides. Commands ending in `> FILE &` run until the
/// session ends; the next one comes when they say that they are ready.
@Suite struct ReadmeTests {
  struct Session: Sendable, CustomTestStringConvertible {
    let line: Int
    var commands: [(command: String, output: [String])] = []
    var testDescription: String { "README.md:\(line)" }
  }

  static var sessions: [Session] {
    let text = (try? String(contentsOfFile: "\(Programs.root)/README.md", encoding: .utf8)) ?? ""
    var sessions: [Session] = []
    var isInside = false
    for (index, line) in text.components(separatedBy: "\n").enumerated() {
      if line.hasPrefix("```") {
        isInside = !isInside && line == "```console"
        if isInside { sessions.append(Session(line: index + 1)) }
      } else if isInside, line.hasPrefix("$ ") {
        sessions[sessions.count - 1].commands.append((String(line.dropFirst(2)), []))
      } else if isInside, let last = sessions.last?.commands.indices.last {
        sessions[sessions.count - 1].commands[last].output.append(line)
      }
    }
    return sessions
  }

  @Test func theReadmeShowsSessions() {
    #expect(Self.sessions.count >= 1)
  }

  @Test(arguments: sessions) func showsWhatReallyHappens(session: Session) throws {
    let folder = TemporaryDirectory()
    let program = try Programs.cutover()
    let mark = "=====next====="
    var script = "mkdir -p bin; ln -s '\(program)' bin/cutover; PATH=$PWD/bin:$PATH\n"
    script += "ln -s '\(Programs.root)/Plans' Plans; ln -s '\(Programs.root)/Zones' Zones\n"
    script += "export HOME=$PWD COLUMNS=100 LC_ALL=C.UTF-8\n"
    for (command, _) in session.commands {
      script += "echo '\(mark)'\n\(command)\n"
      // A server says when it is ready; nothing here waits for a fixed time.
      if let log = command.firstMatch(of: /> (\S+) &$/)?.1 {
        script += "for i in $(seq 300); do grep -qs '^ready' \(log) && break; sleep 0.1; done\n"
      }
    }
    script += "kill $(jobs -p) 2>/dev/null; wait 2>/dev/null\n"
    let run = try Programs.run(
      "bash", ["-c", "exec 2>&1\n" + script], directory: folder.path, seconds: 120)
    let outputs = run.stdout.components(separatedBy: mark + "\n").dropFirst().map { output in
      output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
    try #require(outputs.count == session.commands.count, "\(run)")
    for (shown, seen) in zip(session.commands, outputs) {
      let expected = Self.trimmed(shown.output.map(Self.masked))
      let actual = Self.trimmed(seen.map(Self.masked))
      #expect(
        Self.matches(expected[...], actual[...]),
        "$ \(shown.command)\nREADME shows:\n\(expected.joined(separator: "\n"))\nit prints:\n\(actual.joined(separator: "\n"))"
      )
    }
  }

  static func masked(_ line: String) -> String {
    var line = line
    line.replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/, with: "<time>")
    line.replace(/\b\d\d:\d\d:\d\d\b/, with: "<clock>")
    line.replace(/(127\.0\.0\.1|\[::1\]):\d+/) { "\($0.1):<port>" }
    while line.last == " " { line.removeLast() }
    return line
  }

  static func trimmed(_ lines: [String]) -> [String] {
    var lines = lines[...]
    while lines.last?.isEmpty == true { lines.removeLast() }
    return Array(lines)
  }

  static func matches(_ expected: ArraySlice<String>, _ actual: ArraySlice<String>) -> Bool {
    guard let first = expected.first else { return actual.isEmpty }
    if first == "…" {
      let rest = expected.dropFirst()
      return (actual.startIndex...actual.endIndex).contains { matches(rest, actual[$0...]) }
    }
    return actual.first == first && matches(expected.dropFirst(), actual.dropFirst())
  }
}
