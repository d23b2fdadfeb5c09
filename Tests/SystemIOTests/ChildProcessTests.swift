import Glibc
import Notation
import SystemIO
import Testing

@Suite struct ChildProcessTests {
  func run(
    _ words: [String], input: String = "", within deadline: TimeSpan = .seconds(20),
    limit: Int = 1 << 20
  ) throws -> ChildProcess.Outcome {
    try ChildProcess.run(
      words, variables: [("GIVEN", "yes")], input: Array(input.utf8), within: deadline,
      outputLimit: limit)
  }

  @Test func passesWordsInputAndOutputUnchanged() throws {
    let text = String(repeating: "a line of text\n", count: 20000)
    let outcome = try run(["cat"], input: text)
    #expect(outcome.succeeded && outcome.text == text && !outcome.isCut)
    #expect(try run(["printf", "%s|", "a b", "$HOME;"]).text == "a b|$HOME;|")
  }

  @Test func tellsHowItEnded() throws {
    let failed = try run(["sh", "-c", "echo why >&2; exit 3"])
    #expect(failed.ending == .exited(3) && failed.summary == "exit status 3: why")
    #expect(try run(["sh", "-c", "kill -9 $$"]).ending == .killed(signal: 9))
    #expect(throws: ChildProcessError.self) { try run(["no-such-program-here"]) }
    #expect(throws: ChildProcessError.self) { try run([]) }
  }

  @Test func endsWhatIsOverdueAndWhatThatStarted() throws {
    let outcome = try run(["sh", "-c", "sleep 600 & echo $!; wait"], within: .milliseconds(300))
    #expect(outcome.ending == .overdue)
    let grandchild = try #require(pid_t(outcome.text.prefix { $0.isNumber }))
    var tries = 0
    while kill(grandchild, 0) == 0, !isZombie(grandchild), tries < 500 {
      usleep(10000)
      tries += 1
    }
    #expect(kill(grandchild, 0) != 0 || isZombie(grandchild))
  }

  /// Killed, but not yet collected by whoever adopted it.
  private func isZombie(_ process: pid_t) -> Bool {
    let state = try? run(["ps", "-o", "state=", "-p", "\(process)"]).text
    return state?.hasPrefix("Z") ?? false
  }

  @Test func keepsSecretsOfOurEnvironmentToItself() throws {
    setenv("CUTOVER_CANARY", "canary", 1)
    let outcome = try run(["env"])
    #expect(!outcome.text.contains("canary") && outcome.text.contains("GIVEN=yes"))
  }

  @Test func cutsWhatIsTooMuch() throws {
    let outcome = try run(["sh", "-c", "head -c 100000 /dev/zero"], limit: 1000)
    #expect(outcome.succeeded && outcome.isCut && outcome.output.count == 1000)
  }
}
