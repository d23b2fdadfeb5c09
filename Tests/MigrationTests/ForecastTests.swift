import DNSModel
import Notation
import Testing

@testable import Migration

struct ForecastTests {
  static func forecast(_ change: (inout Plan) -> Void = { _ in }) throws -> Forecast {
    var plan = TimetableTests.plan(.ladder(stages: 3, floor: TTL(clamping: 60)))
    plan.oldEndpoint.lock = LockPlan(
      means: .manual(instructions: "close"), unlockTime: .minutes(15))
    plan.oldEndpoint.certificate.ends = UTCInstant(parsing: "2027-03-10T12:00:00Z")
    change(&plan)
    return try #require(Forecast(plan, start: TimetableTests.start, timeZone: .utc))
  }

  @Test func everyStepComesAfterWhatItNeeds() throws {
    let forecast = try Self.forecast { $0.oldEndpoint.retires = true }
    #expect(forecast.steps.map(\.id) == forecast.compiled.steps.map(\.id))
    for step in forecast.steps {
      for need in step.needs {
        let before = try #require(forecast.step(need))
        #expect(step.earliest >= before.ends, "\(step.id) needs \(need)")
      }
      #expect(step.ends >= step.earliest)
      #expect(step.wait >= .zero)
    }
  }

  @Test func undoingCostsMoreTheFurtherItWentAndEndsWithThePointOfNoReturn() throws {
    let forecast = try Self.forecast { $0.oldEndpoint.retires = true }
    func undo(_ id: String) -> TimeSpan? { forecast.step(id)?.undo }
    #expect(undo("ttl.lower.3") == .zero)
    #expect(undo("cutover") == .minutes(31))
    #expect(undo("origin.lock") == .minutes(46))
    #expect(undo("ttl.raise") == .minutes(30) + .hours(1) + .minutes(15))
    #expect(forecast.step("retire") != nil && undo("retire") == nil)
    #expect(forecast.pointOfNoReturn == "retire")
  }

  @Test func theOldEndpointIsNotRetiredBeforeThePromisedWindowIsOver() throws {
    let forecast = try Self.forecast { $0.oldEndpoint.retires = true }
    let retire = try #require(forecast.step("retire"))
    #expect(retire.earliest >= forecast.cutOver + .days(7))
  }

  @Test func decideByIsTheFirstEndLessUndoingAndAStay() throws {
    let forecast = try Self.forecast {
      $0.oldEndpoint.endOfLife = UTCInstant(parsing: "2027-01-31T00:00:00Z")
    }
    #expect(forecast.constraint == .oldEndpoint)
    #expect(forecast.decideBy?.description == "2027-01-29T23:29:00Z")
    let other = try Self.forecast()
    #expect(other.constraint == .oldCertificate)
  }

  @Test func theCriticalPathLeadsThroughWhateverEndsLast() throws {
    let caches = try Self.forecast()
    #expect(caches.step("ttl.lower.1")?.isCritical == true)
    #expect(caches.step("certificate")?.isCritical == false)
    let slow = try Self.forecast { $0.certificate.issuanceTime = .days(5) }
    #expect(slow.times.binding == .endpoint)
    #expect(slow.step("certificate")?.isCritical == true)
    #expect(slow.step("ttl.lower.1")?.isCritical == false)
    #expect(slow.step("cutover")?.isCritical == true)
  }

  @Test func aLossThatTheOthersCannotCarryIsAWarningUnlessThePlanDemandsMore() throws {
    let forecast = try Self.forecast {
      $0.router.regions = [
        RegionPlan(name: "west", origin: .host("w.example.net"), share: 75, capacity: 100),
        RegionPlan(name: "east", origin: .host("e.example.net"), share: 25, capacity: 40),
      ]
    }
    let finding = try #require(forecast.findings.first { $0.id == "router.region-loss" })
    #expect(finding.weight == .warning)
    #expect(finding.text == "when west (75 %) fails, east must carry 100 % and can carry 40 %")
  }

  private static func seen(_ values: [ServedValue], silent: Bool = false) -> SeenRecord {
    let zone = Authority(
      name: TimetableTests.plan(.direct(.zero)).hostname, address: "192.0.2.1:53")
    let answers = values.map { AuthoritativeAnswer.value($0) }
    return SeenRecord(
      AuthoritativeRound(
        startedAt: TimetableTests.start, completedAt: TimetableTests.start,
        authorities: Array(repeating: zone, count: answers.count + (silent ? 1 : 0)),
        answers: answers + (silent ? [.unreachable(.timeout)] : [])))
  }

  /// R2: what is seen can make a plan later, never earlier, and never another plan.
  @Test func aLongerTTLThanDeclaredMakesThePlanLaterAndAShorterOneDoesNot() throws {
    let plan = TimetableTests.plan(.ladder(stages: 3, floor: TTL(clamping: 60)))
    func forecast(_ seen: SeenRecord?) throws -> Forecast {
      try #require(Forecast(plan, start: TimetableTests.start, timeZone: .utc, seen: seen))
    }
    let declared = try forecast(nil)
    let longer = try forecast(Self.seen([ServedValue(.old, TTL(clamping: 259_200))]))
    #expect(longer.cutOver == declared.cutOver + .days(1))
    #expect(longer.compiled.planDigest == declared.compiled.planDigest)
    #expect(longer.compiled.steps == declared.compiled.steps)
    #expect(longer.findings.contains { $0.id == "live.ttl-longer" && $0.weight == .warning })
    let shorter = try forecast(Self.seen([ServedValue(.old, TTL(clamping: 60))]))
    #expect(shorter.cutOver == declared.cutOver)
    #expect(shorter.findings.contains { $0.id == "live.ttl-lower" })
  }

  @Test func whatDiffersFromThePlanIsAFinding() throws {
    func ids(_ seen: SeenRecord) throws -> [String] {
      let plan = TimetableTests.plan(.direct(TTL(clamping: 60)))
      let forecast = Forecast(plan, start: TimetableTests.start, timeZone: .utc, seen: seen)
      return try #require(forecast).findings.map(\.id).filter { $0.hasPrefix("live.") }
    }
    let low = TTL(clamping: 172_800)
    #expect(try ids(Self.seen([ServedValue(.old, low)])) == ["live.as-declared"])
    #expect(try ids(Self.seen([ServedValue(.new, low)])) == ["live.moved-already"])
    #expect(try ids(Self.seen([ServedValue(.other(1), low)])) == ["live.record-differs"])
    #expect(try ids(Self.seen([], silent: true)) == ["live.unreachable"])
    #expect(
      try ids(Self.seen([ServedValue(.old, low)], silent: true))
        == ["live.authority-silent", "live.as-declared"])
  }

  @Test func extremeValuesNeitherTrapNorPassForSafe() throws {
    let ceiling = TTL.ceiling
    for strategy in [
      TTLPlan.Strategy.direct(TTL(clamping: 1)), .ladder(stages: 16, floor: TTL(clamping: 1)),
    ] {
      let plan = TimetableTests.plan(strategy, old: ceiling)
      for start in [UTCInstant.distantPast, TimetableTests.start, .distantFuture] {
        let forecast = Forecast(plan, start: start, timeZone: .utc)
        if start == TimetableTests.start {
          #expect(forecast!.times.fromLastOldTTLToCutOver >= ceiling.span)
        }
      }
    }
  }
}
