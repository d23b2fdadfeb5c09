import Assessment
import DNSModel
import Foundation
import Migration
import Notation
import PlanFiles
import Reports
import TestSupport
import Testing

/// The Contoso plan as people get it, held against what was read and approved (`Fixtures/`).
/// `CUTOVER_GOLDEN=write` writes the files anew: look at the difference before keeping it.
struct PlanReportsTests {
  static let fixtures = Programs.root + "/Tests/ReportsTests/Fixtures"

  static func contoso() throws -> (Forecast, MomentText) {
    let path = Programs.root + "/Plans/api.contososhoes.com.yaml"
    let bytes = try #require(FileManager.default.contents(atPath: path))
    let start = UTCInstant(parsing: "2026-11-21T08:00:00Z")!
    let file = try PlanFile.read(Array(bytes), now: start) { name in
      FileManager.default.contents(atPath: "/usr/share/zoneinfo/" + name).map { Array($0) }
    }
    let forecast = try #require(Forecast(file.plan, start: start, timeZone: file.timeZone))
    return (forecast, MomentText(zone: file.timeZone, name: file.plan.changeWindow?.timeZone))
  }

  static func compare(_ text: String, _ name: String) throws {
    let path = "\(fixtures)/\(name)"
    if ProcessInfo.processInfo.environment["CUTOVER_GOLDEN"] == "write" {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }
    let golden = try #require(FileManager.default.contents(atPath: path), "\(name) is missing")
    let expected = String(decoding: golden, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in expected.enumerated() where index >= lines.count || lines[index] != line {
      Issue.record("\(name), line \(index + 1): \(index < lines.count ? lines[index] : "nothing")")
      return
    }
    #expect(lines.count == expected.count)
  }

  @Test func theTextIsTheOneThatWasApproved() throws {
    let (forecast, moments) = try Self.contoso()
    try Self.compare(PlanText(forecast, moments, width: 100).text, "contoso.txt")
  }

  @Test func theJSONIsTheOneThatWasApproved() throws {
    try Self.compare(PlanJSON(try Self.contoso().0).json.pretty, "contoso.json")
  }

  @Test func theMarkdownIsTheOneThatWasApproved() throws {
    let (forecast, moments) = try Self.contoso()
    try Self.compare(PlanMarkdown(forecast, moments).text, "contoso.md")
  }

  @Test func theDrawingIsTheOneThatWasLookedAt() throws {
    let (forecast, moments) = try Self.contoso()
    try Self.compare(PlanDrawing(forecast, moments).svg, "contoso.svg")
  }

  @Test func renewalsOfTheMoveAreSteppedDrawnAndMarked() throws {
    let (declared, moments) = try Self.contoso()
    #expect(declared.renewals == [])
    var plan = declared.plan
    plan.certificate.life = .days(6)
    let start = declared.times.start
    let forecast = try #require(Forecast(plan, start: start, timeZone: .utc))
    #expect(forecast.renewals.count >= 2)
    let svg = PlanDrawing(forecast, moments).svg
    let timeline = CertificateTimeline(
      forecast, oldEnds: nil, newEnds: forecast.times.endpointReady + .days(6), now: start)
    let lines = TimelineText(timeline).lines
    let row = try #require(lines.first { $0.hasPrefix("new") })
    for (number, due) in forecast.renewals.enumerated() {
      #expect(svg.contains(">renewal \(number + 1)<"))
      #expect(lines.contains("  + renewal \(number + 1) of new, a step of the move: \(due)"))
      #expect(
        PlanText(forecast, moments, width: 100).text.contains("certificate.renew.\(number + 1)"))
    }
    #expect(row.filter { $0 == "+" }.count == forecast.renewals.count, "\(row)")
    #expect(TimelineText(timeline).svg.contains("renewed"))
    #expect(!timeline.findings.map(\.id).contains("timeline.new.renews-inside"))
  }

  @Test(arguments: [80, 100, 140])
  func noLineIsWiderThanAskedForExceptWhatIsCopied(_ width: Int) throws {
    let (forecast, moments) = try Self.contoso()
    for line in PlanText(forecast, moments, width: width).text.split(separator: "\n") {
      let isCopied = line.contains(" IN ") || line.contains("sha256:")
      #expect(line.count <= width || isCopied, "\(line)")
    }
  }

  @Test func namesFromAPlanBecomeNoMarkup() throws {
    var (plan, moments) = (try Self.contoso().0.plan, try Self.contoso().1)
    plan.title = "<script>alert(1)</script> & **bold** | \u{1b}[31m"
    let start = UTCInstant(parsing: "2026-11-21T08:00:00Z")!
    let forecast = try #require(Forecast(plan, start: start, timeZone: .utc))
    moments = MomentText(zone: .utc, name: nil)
    #expect(!PlanDrawing(forecast, moments).svg.contains("<script>"))
    #expect(!PlanMarkdown(forecast, moments).text.contains("<script>"))
    for text in [
      PlanText(forecast, moments, width: 80).text, PlanMarkdown(forecast, moments).text,
      PlanDrawing(forecast, moments).svg, PlanJSON(forecast).json.pretty,
    ] {
      #expect(!text.contains("\u{1b}"))
    }
  }

  @Test func aPlanOfSecondsDrawsToo() throws {
    var plan = try Self.contoso().0.plan
    plan.from.ttl = TTL(clamping: 10)
    plan.ttl = TTLPlan(strategy: .direct(TTL(clamping: 2)), final: TTL(clamping: 10))
    plan.timing = TimingPlan(lag: .seconds(1), margin: .seconds(1), propagation: .seconds(1))
    plan.soak = SoakPlan(afterCutover: .seconds(10), afterLock: .seconds(5))
    plan.changeWindow = nil
    let start = UTCInstant(parsing: "2026-11-21T08:00:00Z")!
    let forecast = try #require(Forecast(plan, start: start, timeZone: .utc))
    let svg = PlanDrawing(forecast, MomentText(zone: .utc, name: nil)).svg
    #expect(svg.hasSuffix("</svg>\n"))
  }
}
