import Assessment
import Migration
import Testing

@Suite struct SoakVerdictTests {
  static func gate(
    _ source: SoakGate.Source = .probes(path: "/"), onFailure: SoakGate.Policy = .hold,
    onInconclusive: SoakGate.Policy = .hold
  ) -> SoakGate {
    SoakGate(name: "gate", source: source, onFailure: onFailure, onInconclusive: onInconclusive)
  }

  static func outcome(_ gate: SoakGate, _ evidence: SoakEvidence?) -> Outcome {
    SoakVerdict(gate, evidence).outcome
  }

  static func probes(_ successes: Int, of attempts: Int, latency: Int? = 40, baseline: Int? = 40)
    -> SoakEvidence
  {
    .probes(
      ProbeSample(attempts: attempts, successes: successes, latency: latency, baseline: baseline))
  }

  @Test func noDataIsNotAPass() {
    let query = SoakGate.Source.query(url: "x", threshold: .init(isUpper: true, perMille: 5))
    #expect(Self.outcome(Self.gate(), nil) == .inconclusive)
    #expect(Self.outcome(Self.gate(), Self.probes(5, of: 5)) == .inconclusive)
    #expect(Self.outcome(Self.gate(), Self.probes(1000, of: 1000, baseline: nil)) == .inconclusive)
    #expect(Self.outcome(Self.gate(query), .query(perMille: nil)) == .inconclusive)
    #expect(
      Self.outcome(
        Self.gate(query), .probes(ProbeSample(attempts: 9, successes: 9, latency: 1, baseline: 1)))
        == .inconclusive)
    #expect(SoakVerdict.combined([]) == .inconclusive)
    #expect(Self.outcome(Self.gate(onInconclusive: .pass), nil) == .inconclusive, "R21")
  }

  @Test func theShareIsComparedExactly() {
    #expect(Self.outcome(Self.gate(), Self.probes(999, of: 1000)) == .pass)
    #expect(Self.outcome(Self.gate(), Self.probes(998, of: 1000)) == .fail)
    // 9,989 of 10,000 is 998.9 per mille: rounding would let it pass.
    #expect(Self.outcome(Self.gate(), Self.probes(9989, of: 10_000)) == .fail)
  }

  @Test func latencyIsHeldAgainstTheSamePathsBaseline() {
    #expect(Self.outcome(Self.gate(), Self.probes(100, of: 100, latency: 60)) == .pass)
    #expect(Self.outcome(Self.gate(), Self.probes(100, of: 100, latency: 61)) == .fail)
    #expect(Self.outcome(Self.gate(), Self.probes(100, of: 100, latency: 3, baseline: 1)) == .pass)
  }

  @Test(arguments: [
    (ProgramEnd.exited(0), Outcome.pass), (.exited(1), .fail), (.exited(2), .inconclusive),
    (.timedOut, .inconclusive), (.notStarted("no such file"), .inconclusive),
  ])
  func aCommandSaysYesNoOrNothing(end: ProgramEnd, outcome: Outcome) {
    #expect(Self.outcome(Self.gate(.program(command: ["x"])), .program(end)) == outcome)
  }

  @Test func thresholdsHaveTwoDirections() {
    let upper = Self.gate(.query(url: "x", threshold: .init(isUpper: true, perMille: 5)))
    let lower = Self.gate(.query(url: "x", threshold: .init(isUpper: false, perMille: 5)))
    for (value, upperOutcome, lowerOutcome) in [
      (Int64(4), Outcome.pass, Outcome.fail), (5, .pass, .pass), (6, .fail, .pass),
    ] {
      #expect(Self.outcome(upper, .query(perMille: value)) == upperOutcome)
      #expect(Self.outcome(lower, .query(perMille: value)) == lowerOutcome)
    }
  }

  @Test func thePlansPolicyDecidesWhatFailingMeans() {
    let bad = Self.probes(0, of: 100)
    #expect(Self.outcome(Self.gate(onFailure: .hold), bad) == .fail)
    #expect(Self.outcome(Self.gate(onFailure: .rollBack), bad) == .failAndRollBack)
    #expect(Self.outcome(Self.gate(onInconclusive: .rollBack), nil) == .failAndRollBack)
  }

  @Test func theGravestVerdictCounts() {
    let pass = SoakVerdict(Self.gate(), Self.probes(100, of: 100))
    let unknown = SoakVerdict(Self.gate(), nil)
    let fail = SoakVerdict(Self.gate(), Self.probes(0, of: 100))
    let back = SoakVerdict(Self.gate(onFailure: .rollBack), Self.probes(0, of: 100))
    #expect(SoakVerdict.combined([pass, pass]) == .pass)
    #expect(SoakVerdict.combined([pass, unknown]) == .inconclusive)
    #expect(SoakVerdict.combined([unknown, fail, pass]) == .fail)
    #expect(SoakVerdict.combined([fail, back]) == .failAndRollBack)
  }
}
