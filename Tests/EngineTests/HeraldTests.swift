import DNSModel
import Migration
import Notation
import TestSupport
import Testing

@testable import Engine

/// What people are told, when, and only once.
@Suite struct HeraldTests {
  static let start = UTCInstant(seconds: 1_700_000_000)

  /// Drives a small move to its end, or as long as it takes; gives what was told.
  static func drive(
    _ change: (inout CompiledPlan) -> Void = { _ in }, restarts: Bool = false, hours: Int = 48,
    world make: (LoopTests.TestClock) -> LoopTests.TestWorld = { LoopTests.TestWorld($0) },
    then act: (MemoryStore, MigrationID, Now) throws -> Void = { _, _, _ in }
  ) throws -> [Notice] {
    let clock = LoopTests.TestClock()
    let store = MemoryStore()
    let world = make(clock)
    var plan = SmallMove.plan("api.example.test")
    // Hours go by here: looks every few seconds would make them long.
    plan.waits.freshness = .hours(1)
    plan.waits.authoritativeLag = .minutes(16)
    plan.waits.soaks = [.hours(2)]
    change(&plan)
    let id = MigrationID("api")
    try store.create(
      NewMigration(
        id: id, plan: plan, facts: MigrationCore(plan).start(by: "ann", at: clock.now()),
        wakeAt: clock.instant, standing: .acting))
    func newLoop() -> Loop<MemoryStore, LoopTests.TestWorld> {
      Loop(store: store, worker: "test", clock: clock) { _ in world }
    }
    var loop = newLoop()
    let end = clock.instant + .hours(hours)
    for pass in 0..<20_000 where clock.instant < end {
      // Seldom enough for a soak to last.
      if restarts, pass % 100 == 0 { loop = newLoop() }
      let next = loop.pass()
      try act(store, id, clock.now())
      if try store.list()[0].standing.isEnd { break }
      clock.instant = max(min(next ?? end, end), clock.instant + .seconds(20))
    }
    return store.notices.map(\.notice.notice)
  }

  static func kinds(_ notices: [Notice]) -> [String] { notices.map(\.kind) }

  static func command(_ verb: Verb) -> Command {
    Command(request: "\(verb.name)", actor: "ann", verb: verb)
  }

  @Test(arguments: [false, true])
  func aMoveTellsOfItsCutoverAndItsEndOnceAlsoThroughRestarts(restarts: Bool) throws {
    let notices = try Self.drive(restarts: restarts)
    #expect(Self.kinds(notices) == ["cutover", "moved"])
    #expect(notices.allSatisfy { $0.text.hasPrefix("api.example.test") })
  }

  static func needsApproval(_ plan: inout CompiledPlan) {
    plan.approvals = [GateRequirement(gate: .cutOver, count: 2, validity: .hours(4))]
    plan.steps.insert(Step(.approve(.cutOver), needs: plan.steps[3].needs), at: 3)
    for index in 4..<plan.steps.count {
      plan.steps[index] = Step(plan.steps[index].kind, needs: StepSet(bits: 1 << UInt64(index - 1)))
    }
  }

  /// It waits for people for two days, and the process is restarted all the time: they are told once.
  @Test func anApprovalIsAskedForOnce() throws {
    let notices = try Self.drive(Self.needsApproval, restarts: true, hours: 20)
    #expect(Self.kinds(notices) == ["approval"])
    // In words, not by the names of cases.
    let wanted =
      "api.example.test: waiting for an approval at approve.cutOver (approvals missing at cutOver: 2; "
      + "cutover approve api --gate cutOver); all of it: cutover explain api"
    #expect(notices.map(\.text) == [wanted])
  }

  @Test func anApprovalThatRunsOutIsToldOfBeforeAndAfter() throws {
    var hasApproved = false
    let notices = try Self.drive(
      Self.needsApproval, hours: 20,
      then: { store, id, now in
        guard !hasApproved, try store.list()[0].standing == .approval else { return }
        hasApproved = true
        let plan = try store.plan(id)
        let state = MigrationState(folding: try store.history(id), plan: plan)
        let verb = Verb.approve(
          .cutOver, planDigest: plan.planDigest, evidenceDigest: state.evidenceDigest(for: .cutOver)
        )
        _ = try store.enqueue(Self.command(verb), for: id, at: now)
      })
    let deadlines = notices.filter { $0.kind == "deadline" }
    #expect(deadlines.map(\.text).map { $0.contains("has run out") } == [false, true])
    #expect(deadlines.allSatisfy { $0.text.contains("ann's approval of cutOver") })
  }

  @Test func decideByIsToldADayBeforeAnHourBeforeAndWhenItIsOver() throws {
    // The old endpoint ends in two days, and somebody paused the move after the cutover: the TTL is not
    // raised, so it does not end.
    let notices = try Self.drive(
      {
        $0.rollback.oldEndpointEnds = Self.start + .days(2)
        $0.steps =
          CourseShape(
            stages: $0.waits.stages, lowTTL: $0.waits.lowTTL, finalTTL: $0.waits.finalTTL,
            soakCount: 1, locksOrigin: false, retiresOldEndpoint: false
          ).steps()
      }, hours: 60,
      then: { store, id, now in
        let cutOver = try store.plan(id).steps.firstIndex { $0.kind == .cutOver } ?? 0
        guard store.hasFact(id, where: { $0.kind == .stepDone(step: cutOver) }) else { return }
        _ = try store.enqueue(Self.command(.pause), for: id, at: now)
      })
    let deadlines = notices.filter { $0.kind == "deadline" }
    #expect(deadlines.count == 3, "\(notices)")
    #expect(deadlines.prefix(2).allSatisfy { $0.text.contains("must be decided by") })
    #expect(deadlines.last?.text.contains("too late") == true)
  }

  @Test func aChangeWindowIsToldOfBeforeItOpensAndBeforeItCloses() throws {
    let window = ChangeWindow(opens: Self.start + .hours(10), closes: Self.start + .hours(12))
    let notices = try Self.drive(
      {
        Self.needsApproval(&$0)
        $0.changeWindows = [window]
      }, hours: 11 + 48)
    let deadlines = notices.filter { $0.kind == "deadline" }.map(\.text)
    #expect(deadlines.map { $0.contains("is open from") } == [true, false])
    #expect(deadlines.last?.contains("closes") == true)
  }

  @Test func driftAndRollbackAreTold() throws {
    var isDone = false
    let notices = try Self.drive(
      hours: 10,
      then: { store, id, now in
        guard !isDone, store.hasFact(id, where: { $0.kind == .stepDone(step: 3) }) else {
          return
        }
        isDone = true
        _ = try store.enqueue(Self.command(.rollback), for: id, at: now)
      })
    #expect(Self.kinds(notices).contains("rollback"))
    let drifted = try Self.drive(
      hours: 2,
      world: { clock in
        let world = LoopTests.TestWorld(clock)
        world.value = ServedValue(.other(7), TTL(clamping: 20))
        return world
      })
    #expect(drifted.map(\.kind) == ["held"] && drifted[0].text.contains("drift"))
    for part in [
      "at ", "served is ", " where ", " should be", "cutover resume ", "cutover explain ",
    ] {
      #expect(drifted[0].text.contains(part), "\(part): \(drifted[0].text)")
    }
  }
}
