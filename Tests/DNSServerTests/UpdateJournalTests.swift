import Testing

@testable import DNSServer

private func payload(_ number: Int) -> [UInt8] {
  [UInt8](repeating: UInt8(number), count: 20 + number * 7)
}

/// Opens, begins if there is nothing yet, and appends 1...count; the numbers that were acknowledged.
private func run(_ disk: SimulatedDisk, count: Int) -> [Int] {
  var journal = UpdateJournal(path: "journal", disk: disk)
  var acknowledged: [Int] = []
  do {
    if try journal.open() == nil { try journal.restart(with: payload(0)) }
  } catch {
    return []
  }
  for number in 1...count where (try? journal.append(payload(number))) != nil {
    acknowledged.append(number)
  }
  return acknowledged
}

/// How many disk operations a run without faults has.
private func operationsOfARun() -> Int {
  let disk = SimulatedDisk(seed: 0)
  _ = run(disk, count: 6)
  return disk.operations
}

private func recovered(_ disk: SimulatedDisk) throws -> [[UInt8]]? {
  var journal = UpdateJournal(path: "journal", disk: disk)
  return try journal.open()?.payloads
}

struct UpdateJournalTests {
  @Test func givesBackWhatWasWritten() throws {
    let disk = SimulatedDisk(seed: 1)
    #expect(run(disk, count: 5) == [1, 2, 3, 4, 5])
    #expect(try recovered(disk) == (0...5).map(payload))
  }

  @Test func keepsEveryAcknowledgedWriteThroughAPowerCutAtEveryOperation() throws {
    let operations = operationsOfARun()
    for operation in 0..<operations {
      for seed in 0..<40 {
        let disk = SimulatedDisk(seed: UInt64(seed))
        disk.faults[operation] = .powerCut
        let acknowledged = run(disk, count: 6)
        disk.restart()
        let found = try recovered(disk)
        guard let found else {
          #expect(acknowledged.isEmpty, "operation \(operation), seed \(seed)")
          continue
        }
        let sure = 1 + (acknowledged.last ?? 0)
        // The one in flight may be there, whole.
        #expect(
          found == (0..<found.count).map(payload) && (sure...(sure + 1)).contains(found.count),
          "operation \(operation), seed \(seed): \(acknowledged) acknowledged, \(found.count - 1) found"
        )
        // And the log goes on from there.
        #expect(try recovered(disk) == found)
      }
    }
  }

  @Test func refusesAFailedWriteAndGoesOnAfterIt() throws {
    let operations = operationsOfARun()
    for first in 4..<operations {
      for second in first..<(first + 4) {
        let disk = SimulatedDisk(seed: UInt64(first * 100 + second))
        disk.faults[first] = .error
        disk.faults[second] = .error
        let acknowledged = run(disk, count: 6)
        disk.faults = [:]
        #expect(acknowledged.count >= 3)
        // When the last write and its repair both failed, it stays behind, whole.
        let found = try #require(try recovered(disk))
        let sure = [payload(0)] + acknowledged.map(payload)
        #expect(found == sure || found == sure + [payload(6)], "faults \(first), \(second)")
      }
    }
  }

  @Test func losesNothingWhenAFailureIsFollowedByAPowerCut() throws {
    for first in 4..<14 {
      for second in first..<(first + 8) {
        for seed in 0..<10 {
          let disk = SimulatedDisk(seed: UInt64(seed))
          disk.faults[first] = .error
          disk.faults[second] = .powerCut
          let acknowledged = run(disk, count: 6)
          disk.restart()
          let found = try #require(try recovered(disk)).dropFirst()
          let missing = acknowledged.filter { !found.contains(payload($0)) }
          #expect(missing.isEmpty, "faults \(first) \(second), seed \(seed)")
          #expect(found.count <= acknowledged.count + 1)
        }
      }
    }
  }

  @Test func refusesDamageBeforeTheEnd() throws {
    let disk = SimulatedDisk(seed: 1)
    _ = run(disk, count: 5)
    let whole = try #require(disk.content("journal"))
    let lastFrame = JournalFrame.headerCount + payload(5).count
    for index in 0..<whole.count {
      var bytes = whole
      bytes[index] ^= 0x10
      disk.put(bytes, at: "journal")
      if index < whole.count - lastFrame {
        #expect(throws: JournalError.self, "byte \(index)") { try recovered(disk) }
      } else {
        #expect(try recovered(disk)?.count == 5, "byte \(index)")
      }
    }
  }

  /// What is acknowledged can be read back: a frame that recovery would take for damage is not written.
  @Test func refusesMoreThanItCouldReadBack() throws {
    let disk = SimulatedDisk(seed: 1)
    var journal = UpdateJournal(path: "journal", disk: disk)
    _ = try journal.open()
    try journal.restart(with: payload(0))
    let much = [UInt8](repeating: 1, count: JournalFrame.payloadLimit + 1)
    #expect(throws: JournalError.tooLarge(bytes: much.count)) { try journal.append(much) }
    try journal.append(payload(1))
    #expect(try recovered(disk) == [payload(0), payload(1)])
  }

  @Test func leavesAForeignFileAlone() {
    let disk = SimulatedDisk(seed: 1)
    disk.put(Array("important notes".utf8), at: "journal")
    #expect(throws: JournalError.notAJournal(path: "journal")) { try recovered(disk) }
    #expect(disk.content("journal") == Array("important notes".utf8))
  }
}
