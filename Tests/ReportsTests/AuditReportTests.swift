import Assessment
import DNSModel
import Notation
import Reports
import Testing

@Suite struct AuditReportTests {
  /// A name that was asked for is never missing from the report, and never passes unseen (R21).
  @Test func aLookThatDidNotEndIsUnknownInEveryForm() {
    let report = AuditReport(unfinished: "api.example.test")
    #expect(report.gravest == .unknown)
    #expect(report.line == "api.example.test.: 1 unknown: dns.audit.unfinished")
    #expect(report.lines.contains { $0.contains("did not come to its end") })
    #expect(report.markdown.contains("dns.audit.unfinished"))
    #expect(report.json["findings"]?.array?.first?["severity"]?.string == "unknown")
  }
}
