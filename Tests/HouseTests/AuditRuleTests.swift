import Foundation
import Testing

/// Every finding of the audit has a test that names it: a zone that trips it, and a near-miss.
@Suite struct AuditRuleTests {
  @Test func everyFindingIsTrippedByATest() throws {
    let isFinding = /"(dns\.[a-zA-Z]+(\.[a-zA-Z0-9]+)*)"/
    var found: Set<String> = []
    for file in Repository.sources where file.path.contains("Assessment/Audit/") {
      for line in file.lines {
        for match in line.matches(of: isFinding) { found.insert(String(match.1)) }
      }
    }
    #expect(found.count > 40)
    let tests = Repository.tests.flatMap(\.lines).joined(separator: "\n")
    for id in found.sorted() where !tests.contains("\"\(id)\"") {
      Issue.record("nothing trips \(id)")
    }
  }
}
