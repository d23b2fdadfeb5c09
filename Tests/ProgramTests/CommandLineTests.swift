import Foundation
import TestSupport
import Testing

@Suite struct CommandLineTests {
  @Test func helpGoesToStdoutAndSucceeds() throws {
    for words in [[], ["--help"], ["help"], ["-h"], ["help", "version"], ["version", "--help"]] {
      let run = try Programs.cutover(words)
      #expect(run.status == 0, "\(run)")
      #expect(run.stdout.contains("Usage: cutover"), "\(run)")
      #expect(run.stderr.isEmpty, "\(run)")
    }
  }

  @Test func everyCommandHasHelpWithAnExample() throws {
    let overview = try Programs.cutover([]).stdout
    let names = overview.matches(of: /\n  ([a-z]+(?: [a-z]+)?)(?:  |\n)/).map { String($0.1) }
    #expect(names.contains("version"))
    for name in names {
      let run = try Programs.cutover(name.split(separator: " ").map(String.init) + ["--help"])
      #expect(run.status == 0, "\(run)")
      #expect(run.stdout.contains("Examples:\n  cutover \(name)"), "\(run)")
      // What an example names can be tried at once.
      let examples = run.stdout.components(separatedBy: "Examples:\n").last ?? ""
      for match in examples.matches(of: /(Plans|Zones)\/[^ ,\n]+/) {
        let path = Programs.root + "/" + String(match.0)
        #expect(FileManager.default.fileExists(atPath: path), "\(name): \(match.0)")
      }
    }
  }

  @Test func theFirstOfTwoWordsHasHelpToo() throws {
    for word in ["--help", "-h", "help"] {
      let run = try Programs.cutover(["provider", word])
      #expect(run.status == 0 && run.stdout.contains("cutover provider check  for the author"))
    }
    #expect(try Programs.cutover(["provider", "chek"]).status != 0)
  }

  /// What is wanted of the program is said, where it is not given.
  @Test func aProviderThatKeepsNoContractIsToldWhatIsMissing() throws {
    let run = try Programs.cutover([
      "provider", "check", "--zone", "example.test", "--name", "api.example.test", "/bin/echo",
      #"{"cutover":1}"#,
    ])
    #expect(run.status == 1)
    #expect(run.stdout.contains(#"{"ttl":300,"target":"#), "\(run)")
  }

  @Test func aMisspeltWordIsAnsweredWithTheNearest() throws {
    let command = try Programs.cutover(["verson"])
    #expect(command.status == 2)
    #expect(command.stderr.contains("did you mean version?"))
    #expect(command.stdout.isEmpty)
    let option = try Programs.cutover(["version", "--jsn"])
    #expect(option.status == 2)
    #expect(option.stderr.contains("did you mean --json?"))
  }

  @Test func hostileWordsDoNotReachTheTerminalRaw() throws {
    let run = try Programs.cutover(["\u{1b}[31mred\u{7}"])
    #expect(run.status == 2)
    #expect(!run.stderr.contains("\u{1b}"))
  }

  @Test func allUsageErrorsComeAtOnce() throws {
    let run = try Programs.cutover(["version", "--nonsense", "extra", "--json=yes"])
    #expect(run.status == 2)
    #expect(run.stderr.contains("--nonsense"))
    #expect(run.stderr.contains("extra"))
    #expect(run.stderr.contains("--json takes no value"))
  }

  @Test func aReaderThatGoesAwayEndsItQuietly() throws {
    let program = try Programs.cutover()
    let run = try Programs.run(
      "bash", ["-c", "'\(program)' --help | head -n 1; echo ${PIPESTATUS[0]}"])
    #expect(run.stdout.hasSuffix("0\n"), "\(run)")
    #expect(run.stderr.isEmpty)
  }
}
