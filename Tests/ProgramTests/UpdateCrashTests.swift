import DNSModel
import Foundation
import SystemIO
import TestSupport
import Testing

/// The real process, killed while it takes updates: what it acknowledged is there when it is back,
/// and what it did not is there whole or not at all.
@Suite(.serialized) struct UpdateCrashTests {
  private static let rounds = Soak.isOn ? 200 : 6

  @Test func keepsEveryAcknowledgedUpdateWhenItIsKilled() throws {
    let directory = TemporaryDirectory()
    directory.write("zone", UpdatedServer.zone)
    var random = SeededRandom(seed: 9)
    var number = 0
    var acknowledged: [Int] = []
    for round in 0..<Self.rounds {
      let server = try UpdatedServer(zoneIn: directory.path, state: directory)
      let known = acknowledged.suffix(40)
      #expect(try server.found(of: known, "round \(round)") == Array(known), "round \(round)")
      // Every third end is orderly, with a fold of the journal into the zone file.
      let (count, isKilled) = (Int.random(in: 1...30, using: &random), round % 3 != 2)
      let first = number + 1
      for _ in 0..<count {
        number += 1
        acknowledged += try server.acknowledged(of: [number])
      }
      if isKilled {
        // One more that nobody waits for.
        number += 1
        _ = try UpdatedServer.sent(try UpdatedServer.update(number), to: server.address)
        usleep(UInt32.random(in: 0...3000, using: &random))
        try server.kill()
      } else {
        _ = try server.end()
      }
      let after = try UpdatedServer(zoneIn: directory.path, state: directory)
      let found = try after.found(of: first...number, "round \(round)")
      let lost = Set(acknowledged.filter { $0 >= first }).subtracting(found)
      #expect(lost.isEmpty, "round \(round), updates \(lost.sorted())")
      try after.kill()
    }
  }

  // MARK: At every write

  /// Updates whose first is not sent before those ahead of them were acknowledged.
  private struct Group {
    let numbers: [Int]
    /// All over one connection; else from as many sockets, whose datagrams the server's threads may take in
    /// any order.
    let isOrdered: Bool
  }

  private static let groups = [
    Group(numbers: [1], isOrdered: false), Group(numbers: [2, 3, 4], isOrdered: true),
    Group(numbers: [5, 6, 7], isOrdered: false), Group(numbers: [8], isOrdered: false),
  ]
  private static let all = groups.flatMap(\.numbers)

  /// Whether the server may have made these durable, and no others: what it made so, it did in the order in
  /// which it took them.
  private static func isPossible(_ found: [Int]) -> Bool {
    var mayFollow = true
    for group in groups {
      let there = group.numbers.filter(found.contains)
      guard mayFollow || there.isEmpty else { return false }
      guard !group.isOrdered || there == Array(group.numbers.prefix(there.count)) else {
        return false
      }
      mayFollow = there == group.numbers
    }
    return true
  }

  @Test func whatMayBeFoundAfterADeath() {
    for possible in [[], [1], [1, 2, 3], [1, 2, 3, 4, 6], [1, 2, 3, 4, 5, 7], Self.all] {
      #expect(Self.isPossible(possible), "\(possible)")
    }
    for wrong in [[2], [1, 3], [1, 2, 4], [1, 2, 3, 5], [1, 2, 3, 4, 5, 6, 8]] {
      #expect(!Self.isPossible(wrong), "\(wrong)")
    }
  }

  /// All groups, and an orderly end, which writes the zone file anew. What was acknowledged; nothing more
  /// once the server is dead.
  private static func run(
    killedAt call: Int, _ moment: DiskTrap.Moment, _ trap: DiskTrap,
    in directory: TemporaryDirectory
  ) throws -> (acknowledged: [Int], isKilled: Bool) {
    var acknowledged: [Int] = []
    do {
      let server = try UpdatedServer(
        zoneIn: directory.path, state: TemporaryDirectory(),
        environment: trap.killing(at: call, moment, under: directory.path))
      for group in groups where server.process.isRunning {
        acknowledged +=
          group.isOrdered
          ? try server.acknowledgedInOrder(of: group.numbers)
          : try server.acknowledged(of: group.numbers)
      }
      return (acknowledged, try server.end() == 128 + SIGKILL)
    } catch is ProgramFailure {
      // Dead before it listened.
      return (acknowledged, true)
    }
  }

  /// Each write, synchronisation, cut and renaming of the zone file and of the journal, from the start to the
  /// end of the process: it is killed before the call, in the middle of a write, and after the call.
  @Test(arguments: DiskTrap.Moment.allCases)
  func losesNothingWhicheverWriteItIsKilledAt(moment: DiskTrap.Moment) throws {
    let tools = TemporaryDirectory()
    let trap = try DiskTrap(in: tools)
    var deaths = 0
    for call in 1...200 {
      let directory = TemporaryDirectory()
      directory.write("zone", UpdatedServer.zone)
      let (acknowledged, isKilled) = try Self.run(killedAt: call, moment, trap, in: directory)
      let after = try UpdatedServer(zoneIn: directory.path, state: TemporaryDirectory())
      let comment = "killed \(moment) call \(call)"
      let found = try after.found(of: Self.all, comment)
      #expect(Set(found).isSuperset(of: acknowledged), "\(comment): \(acknowledged) acknowledged")
      #expect(Self.isPossible(found), "\(comment): \(found)")
      #expect(try after.serial() == 1 + found.count, "\(comment)")
      // And it goes on.
      #expect(try after.acknowledged(of: [99]) == [99], "\(comment)")
      try after.kill()
      guard isKilled else {
        #expect(found == Self.all)
        break
      }
      deaths += 1
    }
    // The journal is begun with four calls, each group has two, and the end at least eight.
    #expect((20..<200).contains(deaths), "\(deaths)")
  }
}
