import Notation
import TestSupport
import Testing

@Suite struct InstantTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2026-11-21T14:05:12Z", 1_795_269_912_000),
    ("2000-02-29T23:59:59.250Z", 951_868_799_250), ("1969-12-31T23:59:59.999Z", -1),
    ("0001-01-01T00:00:00Z", -62_135_596_800_000),
    ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
  ])
  func readsAndWritesRFC3339(text: String, milliseconds: Int64) {
    #expect(UTCInstant(parsing: text)?.milliseconds == milliseconds)
    #expect(UTCInstant(milliseconds: milliseconds).description == text)
  }

  @Test func readsOffsetsAndShortFractions() {
    #expect(
      UTCInstant(parsing: "2026-11-21T15:05:12+01:00")
        == UTCInstant(parsing: "2026-11-21T14:05:12Z"))
    #expect(UTCInstant(parsing: "2026-11-21 14:05:12.5Z")?.milliseconds == 1_795_269_912_500)
  }

  @Test(arguments: [
    "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
    "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z",
    "2026-01-01", "2026-01-01T00:00:00Zx", "", "2026-1-1T0:0:0Z", "1900-02-29T00:00:00Z",
  ])
  func refusesWhatIsNoMoment(text: String) {
    #expect(UTCInstant(parsing: text) == nil)
  }

  @Test func everyMomentReadsBack() {
    var random = SeededRandom(seed: 7)
    for _ in 0..<20_000 {
      let range = UTCInstant.distantPast.milliseconds...UTCInstant.distantFuture.milliseconds
      let instant = UTCInstant(milliseconds: Int64.random(in: range, using: &random))
      #expect(UTCInstant(parsing: instant.description) == instant, "\(instant.milliseconds)")
    }
  }

  @Test func arithmeticSaturatesInsteadOfTrapping() {
    let far = TimeSpan(milliseconds: .max)
    #expect(UTCInstant.distantFuture + far == .distantFuture)
    #expect(UTCInstant.distantPast - far == .distantPast)
    #expect(far + far == far)
    #expect(TimeSpan.days(Int64.max) == far)
    #expect(TimeSpan.seconds(-1) * Int64.max < .zero)
  }

  @Test func weekdaysAreRight() {
    // 2026-11-21 is a Saturday; 1970-01-01 was a Thursday; 1969-12-29 a Monday.
    #expect(CivilDateTime(UTCInstant(parsing: "2026-11-21T00:00:00Z")!).weekday == 5)
    #expect(CivilDateTime(UTCInstant(milliseconds: 0)).weekday == 3)
    #expect(CivilDateTime(UTCInstant(parsing: "1969-12-29T12:00:00Z")!).weekday == 0)
  }

  @Test func readsTheDateThatHTTPSendersWrite() {
    #expect(
      UTCInstant(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT")
        == UTCInstant(parsing: "1994-11-06T08:49:37Z"))
    for text in [
      "Sun, 6 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "",
      "Sun, 31 Feb 1994 08:49:37 GMT",
    ] {
      #expect(UTCInstant(httpDate: text) == nil, "\(text)")
    }
  }
}

@Suite struct SpanTests {
  @Test(arguments: [
    ("90", 90), ("90s", 90), ("5m", 300), ("2h", 7200), ("2d", 172_800), ("1w", 604_800),
    ("1h30m", 5400), ("2D", 172_800),
  ])
  func readsWhatPlansSay(text: String, seconds: Int64) {
    #expect(TimeSpan(parsing: text) == .seconds(seconds))
  }

  @Test(arguments: [
    "", "h", "1h30", "-5", "1.5h", "5 m", "1y", "99999999999999999999", "9223372036854775807d",
    "1h 30m",
  ])
  func refusesWhatIsNoSpan(text: String) {
    #expect(TimeSpan(parsing: text) == nil)
  }

  @Test(arguments: [
    (0, "0 ms"), (350, "350 ms"), (12_000, "12 s"), (172_860_000, "2 d 1 min"),
    (3_661_000, "1 h 1 min"), (-60_000, "-1 min"),
  ])
  func isToldInTwoUnits(milliseconds: Int64, text: String) {
    #expect(TimeSpan(milliseconds: milliseconds).description == text)
  }

  @Test func secondsRoundUpSoThatNoWaitEndsEarly() {
    #expect(TimeSpan(milliseconds: 1001).secondsRoundedUp == 2)
    #expect(TimeSpan(milliseconds: 1000).secondsRoundedUp == 1)
    #expect(TimeSpan(milliseconds: -1001).secondsRoundedUp == -1)
  }
}
