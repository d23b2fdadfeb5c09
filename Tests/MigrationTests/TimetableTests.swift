import DNSModel
import Notation
import Testing

@testable import Migration

/// The forecast's moments, held against the ledger the engine waits by.
struct TimetableTests {
  static let start = UTCInstant(parsing: "2026-11-21T08:00:00Z")!

  static func plan(_ strategy: TTLPlan.Strategy, old: TTL = TTL(clamping: 172_800)) -> Plan {
    var plan = Plan(
      title: "", hostname: "api.contososhoes.com",
      zone: ZonePlan(
        origin: "contososhoes.com", provider: ProviderPlan(kind: .manual(instructions: ""))),
      from: RecordPlan(target: "apicontososhoes.azurewebsites.net", ttl: old),
      to: "api-contoso.z01.azurefd.net")
    plan.ttl.strategy = strategy
    plan.timing = TimingPlan(lag: .minutes(30), margin: .minutes(5), propagation: .minutes(15))
    return plan
  }

  static let strategies: [TTLPlan.Strategy] = [
    .direct(TTL(clamping: 60)), .ladder(stages: 1, floor: TTL(clamping: 60)),
    .ladder(stages: 2, floor: TTL(clamping: 60)), .ladder(stages: 3, floor: TTL(clamping: 60)),
    .ladder(stages: 4, floor: TTL(clamping: 60)), .ladder(stages: 16, floor: TTL(clamping: 1)),
    .stages([3600, 300, 60].map { TTL(clamping: $0) }), .stages([TTL(clamping: 60)]),
  ]

  @Test(arguments: strategies)
  func noStrategyCutsOverBeforeTheOldTTLHasPassed(_ strategy: TTLPlan.Strategy) {
    let times = Timetable(Self.plan(strategy), start: Self.start, timeZone: .utc)
    #expect(times.fromLastOldTTLToCutOver >= .seconds(172_800) + .minutes(5))
    for stage in times.stages {
      #expect(times.cutOver! >= stage.published + .minutes(30) + stage.before.span + .minutes(5))
    }
  }

  /// R8: as long as one step, whatever the number of stages.
  @Test(arguments: [2, 3, 4])
  func aLadderTakesNoLongerThanOneStep(_ count: Int) {
    let one = Timetable(
      Self.plan(.direct(TTL(clamping: 60))), start: Self.start, timeZone: .utc)
    let ladder = Timetable(
      Self.plan(.ladder(stages: count, floor: TTL(clamping: 60))), start: Self.start,
      timeZone: .utc)
    #expect(ladder.cutOver == one.cutOver)
  }

  /// Plays the descent on the ledger: a lag used up whole, rounds as far apart as the plan says.
  @Test(arguments: strategies)
  func theLedgerOpensTheCutoverAtTheSameMoment(_ strategy: TTLPlan.Strategy) throws {
    let plan = Self.plan(strategy)
    let compiled = CompiledPlan(plan, start: Self.start, timeZone: .utc)
    let times = Timetable(plan, start: Self.start, timeZone: .utc)
    var ledger = ExposureLedger()
    ledger.open(
      ServedValue(.old, compiled.waits.declaredTTL), .declared, at: Self.start, isExplained: true)
    // Rounds at each moment that matters, in order.
    var moments: [UTCInstant] = []
    for stage in times.stages {
      for round in 0..<compiled.waits.cleanRounds {
        moments.append(
          stage.published + plan.timing.lag + compiled.waits.roundSpacing * round)
      }
    }
    for moment in moments.sorted() {
      // What is served: the last stage whose lag is over.
      let shown = times.stages.last { $0.published + plan.timing.lag <= moment }?.ttl
      let value = ServedValue(.old, shown ?? compiled.waits.declaredTTL)
      let round = RoundSummary(
        startedAt: moment, completedAt: moment, values: [value], askedCount: 2)
      ledger.note(round, compiled.waits, [])
    }
    let end = TTLWait.endOfSuperseded(
      in: ledger, except: ServedValue(.old, compiled.waits.lowTTL), margin: plan.timing.margin)
    #expect(end == times.cachesReady)
  }

  @Test func extraQuestionsAreAsThePlanShowsThem() {
    let costs = StrategyCost.all(Self.plan(.ladder(stages: 3, floor: TTL(clamping: 60))))
    #expect(costs.map(\.extraQuestions) == [2879, 105, 40, 25])
    #expect(costs.map(\.isChosen) == [false, false, true, false])
    #expect(Set(costs.map(\.wait)).count == 1)
  }

  @Test func aWantedMomentIsMetToTheSecond() {
    var plan = Self.plan(.ladder(stages: 3, floor: TTL(clamping: 60)))
    plan.timing.cutOverAt = Self.start + .days(10)
    let times = Timetable(plan, start: Self.start, timeZone: .utc)
    #expect(times.cutOver == Self.start + .days(10))
    #expect(times.stages.allSatisfy { $0.beforeExpired <= Self.start + .days(10) })
    // Begun as late as possible: the long TTL serves clients until it is in the way.
    #expect(times.stages[0].published == Self.start + .days(8) - .minutes(50))
  }

  @Test func aLowTTLIsWaitedOutAllTheSame() {
    let plan = Self.plan(.direct(TTL(clamping: 60)), old: TTL(clamping: 60))
    let times = Timetable(plan, start: Self.start, timeZone: .utc)
    #expect(times.stages.isEmpty)
    #expect(times.cachesReady == Self.start + .seconds(60) + .minutes(5))
  }
}
