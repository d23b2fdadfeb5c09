import Foundation
import Testing

/// A test that never runs, or cannot fail, is worse than none.
@Suite struct TestShapeTests {
  static let suites = Repository.tests.filter {
    $0.path.contains("Tests/") && !["TestSupport", "TestBeds"].contains($0.target)
      && !$0.path.hasPrefix("Tests/Fuzz/") && !$0.path.hasPrefix("Tests/Bench/")
  }

  @Test func everyTestFunctionReallyIsATest() {
    for file in Self.suites {
      let text = file.text
      for function in file.functions {
        #expect(
          !function.name.hasPrefix("test") || function.attributes.contains("@Test"),
          "\(file.path):\(function.line): \(function.name) looks like a test but lacks @Test")
        guard !function.attributes.contains("@Test"), function.name != "init",
          function.body.contains(where: { $0.contains("#expect") || $0.contains("#require") })
        else { continue }
        // A helper that expects must be called by someone.
        let uses = text.components(separatedBy: "\(function.name)(").count - 1
        #expect(
          uses > 1
            || !text.contains("private func \(function.name)")
              && !function.body[0].contains("()"),
          "\(file.path):\(function.line): \(function.name) expects something but is neither a @Test nor called"
        )
      }
    }
  }

  /// A `…Bench.swift` measures and promises nothing: its script in Tests/Bench runs it.
  @Test func noTestSkipsItself() {
    for file in Self.suites where !file.path.hasSuffix("Bench.swift") {
      for (index, line) in file.code.enumerated() {
        #expect(
          !line.contains(".disabled("),
          "\(file.path):\(index + 1): a disabled test promises nothing")
        #expect(
          !line.contains(".enabled(if:") || line.contains("Soak.isOn"),
          "\(file.path):\(index + 1): tests run always, or under make soak; a missing peer is a failure"
        )
      }
    }
  }

  /// `make soak` picks its suites by name: one that is longer there must be among them.
  @Test func everySuiteThatIsLongerInASoakRunsInIt() throws {
    let makefile = try Repository.text("Makefile").components(separatedBy: "\n")
    let line = try #require(makefile.first { $0.hasPrefix("SOAK ?= ") })
    let filter = try Regex(String(line.dropFirst("SOAK ?= ".count)))
    var longer: Set<String> = []
    for file in Self.suites {
      var suite = ""
      for code in file.code {
        if code.contains("@Suite"), let name = code.firstMatch(of: /struct (\w+)/) {
          suite = "\(file.target).\(name.1)"
        }
        let isLonger = code.contains("Soak.isOn") && !code.contains("isOnOptimised")
        // Before any suite stand the helpers of several.
        if isLonger, !suite.isEmpty { longer.insert(suite) }
      }
    }
    #expect(longer.count > 10)
    for suite in longer.sorted() {
      #expect(suite.contains(filter), "\(suite) is longer in a soak, and `make soak` leaves it out")
    }
  }

  @Test func everySuiteHasTests() {
    for target in Set(Self.suites.map { $0.target }) {
      let files = Self.suites.filter { $0.target == target }
      #expect(files.contains { $0.text.contains("@Test") }, "Tests/\(target) has no test")
    }
  }
}
