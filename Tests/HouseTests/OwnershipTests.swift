import Foundation
import Testing

/// One owner each for the clock, for randomness and for printing: everything else takes moments and
/// random numbers as arguments and returns what is to be shown, so that tests can hold it.
@Suite struct OwnershipTests {
  struct Ban: Sendable, CustomTestStringConvertible {
    let what: String
    let words: [String]
    let owners: [String]
    let instead: String
    var testDescription: String { what }
  }

  static let bans = [
    Ban(
      what: "the clock",
      words: [
        "clock_gettime", "gettimeofday", "Date()", "Date.now", "ContinuousClock", "SuspendingClock",
        "DispatchTime", " time(nil)", "(time(nil)", "Task.sleep",
      ],
      owners: ["Sources/SystemIO/SystemClock.swift", "Sources/CLinux/"],
      instead: "take the moment as an argument, or ask SystemIO's SystemClock at the edge"),
    Ban(
      what: "randomness",
      words: [
        "SystemRandomNumberGenerator", ".random(in:", ".randomElement()", ".shuffled()",
        "arc4random",
        "clinux_random", "getrandom", "RAND_bytes", "drand48", "UUID()",
      ],
      owners: ["Sources/SystemIO/SystemRandom.swift", "Sources/CLinux/"],
      instead: "take the random numbers as an argument, or ask SystemIO's SystemRandom at the edge"),
    Ban(
      what: "printing",
      words: [
        "print(", "debugPrint(", "dump(", "fputs(", "putchar(", "STDOUT_FILENO", "STDERR_FILENO",
      ],
      owners: ["Sources/cutover/Console.swift"],
      instead: "return what is to be shown; cutover's Console shows it"),
  ]

  @Test(arguments: bans) func hasOneOwner(ban: Ban) {
    for file in Repository.sources where !ban.owners.contains(where: { file.path.hasPrefix($0) }) {
      for (index, line) in file.code.enumerated() {
        // A generator that came in as an argument is just what is wanted.
        for word in ban.words where Self.contains(line, word) && !line.contains("using: &") {
          Issue.record("\(file.path):\(index + 1) uses \(word): \(ban.instead)")
        }
      }
    }
  }

  /// `word` not as the tail of a longer identifier: `blueprint(` is not `print(`.
  private static func contains(_ line: String, _ word: String) -> Bool {
    var rest = Substring(line)
    while let range = rest.range(of: word) {
      let before = rest[..<range.lowerBound].last
      let isTail = before.map { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." } ?? false
      if !isTail || !(word.first?.isLetter ?? false) { return true }
      rest = rest[range.upperBound...]
    }
    return false
  }

  @Test func sourcesAreSynchronous() {
    for file in Repository.sources {
      for (index, line) in file.code.enumerated()
      where line.contains(/\b(async|await)\b|\bactor\s+[A-Z]/) || line.contains("Task {") {
        Issue.record(
          "\(file.path):\(index + 1): everything is synchronous here; use SystemIO's Thread")
      }
    }
  }
}
