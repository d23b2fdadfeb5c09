import Assessment
import DNSModel
import Migration
import Notation
import Testing

/// A drill's answers follow from what it saw, and what was not tried is never well.
@Suite struct DrillFindingsTests {
  static func router(_ shares: [(String, Int, Int?)]) -> RouterPlan {
    RouterPlan(
      regions: shares.map {
        RegionPlan(
          name: $0.0, origin: .host("origin.example.net"), share: $0.1, capacity: $0.2,
          zones: ["a", "b"], objective: Availability(parsing: "99.9"))
      },
      choices: (["regions"] + AttestedChoice.subjects).map {
        AttestedChoice(subject: $0, choice: "none", reason: "tested")
      }, objective: Availability(parsing: "99.99"))
  }

  static var good: DrillEvidence {
    var evidence = DrillEvidence(region: "west")
    evidence.isRealFailure = true
    evidence.calm.sent = 40
    evidence.loss.sent = 30
    evidence.back.sent = 30
    evidence.seenDown = .seen(after: .milliseconds(1700))
    evidence.seenUp = .seen(after: .milliseconds(1200))
    evidence.dependencyDown = .seen(after: .seconds(2))
    evidence.dependencyUp = .seen(after: .seconds(1))
    evidence.keptConnectionServed = true
    evidence.doors = [
      .init(region: "west", before: .refused("status 403"), after: .refused("status 403"))
    ]
    evidence.requestIDs = ["A1", "A2"]
    evidence.logs = [
      .init(name: "router", isRouter: true, found: ["A1", "A2"]),
      .init(name: "west", isRouter: false, found: ["A1"]),
      .init(name: "east", isRouter: false, found: ["A2"]),
    ]
    evidence.hooks = ["/usr/local/bin/page"]
    return evidence
  }

  static func verdict(
    _ id: String, _ change: (inout DrillEvidence) -> Void,
    router: RouterPlan = router([("west", 50, 110), ("east", 50, 110)])
  ) -> DrillAnswer.Verdict? {
    var evidence = good
    change(&evidence)
    return DrillFindings(evidence, router: router).answers.first { $0.id == id }?.verdict
  }

  @Test func everythingSeenAndGoodIsWell() {
    let answers = DrillFindings(
      Self.good, router: Self.router([("west", 50, 110), ("east", 50, 110)])
    ).answers
    #expect(answers.allSatisfy { $0.verdict == .well }, "\(answers.filter { $0.verdict != .well })")
  }

  @Test func aFailedRequestIsIllInWhateverPhase() {
    for phase in [\DrillEvidence.calm, \.loss, \.back] {
      #expect(Self.verdict("drill.loss", { $0[keyPath: phase].failed = 1 }) == .ill)
    }
  }

  @Test func aRegionTakenOutAtTheRouterProvesNoHealthCheck() {
    #expect(Self.verdict("drill.detection", { $0.isRealFailure = false }) == .inconclusive)
  }

  @Test func anUnnoticedFailureIsIllAndAnUntriedOneIsOpen() {
    #expect(
      Self.verdict("drill.detection", { $0.seenDown = .notSeen(within: .seconds(30)) }) == .ill)
    #expect(Self.verdict("drill.recovery", { $0.seenUp = .notTried }) == .inconclusive)
    #expect(
      Self.verdict("drill.dependencies", { $0.dependencyDown = .notSeen(within: .seconds(9)) })
        == .ill)
    #expect(
      Self.verdict("drill.dependencies", { $0.dependencyDown = .notTried }) == .inconclusive)
  }

  @Test func aCookiePinsAndABrokenKeptConnectionIsNoticed() {
    #expect(Self.verdict("drill.pinning", { $0.cookies = ["ARRAffinity"] }) == .ill)
    #expect(Self.verdict("drill.kept", { $0.keptConnectionServed = false }) == .ill)
    #expect(Self.verdict("drill.kept", { $0.keptConnectionServed = nil }) == .inconclusive)
  }

  @Test func aRegionThatServesAroundTheRouterIsIllBeforeOrAfter() {
    for (before, after) in [
      (DrillEvidence.DoorStand.served(status: 200), DrillEvidence.DoorStand.refused("403")),
      (.refused("403"), .served(status: 200)),
    ] {
      #expect(
        Self.verdict(
          "drill.lock-down",
          { $0.doors = [.init(region: "west", before: before, after: after)] }) == .ill)
    }
    #expect(Self.verdict("drill.lock-down", { $0.doors = [] }) == .inconclusive)
  }

  @Test func atFrontDoorAnOpenRegionIsToldOfItsHeader() throws {
    var evidence = Self.good
    evidence.doors = [.init(region: "west", before: .served(status: 200), after: .refused("403"))]
    var router = Self.router([("west", 50, 110), ("east", 50, 110)])
    router.kind = .azureFrontDoor(
      FrontDoorPlan(subscription: "s", resourceGroup: "g", profile: "p", endpoint: "e"))
    let answers = DrillFindings(evidence, router: router).answers
    let answer = try #require(answers.first { $0.id == "drill.lock-down" })
    #expect(answer.wayOut?.contains("X-Azure-FDID") == true)
  }

  @Test func saysWhatShareIsLostWhenTheRestCannotCarryIt() throws {
    let answers = DrillFindings(
      Self.good, router: Self.router([("west", 75, 100), ("east", 25, 40)])
    ).answers
    let answer = try #require(answers.first { $0.id == "drill.capacity" })
    #expect(answer.verdict == .ill && answer.answer.contains("60 % of all requests would be lost"))
  }

  @Test func nobodyToldIsIllAndAnUnattestedChoiceIsOpen() {
    #expect(Self.verdict("drill.told", { $0.hooks = [] }) == .ill)
    var router = Self.router([("west", 50, 110), ("east", 50, 110)])
    router.choices.removeAll { $0.subject == "shared-state" }
    #expect(Self.verdict("drill.shared-state", { _ in }, router: router) == .inconclusive)
  }

  @Test func aRequestInOneLogOnlyIsIllAndLogsThatNobodyNamedAreOpen() {
    #expect(Self.verdict("drill.logs", { $0.logs[2] = $0.logs[1] }) == .ill)
    #expect(Self.verdict("drill.logs", { $0.logs.removeFirst() }) == .inconclusive)
    #expect(Self.verdict("drill.logs", { $0.requestIDs = [] }) == .ill)
  }

  @Test func aGuardThatThePlanDeniesAndTheDrillMeetsIsIll() {
    for subject in AttestedChoice.guards {
      #expect(Self.verdict("drill.\(subject)", { $0.guards[subject] = .met("a hit") }) == .ill)
      #expect(Self.verdict("drill.\(subject)", { $0.guards[subject] = .notMet("no") }) == .well)
    }
  }

  @Test func filterRulesThatAreAttestedAndLetAnAttackThroughAreIll() {
    var router = Self.router([("west", 50, 110), ("east", 50, 110)])
    router.choices.removeAll { $0.subject == "filter-rules" }
    let probe = { (evidence: inout DrillEvidence) in
      evidence.guards["filter-rules"] = .notMet("answered 200")
    }
    #expect(Self.verdict("drill.filter-rules", probe, router: router) == .inconclusive)
    router.choices.append(
      AttestedChoice(subject: "filter-rules", choice: "managed rules", reason: "tested"))
    #expect(Self.verdict("drill.filter-rules", probe, router: router) == .ill)
  }

  @Test func whatTheDrillMeasuredStandsBesideWhatTheChainPromises() throws {
    let answers = DrillFindings(
      Self.good, router: Self.router([("west", 50, 110), ("east", 50, 110)])
    ).answers
    let answer = try #require(answers.first { $0.id == "drill.objective" })
    #expect(answer.answer.contains("at most 99.9899 %"), "\(answer.answer)")
    #expect(answer.answer.contains("the drill measured 100 %, 100 of 100 served"))
    #expect(Self.verdict("drill.objective", { $0.loss.failed = 1 }) == .ill)
  }
}
