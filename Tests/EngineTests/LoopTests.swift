import DNSModel
import Engine
import Migration
import Notation
import TestSupport
import Testing

@Suite struct LoopTests {
  final class TestClock: MigrationClock {
    var instant = UTCInstant(seconds: 1_700_000_000)
    func now() -> Now { Now(instant) }
  }

  /// A world in which the record is what was written last, and everything is well.
  final class TestWorld: MigrationWorld {
    let clock: TestClock
    var value = ServedValue(.old, TTL(clamping: 20))
    var fence: UInt64 = 0
    var writes = 0
    /// How many times parity is asked for before it has been seen; and when it was asked for.
    var looksGoingOn = 0
    var parityAsked: [UTCInstant] = []
    init(_ clock: TestClock) { self.clock = clock }

    func look(_ look: Look, for migration: MigrationID, plan: CompiledPlan) -> Event? {
      let now = clock.instant
      switch look {
      case .authoritatives:
        return .roundSeen(
          AuthoritativeRound(
            startedAt: now, completedAt: now,
            authorities: [Authority(name: "ns1.example.test", address: "192.0.2.1:53")],
            answers: [.value(value)]))
      case .provider:
        return .providerRead(ProviderReading(askedAt: now, at: now, value: value, fence: fence))
      case .resolvers:
        return .resolversSeen(
          ResolverSurvey(
            completedAt: now,
            sightings: [
              ResolverSighting(
                resolver: "r", isRequired: true,
                answer: .value(value.content, remaining: .zero))
            ]))
      case .evidence(.parity) where looksGoingOn > 0:
        looksGoingOn -= 1
        parityAsked.append(now)
        return nil
      case .evidence(let kind):
        if kind == .parity { parityAsked.append(now) }
        return .reported(
          EvidenceReport(
            kind: kind, outcome: .pass, at: now, certificateEnds: now + .days(90),
            router: [.owned, .certificateReady, .bound]), watchedSince: now)
      }
    }

    func isLooking(_ look: Look) -> Bool { look == .evidence(.parity) && looksGoingOn > 0 }

    func perform(
      _ effect: Effect, key: EffectKey, for migration: MigrationID, plan: CompiledPlan
    ) -> EffectOutcome {
      guard case .writeRecord(let write) = effect.action else { return .applied }
      guard write.expected == value, write.fence == fence else { return .rejected(.conflict) }
      value = write.value
      fence += 1
      writes += 1
      return .applied
    }
  }

  static func start(_ name: String, in store: some JournalStore, at now: Now) throws -> MigrationID
  {
    let plan = SmallMove.plan(try DomainName(parsing: name))
    let id = MigrationID(name)
    let facts = MigrationCore(plan).start(by: "ann", at: now)
    try store.create(
      NewMigration(id: id, plan: plan, facts: facts, wakeAt: now.safe, standing: .acting))
    return id
  }

  @Test func bringsAMigrationToItsEnd() throws {
    let clock = TestClock()
    let store = MemoryStore()
    let world = TestWorld(clock)
    _ = try Self.start("api.example.test", in: store, at: clock.now())
    let loop = Loop(store: store, worker: "test", clock: clock) { _ in world }
    for _ in 0..<5000 {
      guard let next = loop.pass() else { break }
      clock.instant = max(next, clock.instant + .milliseconds(1))
    }
    #expect(try store.list()[0].standing == .moved)
    #expect(world.value.content == .new && world.writes == 2)
  }

  @Test func aLookThatGoesOnIsAskedForAgainSoonAndHoldsNothingUp() throws {
    let clock = TestClock()
    let store = MemoryStore()
    let world = TestWorld(clock)
    world.looksGoingOn = 6
    let id = try Self.start("api.example.test", in: store, at: clock.now())
    let loop = Loop(store: store, worker: "test", clock: clock) { _ in world }
    var isPaused = false
    for _ in 0..<5000 {
      if world.parityAsked.count == 3, !isPaused {
        let command = Command(request: "r1", actor: "ann", verb: .pause)
        _ = try store.enqueue(command, for: id, at: clock.now())
        let again = Command(request: "r2", actor: "ann", verb: .resume)
        _ = try store.enqueue(again, for: id, at: clock.now())
        isPaused = true
      }
      guard let next = loop.pass() else { break }
      clock.instant = max(next, clock.instant + .milliseconds(1))
      // A command is answered while the look goes on.
      if isPaused, world.looksGoingOn > 1 {
        let command = Command(request: "r1", actor: "ann", verb: .pause)
        #expect(try store.enqueue(command, for: id, at: clock.now()) == .answered(.accepted))
      }
    }
    #expect(try store.list()[0].standing == .moved)
    let asked = world.parityAsked.prefix(6)
    for (one, next) in zip(asked, asked.dropFirst()) {
      #expect(next - one >= .milliseconds(250) && next - one <= .milliseconds(300), "\(asked)")
    }
  }

  @Test func oneThatCannotBeTakenUpHoldsOnlyItself() throws {
    struct Unknown: Error {}
    let clock = TestClock()
    let store = MemoryStore()
    let bad = try Self.start("bad.example.test", in: store, at: clock.now())
    let good = try Self.start("good.example.test", in: store, at: clock.now())
    let loop = Loop(store: store, worker: "test", clock: clock) { id in
      guard id == good else { throw Unknown() }
      return TestWorld(clock)
    }
    var passes = 0
    while passes < 5000, try store.list().contains(where: { $0.standing == .moved }) == false {
      guard let next = loop.pass() else { break }
      clock.instant = max(next, clock.instant + .milliseconds(1))
      passes += 1
    }
    #expect(try store.list().map(\.standing) == [.acting, .moved])
    #expect(loop.troubles.map(\.id) == [bad])
  }

  @Test func aCommandWakesWhatSleeps() throws {
    let clock = TestClock()
    let store = MemoryStore()
    let world = TestWorld(clock)
    let id = try Self.start("api.example.test", in: store, at: clock.now())
    let loop = Loop(store: store, worker: "test", clock: clock) { _ in world }
    for _ in 0..<50 { _ = loop.pass() }
    let command = Command(request: "r1", actor: "ann", verb: .pause)
    #expect(try store.enqueue(command, for: id, at: clock.now()) == .queued)
    _ = loop.pass()
    #expect(try store.enqueue(command, for: id, at: clock.now()) == .answered(.accepted))
    #expect(try store.list()[0].standing == .paused)
  }
}
