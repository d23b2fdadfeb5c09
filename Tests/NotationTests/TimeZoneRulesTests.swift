import Foundation
import Notation
import Testing

struct TimeZoneRulesTests {
  static func rules(_ name: String) throws -> TimeZoneRules {
    let bytes = FileManager.default.contents(atPath: "/usr/share/zoneinfo/" + name)
    let found = try #require(bytes, "\(name): install tzdata")
    return try #require(TimeZoneRules(tzif: Array(found)))
  }

  static let zones = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Tehran",
    "America/St_Johns", "Pacific/Apia", "Africa/Casablanca", "Europe/Dublin", "America/Nuuk",
    "Antarctica/Troll", "Etc/UTC", "America/Asuncion", "Pacific/Chatham",
  ]

  /// Held against another reader of the same files, across the transitions and into the far future.
  @Test(arguments: zones)
  func saysWhatTheSystemSays(_ name: String) throws {
    let rules = try Self.rules(name)
    let foundation = try #require(TimeZone(identifier: name))
    // Every 13 days and some hours, 1980 to 2036.
    for seconds in stride(from: Int64(315_532_800), to: 2_082_758_400, by: 1_137_961) {
      let expected = foundation.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
      #expect(rules.offset(at: UTCInstant(seconds: seconds)) == expected, "\(name) at \(seconds)")
    }
  }

  @Test func theFooterHoldsForYearsThatNoTableLists() throws {
    let rules = try Self.rules("Europe/Berlin")
    // Last Sundays of March and October 2150, 01:00 UTC.
    #expect(rules.offset(at: UTCInstant(parsing: "2150-03-29T00:59:59Z")!) == 3600)
    #expect(rules.offset(at: UTCInstant(parsing: "2150-03-29T01:00:00Z")!) == 7200)
    #expect(rules.offset(at: UTCInstant(parsing: "2150-10-25T00:59:59Z")!) == 7200)
    #expect(rules.offset(at: UTCInstant(parsing: "2150-10-25T01:00:00Z")!) == 3600)
    // South of the equator summer spans the turn of the year.
    let sydney = try Self.rules("Australia/Sydney")
    #expect(sydney.offset(at: UTCInstant(parsing: "2150-01-10T00:00:00Z")!) == 39600)
    #expect(sydney.offset(at: UTCInstant(parsing: "2150-07-10T00:00:00Z")!) == 36000)
  }

  @Test func anHourThatComesTwiceIsItsFirstAndAMissingOneTheChange() throws {
    let rules = try Self.rules("Europe/Berlin")
    func utc(_ text: String) throws -> String {
      rules.instant(try #require(LocalDateTime(parsing: text))).description
    }
    #expect(try utc("2026-11-24 06:00") == "2026-11-24T05:00:00Z")
    #expect(try utc("2026-07-24 06:00") == "2026-07-24T04:00:00Z")
    #expect(try utc("2026-10-25 02:30") == "2026-10-25T00:30:00Z")
    #expect(try utc("2027-03-28 02:30") == "2027-03-28T01:00:00Z")
  }

  @Test(arguments: zones)
  func localAndBackIsTheSameMoment(_ name: String) throws {
    let rules = try Self.rules(name)
    for minutes in stride(from: Int64(29_000_000), to: 31_000_000, by: 7_919) {
      let instant = UTCInstant(seconds: minutes * 60)
      let back = rules.instant(rules.local(instant))
      // In an hour that comes twice it may be the first coming.
      #expect(back == instant || rules.local(back) == rules.local(instant) && back < instant)
    }
  }

  @Test func brokenBytesAreNoRulesAndNeverACrash() throws {
    let good = Array(
      try #require(FileManager.default.contents(atPath: "/usr/share/zoneinfo/Europe/Berlin")))
    #expect(TimeZoneRules(tzif: []) == nil)
    #expect(TimeZoneRules(tzif: Array("TZif".utf8)) == nil)
    for cut in stride(from: 0, to: good.count, by: 7) {
      _ = TimeZoneRules(tzif: Array(good[..<cut]))
      var changed = good
      changed[cut] ^= 0xFF
      if let rules = TimeZoneRules(tzif: changed) {
        _ = rules.instant(rules.local(UTCInstant(seconds: 1_800_000_000)))
      }
    }
  }
}
