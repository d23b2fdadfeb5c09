import DNSModel
import DNSProviders
import Foundation
import Glibc
import TestBeds
import TestSupport
import Testing

/// A whole move in real time, the engine killed at each of its commits and at each of its effects in turn:
/// as soon as the write-ahead log has changed so many times, and as soon as the zone has changed.
@Suite(.enabled(if: Soak.isOn), .serialized) struct SigkillSoakTests {
  @Test(arguments: [false, true]) func killedAtEveryCommitAndEffect(turnsBack: Bool) throws {
    let world = try MoveWorld(.ours)
    let start = try world.cutover(["start", world.plan(rollbackWindow: "60s")])
    #expect(start.status == 0, "\(start)")
    var (atCommit, atEffect, rounds) = (0, 0, 0)
    var hasTurned = false
    let end = Date().addingTimeInterval(400)
    while Date() < end, !["moved", "rolledBack"].contains(world.standing ?? "") {
      let engine = try world.engine()
      rounds += 1
      // One claim is two commits: with fewer than that before each death nothing would ever go on.
      if Self.dies(engine, world, afterCommits: 1 + rounds % 12, &atEffect) { atCommit += 1 }
      engine.stop()
      if turnsBack, !hasTurned, world.isDone("cutover") {
        hasTurned = try world.cutover(["rollback", "--request", "back"]).status == 0
      }
    }
    let writes: UInt64 = turnsBack ? 4 : 3
    #expect(world.standing == (turnsBack ? "rolledBack" : "moved"))
    #expect(atCommit > 10 && atEffect >= Int(writes), "\(atCommit) commits, \(atEffect) effects")
    #expect(try world.record().fence == writes)
    let target =
      turnsBack ? MoveTests.alias("old.example.net", 3) : MoveTests.alias("new.example.net", 2)
    #expect(try world.record().content == target)
    #expect(try world.cutover(["history", "--verify"]).status == 0)
    print("killed at \(atCommit) commits and \(atEffect) effects, in \(rounds) rounds")
  }

  /// Whether it was killed at a commit; at an effect counts separately.
  static func dies(
    _ engine: ServerProcess, _ world: MoveWorld, afterCommits count: Int, _ atEffect: inout Int
  ) -> Bool {
    let log = world.state + "/state.db-wal"
    var seen = stamp(log)
    let zone = world.primary.directory.zoneStamp
    var left = count
    for _ in 0..<300_000 {
      guard engine.isRunning else { return false }
      if world.primary.directory.zoneStamp != zone {
        engine.send(SIGKILL)
        atEffect += 1
        return false
      }
      let next = stamp(log)
      if next != seen {
        seen = next
        left -= 1
        if left <= 0 {
          engine.send(SIGKILL)
          return true
        }
      }
      usleep(100)
    }
    return false
  }

  static func stamp(_ path: String) -> [Int] {
    var status = stat()
    guard stat(path, &status) == 0 else { return [] }
    return [Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
  }
}

extension TemporaryDirectory {
  /// Changes with every file in it: here the server's journal, which each update is written to.
  fileprivate var zoneStamp: [[Int]] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.sorted().map { SigkillSoakTests.stamp(file($0)) }
  }
}
