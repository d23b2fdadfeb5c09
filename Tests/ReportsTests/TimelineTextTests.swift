import Assessment
import Migration
import Notation
import Reports
import Testing

/// Certificates against the phases, drawn: who ends where, what is beyond the picture, what is unknown.
@Suite struct TimelineTextTests {
  static let now = UTCInstant(parsing: "2026-11-21T08:00:00Z")!
  static let phases = CertificateTimeline.Phases(
    cutover: now + .days(2), drained: now + .days(3), soaked: now + .days(4),
    rollbackEnds: now + .days(8), timeToEffect: .hours(1), minimumStay: .days(1))

  static func timeline(
    old: TimeSpan?, new: TimeSpan?, origins: [(name: String, ends: UTCInstant?)] = []
  ) -> CertificateTimeline {
    CertificateTimeline(
      OldEndpointPlan(), new: CertificatePlan(), oldEnds: old.map { now + $0 },
      newEnds: new.map { now + $0 }, origins: origins, phases: phases, now: now)
  }

  /// What is drawn behind a row's name.
  static func bar(_ name: String, in lines: [String]) -> String? {
    lines.first { $0.hasPrefix(name) }.map { String($0.dropFirst(18)) }
  }

  @Test func eachMarkStandsInItsPlaceAndIsExplained() throws {
    let lines = TimelineText(Self.timeline(old: .days(5), new: .days(90))).lines
    let scale = lines[0].dropFirst(18)
    #expect(scale.filter { $0 != " " } == "CDSR")
    // Nine days of width: the cutover at two of them.
    let cutover = scale.distance(
      from: scale.startIndex, to: try #require(scale.firstIndex(of: "C")))
    let end = scale.distance(from: scale.startIndex, to: try #require(scale.firstIndex(of: "R")))
    #expect(abs(cutover * 4 - end) <= 4, "\(scale)")
    for text in [
      "C cutover: 2026-11-23T08:00:00Z", "D old answers have left the caches: 2026-11-24T08:00:00Z",
      "S soaked: 2026-11-25T08:00:00Z", "R the promised way back ends: 2026-11-29T08:00:00Z",
      "decide by 2026-11-25T07:00:00Z to go back",
    ] { #expect(lines.contains { $0.contains(text) }, "\(text)") }
    let way = try #require(Self.bar("way back", in: lines))
    #expect(way.prefix { $0 == " " }.count == cutover)
  }

  @Test func whatEndsInsideBeyondBeforeOrNobodyKnowsWhenLooksDifferent() throws {
    let origins: [(name: String, ends: UTCInstant?)] = [
      ("origin gone", Self.now - .days(1)), ("origin dark", nil),
    ]
    let lines = TimelineText(
      Self.timeline(old: .days(4), new: .days(90), origins: origins)
    ).lines
    let old = try #require(Self.bar("old", in: lines))
    let new = try #require(Self.bar("new", in: lines))
    #expect(old.hasSuffix("|") && old.count < new.count)
    #expect(abs(old.count * 9 - new.count * 4) <= 9, "four of nine days")
    #expect(new.hasSuffix(">"))
    #expect(Self.bar("origin gone", in: lines) == "|ended")
    #expect(Self.bar("origin dark", in: lines) == "?")
    #expect(lines.contains { $0.contains("origin dark: ends unknown") })
  }

  @Test(arguments: [40, 60, 80, 100, 300]) func theBarsKeepToTheWidth(width: Int) {
    let lines = TimelineText(Self.timeline(old: .days(400), new: .days(400)), width: width).lines
    for line in lines.prefix(4) { #expect(line.count <= max(width, 54), "\(line)") }
  }

  @Test func theDrawingTellsTheSameAndTakesNoMarkup() {
    let origins: [(name: String, ends: UTCInstant?)] = [("<b>west & east</b>", nil)]
    let svg = TimelineText(Self.timeline(old: .days(4), new: .days(90), origins: origins)).svg
    #expect(svg.hasPrefix("<svg") && svg.contains("</svg>"))
    #expect(!svg.contains("<b>") && svg.contains("&lt;b&gt;west &amp; east"))
    for text in [
      "until 2026-11-25T08:00:00Z", "until 2027-02-19T08:00:00Z", "end unknown",
      "decide by 2026-11-24T07:00:00Z", "C  cutover: 2026-11-23T08:00:00Z",
    ] { #expect(svg.contains(text), "\(text)") }
    #expect(svg.contains("class=\"cut\""))
  }
}
