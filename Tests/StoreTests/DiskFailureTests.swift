import DNSModel
import Engine
import Migration
import Notation
import TestSupport
import Testing

@testable import Store

/// The disk is full, or fails, at every single write and sync: what was acknowledged is there afterwards,
/// what was refused is not, and the chain holds.
@Suite struct DiskFailureTests {
  let directory = TemporaryDirectory()
  let now = Now(UTCInstant(seconds: 1_700_000_000))
  let id = MigrationID("a.example.test")

  func open(_ folder: String) throws -> SQLiteStore {
    let place = try StateDirectory(creatingAt: folder)
    let connection = try SQLiteConnection(
      path: place.database, mode: .readWrite, fileSystem: FaultyDisk.vfsName)
    _ = try connection.bringUp(to: Schema.steps, at: now.wall) { place.backup(beforeStep: $0) }
    return SQLiteStore(connection, lock: nil)
  }

  func begin(_ folder: String) throws -> SQLiteStore {
    let store = try open(folder)
    try store.create(
      NewMigration(
        id: id, plan: SmallMove.plan("a.example.test"),
        facts: [Fact(at: now, .started(planDigest: "d", startedBy: "ann"))],
        wakeAt: now.safe, standing: .acting))
    return store
  }

  func transition(_ claimed: ClaimedMigration, _ number: Int) -> Transition {
    // Some are long enough for several pages.
    let reason = String(repeating: "x", count: number % 3 == 0 ? 9000 : 10)
    let command = Command(request: "\(number)", actor: "ann", verb: .pause, reason: reason)
    return Transition(
      id: id, epoch: claimed.epoch, revision: claimed.revision,
      facts: [Fact(at: now, .commanded(command, .accepted))], wakeAt: nil, standing: .waiting,
      at: now)
  }

  /// Ten transitions; whatever is refused is tried again after the disk was mended and the store opened
  /// anew, as after a restart. Gives the number of the first that was refused.
  func walk(_ folder: String, _ disk: FaultyDisk, _ context: String) throws -> Int? {
    var store: SQLiteStore? = try open(folder)
    var refused: Int?
    for number in 1...10 {
      var error: StoreError?
      do {
        let claimed = try #require(store).claim(id, worker: "w", at: now)
        try store?.commit(transition(claimed, number))
      } catch let failure as StoreError {
        error = failure
      }
      guard let error else { continue }
      refused = refused ?? number
      disk.mend()
      store = nil
      let again = try open(folder)
      #expect(try again.connection.broken(id) == nil, "\(context)")
      let count = try again.history(id).count - 1
      // What is told as failed is not there; what is told as unknown may be.
      let isThere = count == number
      #expect(isThere || count == number - 1, "\(context): \(count) of \(number)")
      if case .failed = error { #expect(!isThere, "\(context): \(error)") }
      store = again
      if !isThere {
        try again.commit(transition(try again.claim(id, worker: "w", at: now), number))
      }
    }
    let reasons = try #require(store).history(id).compactMap { fact -> String? in
      guard case .commanded(let command, _) = fact.kind else { return nil }
      return command.request
    }
    #expect(reasons == (1...10).map(String.init), "\(context)")
    return refused
  }

  @Test(arguments: FaultyDisk.Failure.allCases)
  func nothingIsLostWhereverTheDiskFails(failure: FaultyDisk.Failure) throws {
    var wasSpared = false
    var refusals: Set<Int> = []
    for operation in 0..<200 where !wasSpared {
      let folder = directory.file("\(failure)-\(operation)")
      let disk = FaultyDisk(folder + "/")
      _ = try begin(folder)
      disk.fail(after: operation, with: failure)
      if let refused = try walk(folder, disk, "\(failure) after \(operation)") {
        refusals.insert(refused)
      }
      wasSpared = !disk.hasFailed
    }
    #expect(wasSpared, "the walk has more operations than were tried")
    #expect(refusals.count > 3, "\(refusals)")
  }

  /// synchronous=FULL: a crash of ours would not tell it from NORMAL, a power cut would.
  @Test func eachCommitIsOnTheDiskWhenItReturnsAndAGroupIsThereAtOnce() throws {
    let folder = directory.file("synced")
    let disk = FaultyDisk(folder + "/")
    let store = try begin(folder)
    var claimed = try store.claim(id, worker: "w", at: now)
    for number in 1...20 {
      let before = disk.syncs
      try store.commit(transition(claimed, number))
      #expect(disk.syncs > before, "commit \(number) was not synchronised")
      claimed.revision += 1
    }
    let others = try (0..<30).map { number in
      let name = try DomainName(parsing: "n\(number).example.test")
      let other = MigrationID(name.host)
      try store.create(
        NewMigration(
          id: other, plan: SmallMove.plan(name), facts: [], wakeAt: nil, standing: .acting))
      let claimed = try store.claim(other, worker: "w", at: now)
      return Transition(
        id: other, epoch: claimed.epoch, revision: claimed.revision,
        facts: [Fact(at: now, .recovered)], wakeAt: nil, standing: .waiting, at: now)
    }
    let before = disk.syncs
    #expect(store.commitTogether(others).allSatisfy { $0 == nil })
    #expect(disk.syncs == before + 1)
  }
}
