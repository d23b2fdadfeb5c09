import DNSModel
import Engine
import Glibc
import Migration
import Notation
import TestSupport
import Testing

@testable import Store

@Suite struct SQLiteStoreTests {
  let directory = TemporaryDirectory()
  let now = Now(UTCInstant(seconds: 1_700_000_000))

  func open() throws -> SQLiteStore {
    let place = try StateDirectory(creatingAt: directory.file("state"))
    return try #require(try SQLiteStore(place, at: now.wall))
  }

  func create(_ name: String, in store: SQLiteStore) throws -> MigrationID {
    let own = SmallMove.plan(try DomainName(parsing: name))
    let id = MigrationID(name)
    try store.create(
      NewMigration(
        id: id, plan: own, facts: [Fact(at: now, .started(planDigest: "d", startedBy: "ann"))],
        wakeAt: now.safe, standing: .acting, source: "the plan"))
    return id
  }

  func transition(
    _ id: MigrationID, _ claimed: ClaimedMigration, revision: UInt64? = nil,
    facts: [FactKind] = [.recovered], standing: Standing = .waiting
  ) -> Transition {
    Transition(
      id: id, epoch: claimed.epoch, revision: revision ?? claimed.revision,
      facts: facts.map { Fact(at: now, $0) }, wakeAt: now.safe + .hours(1), standing: standing,
      at: now)
  }

  @Test func keepsEverythingAcrossARestart() throws {
    var store: SQLiteStore? = try open()
    let id = try create("a.example.test", in: try #require(store))
    let claimed = try #require(try store?.claim(id, worker: "w", at: now))
    try store?.commit(transition(id, claimed, facts: [.recovered, .stepDone(step: 0)]))
    let facts = try store?.history(id)
    store = nil
    let again = try open()
    #expect(try again.history(id) == facts && facts?.count == 3)
    #expect(try again.source(id) == "the plan")
    #expect(try again.list().map(\.standing) == [.waiting])
    #expect(try again.nextWake() == now.safe + .hours(1))
  }

  @Test func commitsOfSeveralThreadsGoTogetherAndEachHasItsOwnFate() throws {
    let store = try open()
    var claims: [(MigrationID, ClaimedMigration)] = []
    for number in 0..<8 {
      let id = try create("n\(number).example.test", in: store)
      claims.append((id, try store.claim(id, worker: "w", at: now)))
    }
    let stale = transition(claims[0].0, claims[0].1, revision: 99)
    let fates = store.commitTogether([stale] + claims.map { transition($0.0, $0.1) })
    #expect(fates[0] == .stale && fates.dropFirst().allSatisfy { $0 == nil })
    for (id, _) in claims { #expect(try store.history(id).count == 2) }
  }

  @Test func anAlteredHistoryIsNoticed() throws {
    let store = try open()
    let id = try create("a.example.test", in: store)
    let claimed = try store.claim(id, worker: "w", at: now)
    try store.commit(transition(id, claimed, facts: [.recovered, .stepDone(step: 0), .recovered]))
    #expect(try store.connection.broken(id) == nil)
    #expect(throws: SQLiteError.self) {
      try store.connection.run("UPDATE journal SET wall_at = 0 WHERE number = 2")
    }
    try store.connection.execute("DROP TRIGGER journal_is_never_edited")
    try store.connection.run("UPDATE journal SET wall_at = 0 WHERE number = 2")
    #expect(try store.connection.broken(id)?.contains("entry 2") == true)
  }

  /// A full disk refuses the transition whole; what was there stays, and work goes on with room.
  @Test func aFullDiskLosesNothing() throws {
    let store = try open()
    let id = try create("a.example.test", in: store)
    let pages = try store.connection.first("PRAGMA page_count") { $0.integer(0) } ?? 0
    try store.connection.execute("PRAGMA max_page_count = \(pages)")
    var claimed = try store.claim(id, worker: "w", at: now)
    let long = Command(
      request: "r", actor: "ann", verb: .pause, reason: String(repeating: "x", count: 100_000))
    let big = transition(id, claimed, facts: [.commanded(long, .accepted)])
    #expect(throws: StoreError.self) { try store.commit(big) }
    #expect(try store.history(id).count == 1 && store.connection.broken(id) == nil)
    try store.connection.execute("PRAGMA max_page_count = 1000000")
    claimed = try store.claim(id, worker: "w", at: now)
    try store.commit(transition(id, claimed, facts: [.commanded(long, .accepted)]))
    #expect(try store.history(id).count == 2)
  }

  @Test func readersSeeWhatTheWriterCommits() throws {
    let store = try open()
    let id = try create("a.example.test", in: store)
    let place = try StateDirectory(directory.file("state"))
    let reader = try #require(try SQLiteReader(place))
    #expect(try reader.history(id).count == 1)
    let claimed = try store.claim(id, worker: "w", at: now)
    try store.commit(transition(id, claimed))
    #expect(try reader.history(id).count == 2 && reader.verify(id) == nil)
    #expect(try SQLiteStore(place, at: now.wall) == nil)
  }
}
