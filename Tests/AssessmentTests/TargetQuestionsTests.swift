import Assessment
import DNSModel
import Migration
import Testing

/// What a plan answers about its target without any traffic.
@Suite struct TargetQuestionsTests {
  private static func region(_ name: String, _ share: Int, _ capacity: Int?, _ objective: String?)
    -> RegionPlan
  {
    RegionPlan(
      name: name, origin: .host("origin.example.net"), share: share, capacity: capacity,
      objective: objective.flatMap { Availability(parsing: $0) })
  }

  private static func chain(_ regions: [RegionPlan], shared: String? = nil) -> String? {
    let choices = [
      AttestedChoice(
        subject: "shared-state", choice: "SQL", reason: "r",
        objective: shared.flatMap { Availability(parsing: $0) })
    ]
    return ChainObjective(
      RouterPlan(
        regions: regions, choices: choices, objective: Availability(parsing: "100"))
    ).chain?.percent
  }

  @Test func regionsThatCarryEverythingAloneFailOnlyTogether() {
    #expect(
      Self.chain([Self.region("w", 50, 100, "99"), Self.region("e", 50, 100, "99")]) == "99.99")
  }

  @Test func regionsThatCannotCarryEverythingAloneAreAllNeeded() {
    #expect(
      Self.chain([Self.region("w", 50, 60, "99"), Self.region("e", 50, 60, "99")]) == "98.01")
    #expect(
      Self.chain([Self.region("w", 50, nil, "99"), Self.region("e", 50, nil, "99")]) == "98.01")
  }

  @Test func whatEveryRequestNeedsCountsOnce() {
    let regions = [Self.region("w", 50, 100, "99"), Self.region("e", 50, 100, "99")]
    #expect(Self.chain(regions, shared: "99.5") == "99.49005")
  }

  @Test func aPartWithoutATargetLeavesTheChainOpen() {
    #expect(Self.chain([Self.region("w", 50, 100, "99"), Self.region("e", 50, 100, nil)]) == nil)
    #expect(Self.chain([]) == nil)
  }

  @Test(arguments: ["", ".", "100.1", "99.", ".9", "-1", "1e2", "99.12345678", "1000", "99,9"])
  func refusesWhatIsNoShare(text: String) { #expect(Availability(parsing: text) == nil) }

  @Test(arguments: ["0", "100", "99.95", "0.0000001", "99.9999999"])
  func printsWhatItRead(text: String) { #expect(Availability(parsing: text)?.percent == text) }

  @Test func aRoundedMeasurementNeverRoundsUp() {
    #expect(Availability(served: 2, of: 3)?.percent == "66.6666666")
    #expect(Availability(served: 0, of: 0) == nil)
  }
}
