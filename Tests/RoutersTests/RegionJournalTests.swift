import DNSModel
import Migration
import Notation
import Routers
import Testing

/// The regions' own history: nothing in it can be changed unnoticed, and a crash costs at most its last line.
@Suite struct RegionJournalTests {
  private static func entry(
    _ order: RegionJournal.Order, _ region: String, _ stage: RegionJournal.Stage = .applied
  ) -> RegionJournal.Entry {
    RegionJournal.Entry(
      at: UTCInstant(milliseconds: 1_795_000_000_000), actor: "ann", router: "/run/x regions",
      order: order, region: region, detail: "share 50", stage: stage)
  }

  private static func written(_ entries: [RegionJournal.Entry]) -> (RegionJournal, String) {
    var journal = RegionJournal()
    var text = ""
    for entry in entries { text += journal.line(adding: entry) }
    return (journal, text)
  }

  @Test func readsBackWhatItWrote() throws {
    let (journal, text) = Self.written([
      Self.entry(.add, "west", .intended), Self.entry(.add, "west"), Self.entry(.drain, "west"),
    ])
    #expect(try RegionJournal(parsing: text) == journal)
  }

  @Test func aChangedDroppedOrMovedLineIsNoticed() {
    let (_, text) = Self.written([
      Self.entry(.add, "west"), Self.entry(.add, "east"), Self.entry(.remove, "west"),
    ])
    let lines: [String] = text.split(separator: "\n").map { String($0) + "\n" }
    let forged: [String] = [
      text.replacing("east", with: "evil") as String, lines[0] + lines[2],
      lines[1] + lines[0] + lines[2],
    ]
    for text in forged {
      #expect(throws: RegionJournalError.self) { try RegionJournal(parsing: text) }
    }
  }

  @Test func aLineThatACrashCutOffIsLeftOut() throws {
    let (_, text) = Self.written([Self.entry(.add, "west"), Self.entry(.add, "east")])
    let cut = String(text.dropLast(20))
    #expect(try RegionJournal(parsing: cut).entries.map(\.region) == ["west"])
  }

  @Test func knowsWhichRegionsARestartedRouterShouldHave() {
    let (journal, _) = Self.written([
      Self.entry(.add, "west"), Self.entry(.add, "east"), Self.entry(.add, "south", .failed),
      Self.entry(.drain, "east"), Self.entry(.remove, "west"),
    ])
    #expect(journal.wanted(at: "/run/x regions") == ["east"])
    #expect(journal.wanted(at: "another") == [])
  }

  @Test func knowsWhatWasSeenLastAndForgetsItWithAnOrder() {
    func seen(_ order: RegionJournal.Order, _ region: String) -> RegionJournal.Entry {
      Self.entry(order, region, .seen)
    }
    let router = "/run/x regions"
    var (journal, _) = Self.written([seen(.up, "west"), seen(.up, "east"), seen(.down, "west")])
    let sights = journal.sights(at: router, for: "share 50")
    #expect(sights.mapValues(\.isUp) == ["west": false, "east": true])
    #expect(sights.mapValues(\.isFirst) == ["west": false, "east": true])
    #expect(journal.sights(at: router, for: "another").isEmpty)
    #expect(journal.sights(at: "another", for: "share 50").isEmpty)
    #expect(journal.wanted(at: router) == [], "a sight is no order")
    _ = journal.line(adding: Self.entry(.drain, "east"))
    _ = journal.line(adding: Self.entry(.remove, "west", .intended))
    #expect(journal.sights(at: router, for: "share 50").keys.sorted() == ["east"])
  }

  @Test func theLastServingRegionMayNotGo() {
    let planned = [("west", 100), ("east", 40)].map {
      RegionPlan(name: $0.0, origin: .host(.root), share: 50, capacity: $0.1)
    }
    func standing(_ name: String, _ isServing: Bool) -> RegionDeparture.Standing {
      RegionDeparture.Standing(name: name, isServing: isServing)
    }
    func objection(_ region: String, _ eastServes: Bool) -> String? {
      RegionDeparture.objection(
        to: region, among: [standing("west", true), standing("east", eastServes)], planned: planned)
    }
    #expect(objection("west", false)?.contains("nothing is left") == true)
    #expect(objection("west", true)?.contains("can carry 40 %") == true)
    #expect(objection("east", true) == nil)
  }
}
