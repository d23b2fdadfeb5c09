import DNSModel
import Engine
import Glibc
import Migration
import Notation
import SystemIO
import TestSupport
import Testing

@testable import Store

/// Figures, not promises: run by Tests/Bench/engine.sh, which sets the folder to measure in.
@Suite(.enabled(if: getenv("CUTOVER_BENCH") != nil)) struct StoreBench {
  let folder = String(cString: getenv("CUTOVER_BENCH"))
  let now = Now(UTCInstant(seconds: 1_700_000_000))

  func open(_ name: String) throws -> SQLiteStore {
    let place = try StateDirectory(creatingAt: "\(folder)/\(name)")
    return try #require(try SQLiteStore(place, at: now.wall))
  }

  func create(_ number: Int, in store: SQLiteStore, wakeAt: UTCInstant?) throws -> MigrationID {
    let name = try DomainName(parsing: "n\(number).example.test")
    let id = MigrationID(name.host)
    try store.create(
      NewMigration(
        id: id, plan: SmallMove.plan(name),
        facts: [Fact(at: now, .started(planDigest: "d", startedBy: "ann"))], wakeAt: wakeAt,
        standing: .waiting))
    return id
  }

  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = SystemClock.nanoseconds()
    try body()
    return Double(SystemClock.nanoseconds() - start) / 1e9
  }

  func transition(_ id: MigrationID, _ claimed: ClaimedMigration, _ revision: UInt64) -> Transition
  {
    Transition(
      id: id, epoch: claimed.epoch, revision: revision, facts: [Fact(at: now, .recovered)],
      wakeAt: now.safe + .hours(1), standing: .waiting, at: now)
  }

  @Test func transitions() throws {
    let store = try open("transitions")
    let count = 2000
    let id = try create(0, in: store, wakeAt: nil)
    let claimed = try store.claim(id, worker: "w", at: now)
    let single = try Self.seconds {
      for step in 0..<count {
        try store.commit(transition(id, claimed, claimed.revision + UInt64(step)))
      }
    }
    print("single: \(Int(Double(count) / single)) durable transitions/s")
    for group in [16, 64] {
      let claims = try (0..<group).map { number in
        let id = try create(group * 1000 + number, in: store, wakeAt: nil)
        return (id, try store.claim(id, worker: "w", at: now))
      }
      let rounds = 4000 / group
      let span = Self.seconds {
        for step in 0..<rounds {
          let fates = store.commitTogether(
            claims.map { transition($0.0, $0.1, $0.1.revision + UInt64(step)) })
          #expect(fates.allSatisfy { $0 == nil })
        }
      }
      print("grouped by \(group): \(Int(Double(rounds * group) / span)) durable transitions/s")
    }
  }

  @Test func sleepers() throws {
    let count = 10_000
    let wakeAt = now.safe + .days(2)
    do {
      let store = try open("sleepers")
      try store.connection.transaction {
        for number in 0..<count {
          let name = try DomainName(parsing: "n\(number).example.test")
          try store.connection.insert(
            NewMigration(
              id: MigrationID(name.host), plan: SmallMove.plan(name),
              facts: [Fact(at: now, .started(planDigest: "d", startedBy: "ann"))], wakeAt: wakeAt,
              standing: .waiting))
        }
      }
      try store.connection.checkpoint()
    }
    var isReady = false
    let before = Self.residentKiB()
    let span = try Self.seconds {
      let store = try open("sleepers")
      let loop = Loop(store: store, worker: "w", clock: SleepingTests.FixedClock(instant: now.safe))
      {
        _ in SleepingTests.NoWorld()
      }
      isReady = loop.pass() == wakeAt
    }
    #expect(isReady)
    print(
      "start with \(count) sleeping migrations: \(Int(span * 1000)) ms, +\(Self.residentKiB() - before) KiB"
    )
  }

  static func residentKiB() -> Int {
    let text = (try? AtomicFile.read("/proc/self/statm")).map {
      String(decoding: $0, as: UTF8.self)
    }
    let pages = text?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * 4
  }
}
