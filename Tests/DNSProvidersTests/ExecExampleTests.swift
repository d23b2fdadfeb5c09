import DNSModel
import DNSProviders
import Foundation
import Notation
import TestBeds
import TestSupport
import Testing

/// Any program: the example that authors begin from keeps the contract, and one that does not is found out.
@Suite struct ExecExampleTests {
  let directory = TemporaryDirectory()
  static let example = Programs.root + "/Plans/exec-provider.py"

  func provider(_ words: [String], patience: TimeSpan = .seconds(30)) -> ExecProvider {
    ExecProvider(scope: DNSProviderConformance.scope, words: words, patience: patience)
  }

  func records(_ name: String) -> String {
    directory.write(
      name, #"{"api.example.test.": {"ttl": 300, "target": "old.example.net."}}"#)
  }

  @Test func theExampleConforms() throws {
    var count = 0
    try DNSProviderConformance.check {
      count += 1
      return provider([Self.example, records("records-\(count).json")])
    }
  }

  @Test func theTrialPassesTheExampleAndLeavesTheRecordAsItWas() throws {
    let file = records("trial.json")
    let before = try directory.read("trial.json")
    let words = [Self.example, file]
    var trial = ProviderTrial(provider(words))
    trial.run()
    #expect(trial.holds && trial.checks.count >= 13, "\(trial.checks)")
    #expect(try JSON(parsing: directory.read("trial.json")) == JSON(parsing: before))
  }

  /// Programs that answer well and do something else.
  @Test(arguments: [
    ("record != request[\"expected\"]", "False", "refuses"),
    ("records[request[\"name\"]] = request[\"wanted\"]", "pass", "TTL alone"),
    ("return record or {\"absent\": True}", "return {\"absent\": True}", "reads the record"),
    ("\"longestWriteSeconds\": 10", "\"longestWriteSeconds\": 9999", "describes"),
    ("texts.append(request[\"text\"])", "pass", "publishes a proof"),
    ("if text != request[\"text\"]]", "if False]", "withdraws one of two"),
    ("if text != request[\"text\"]]", "]", "withdraws the other"),
  ])
  func theTrialNamesWhatAProgramDoesNotKeep(right: String, wrong: String, check: String) throws {
    let text = try String(contentsOfFile: Self.example, encoding: .utf8)
    #expect(text.contains(right))
    let program = directory.write(
      "wrong.py", text.replacing(right, with: wrong), mode: 0o700)
    var trial = ProviderTrial(provider([program, records("wrong.json")]))
    trial.run()
    let failed = trial.checks.filter { $0.failure != nil }
    #expect(failed.count == 1 && failed.allSatisfy { $0.text.contains(check) }, "\(trial.checks)")
  }

  func script(_ text: String) -> ExecProvider {
    provider(["/bin/sh", directory.write("script-\(text.hashValue)", text)], patience: .seconds(2))
  }

  static let change = AliasChange(
    expected: DNSProviderConformance.old, wanted: DNSProviderConformance.new)

  @Test(arguments: [
    "exit 1", "echo nonsense", "echo '{}'; echo '{}'", "echo '{\"outcome\":\"done\"}'", "sleep 30",
    "kill -9 $$", "true",
  ])
  func whatItDoesNotSayClearlyIsUnknown(text: String) {
    guard case .unknown = script("cat > /dev/null; " + text).change(Self.change) else {
      Issue.record("\(text) passed for an answer")
      return
    }
  }

  @Test func aProgramThatCannotBeStartedChangedNothing() {
    guard case .tryAgain = provider(["/nowhere/provider"]).change(Self.change) else {
      Issue.record("not told as certain")
      return
    }
    #expect(provider(["/nowhere/provider"]).preflight().contains { $0.weight == .blocker })
  }

  @Test func itsOwnLongestWriteMustFitThePlan() {
    let slow = script("cat > /dev/null; echo '{\"cutover\":1,\"longestWriteSeconds\":99999}'")
    #expect(slow.preflight().contains { $0.weight == .blocker && $0.text.contains("may take") })
    let later = script("cat > /dev/null; echo '{\"cutover\":2}'")
    #expect(later.preflight().contains { $0.text.contains("does not speak version 1") })
  }
}
