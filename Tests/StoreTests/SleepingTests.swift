import DNSModel
import Engine
import Migration
import Notation
import TestSupport
import Testing

@testable import Store

@Suite struct SleepingTests {
  struct FixedClock: MigrationClock {
    let instant: UTCInstant
    func now() -> Now { Now(instant) }
  }

  struct NoWorld: MigrationWorld {
    func look(_ look: Look, for migration: MigrationID, plan: CompiledPlan) -> Event? { nil }
    func perform(
      _ effect: Effect, key: EffectKey, for migration: MigrationID, plan: CompiledPlan
    ) -> EffectOutcome { .unknown }
  }

  /// Rows and one timer: what sleeps is not even read.
  @Test func tenThousandSleepersAreRowsAndOneTimer() throws {
    let directory = TemporaryDirectory()
    let place = try StateDirectory(creatingAt: directory.file("state"))
    let start = UTCInstant(seconds: 1_700_000_000)
    let store = try #require(try SQLiteStore(place, at: start))
    let wakeAt = start + .days(2)
    try store.connection.transaction {
      for number in 0..<10_000 {
        let name = try DomainName(parsing: "n\(number).example.test")
        try store.connection.insert(
          NewMigration(
            id: MigrationID(name.host), plan: SmallMove.plan(name),
            facts: [Fact(at: Now(start), .started(planDigest: "d", startedBy: "ann"))],
            wakeAt: wakeAt + .seconds(number), standing: .waiting))
      }
    }
    let loop = Loop(store: store, worker: "w", clock: FixedClock(instant: start)) { _ in NoWorld() }
    #expect(loop.pass() == wakeAt)
    #expect(loop.turn(of: MigrationID("n0.example.test")) == nil)
  }
}
