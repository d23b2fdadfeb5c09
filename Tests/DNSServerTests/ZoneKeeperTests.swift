import DNSModel
import Testing
import ZoneFiles

@testable import DNSServer

private let origin: DomainName = "example.test"

private func a(_ last: UInt8) -> RecordData { RecordData(type: .a, wire: [192, 0, 2, last]) }

private func zone(serial: UInt32 = 7, extra: UInt8 = 1) -> Zone {
  let numbers: [UInt32] = [serial, 3600, 600, 86400, 60]
  let bytes = numbers.flatMap { number in
    (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
  }
  let name = DomainName("ns.example.test")
  let records = [
    (origin, RecordData(type: .soa, wire: name.wire + name.wire + bytes)),
    (origin, RecordData(type: .ns, wire: name.wire)), (name, a(extra)),
  ]
  return Zone(
    origin: origin,
    records: records.map { ResourceRecord(owner: $0.0, ttl: TTL(clamping: 300), data: $0.1) })
}

/// Update `number` adds two records that belong together.
private func request(_ number: Int) -> ZoneKeeper.Request {
  let message = Message(
    questions: [Question(origin, .soa)],
    authorities: ["left", "right"].compactMap { side in
      try? DomainName(parsing: "\(side)\(number).example.test")
    }.map { ResourceRecord(owner: $0, ttl: TTL(clamping: 60), data: a(UInt8(number))) })
  guard let update = try? UpdateRequest(message) else { preconditionFailure("\(message)") }
  return ZoneKeeper.Request(update: update) { _, _ in true }
}

private func has(_ zone: Zone, _ number: Int) -> [Bool] {
  ["left", "right"].map {
    zone.rrset(at: DomainName(stringLiteral: "\($0)\(number).example.test"), .a) != nil
  }
}

private func keeper(
  _ disk: SimulatedDisk, zone: Zone = zone(), notes: inout [String]
) throws -> ZoneKeeper {
  try ZoneKeeper(
    zone: zone, zonePath: "zone", journalPath: "journal", disk: disk,
    text: ZoneFileText.write, notes: &notes)
}

/// Four groups of three updates; the numbers that were acknowledged.
private func run(_ disk: SimulatedDisk) -> [Int] {
  var notes: [String] = []
  guard let keeper = try? keeper(disk, notes: &notes) else { return [] }
  var acknowledged: [Int] = []
  for group in 0..<4 {
    let numbers = (0..<3).map { group * 3 + $0 }
    let (outcomes, steps) = keeper.commit(numbers.map(request))
    for (number, outcome) in zip(numbers, outcomes) where outcome == .done(changed: true) {
      acknowledged.append(number)
    }
    #expect(steps.count == outcomes.filter { $0 == .done(changed: true) }.count)
  }
  return acknowledged
}

/// What a folded zone file says.
private func zone(fromFile bytes: [UInt8]) throws -> Zone {
  let file = ZoneFile(text: String(decoding: bytes, as: UTF8.self), origin: origin)
  #expect(file.isServable, "\(file.reasons)")
  return file.zone
}

struct ZoneKeeperTests {
  @Test func losesNothingWhereverAFoldIsCut() throws {
    for operation in 4..<22 {
      for seed in 0..<20 {
        let disk = SimulatedDisk(seed: UInt64(seed))
        var file: [UInt8] = []
        try ZoneFileText.write(zone()) { file += $0 }
        disk.put(file, at: "zone")
        var notes: [String] = []
        let first = try keeper(disk, notes: &notes)
        disk.faults[disk.operations + operation - 4] = .powerCut
        var acknowledged: [Int] = []
        for number in 0..<6 {
          if first.commit([request(number)]).outcomes == [.done(changed: true)] {
            acknowledged.append(number)
          }
          if number % 2 == 1 { try? first.fold() }
        }
        disk.restart()
        let again = try keeper(
          disk, zone: try zone(fromFile: try #require(disk.content("zone"))), notes: &notes)
        for number in 0..<6 {
          let found = has(again.zone, number)
          #expect(
            found[0] == found[1] && (found[0] || !acknowledged.contains(number)),
            "cut at \(operation), seed \(seed), update \(number), \(notes)")
        }
      }
    }
  }

  @Test func findsEveryUpdateAgain() throws {
    let disk = SimulatedDisk(seed: 1)
    #expect(run(disk) == Array(0..<12))
    var notes: [String] = []
    let again = try keeper(disk, notes: &notes)
    #expect(again.zone.serial == Serial(19))
    #expect((0..<12).allSatisfy { has(again.zone, $0) == [true, true] })
    #expect(notes == ["journal: 12 updates taken up; serial 19"])
  }

  @Test func losesNothingAcknowledgedAndHalvesNothingWhereverThePowerIsCut() throws {
    let whole = SimulatedDisk(seed: 0)
    _ = run(whole)
    for operation in 0..<whole.operations {
      for seed in 0..<30 {
        let disk = SimulatedDisk(seed: UInt64(seed))
        disk.faults[operation] = .powerCut
        let acknowledged = run(disk)
        disk.restart()
        var notes: [String] = []
        let again = try keeper(disk, notes: &notes)
        for number in 0..<12 {
          let found = has(again.zone, number)
          #expect(
            found[0] == found[1] && (found[0] || !acknowledged.contains(number)),
            "cut at \(operation), seed \(seed), update \(number)")
        }
      }
    }
  }

  @Test func answersAFailedWriteWithAServerFailureAndServesTheZoneBefore() throws {
    let disk = SimulatedDisk(seed: 3)
    var notes: [String] = []
    let keeper = try keeper(disk, notes: &notes)
    disk.faults[disk.operations] = .error
    let refused = keeper.commit([request(1), request(2)])
    for outcome in refused.outcomes {
      guard case .refused(let refusal) = outcome else {
        Issue.record("\(outcome)")
        continue
      }
      #expect(refusal.code == .serverFailure)
      #expect(refusal.reason.contains("simulated fault"))
    }
    #expect(refused.steps.isEmpty)
    #expect(keeper.zone.serial == Serial(7))
    #expect(keeper.commit([request(3)]).outcomes == [.done(changed: true)])
    let again = try ZoneKeeper(
      zone: zone(), zonePath: "zone", journalPath: "journal", disk: disk,
      text: ZoneFileText.write, notes: &notes)
    #expect(has(again.zone, 3) == [true, true])
    #expect(has(again.zone, 1) == [false, false])
  }

  @Test func refusesAZoneFileThatWasEditedUnderTheJournal() throws {
    let disk = SimulatedDisk(seed: 1)
    _ = run(disk)
    var notes: [String] = []
    let error = #expect(throws: RecoveryError.self) {
      try keeper(disk, zone: zone(serial: 8, extra: 2), notes: &notes)
    }
    #expect(error?.description.contains("12 acknowledged updates (up to serial 19)") == true)
    #expect(error?.description.contains("undo the edit") == true)
  }

  @Test func takesAnEditedZoneFileWhenNothingStandsInTheJournal() throws {
    let disk = SimulatedDisk(seed: 1)
    var notes: [String] = []
    _ = try keeper(disk, notes: &notes)
    let again = try keeper(disk, zone: zone(serial: 8, extra: 2), notes: &notes)
    #expect(again.commit([request(1)]).outcomes == [.done(changed: true)])
    #expect(
      try keeper(disk, zone: zone(serial: 8, extra: 2), notes: &notes).zone.serial == Serial(9))
  }

  @Test func standsWhenItsFileIsReadAgainUnlessThatWasEditedForward() throws {
    let disk = SimulatedDisk(seed: 1)
    var notes: [String] = []
    let keeper = try keeper(disk, notes: &notes)
    #expect(try keeper.stands(after: zone()))
    #expect(try !keeper.stands(after: zone(serial: 8, extra: 2)))
    #expect(throws: RecoveryError.self) { try keeper.stands(after: zone(serial: 7, extra: 2)) }
    _ = keeper.commit([request(1)])
    #expect(try keeper.stands(after: zone()))
    #expect(throws: RecoveryError.self) { try keeper.stands(after: zone(serial: 99, extra: 2)) }
  }

  @Test func keepsInTheJournalWhatWouldNotReadAsAZoneFile() throws {
    let disk = SimulatedDisk(seed: 1)
    var notes: [String] = []
    let keeper = try keeper(disk, notes: &notes)
    let lost = Message(
      questions: [Question(origin, .soa)],
      authorities: [
        ResourceRecord(
          owner: "ns.example.test", recordClass: .any, ttl: .zero,
          data: RecordData(type: .a, wire: []))
      ])
    let request = ZoneKeeper.Request(update: try UpdateRequest(lost)) { _, _ in true }
    #expect(keeper.commit([request]).outcomes == [.done(changed: true)])
    #expect(throws: RecoveryError.self) { try keeper.fold() }
    #expect(disk.content("zone") == nil)
    let again = try ZoneKeeper(
      zone: zone(), zonePath: "zone", journalPath: "journal", disk: disk,
      text: ZoneFileText.write, notes: &notes)
    #expect(again.zone.rrset(at: "ns.example.test", .a) == nil)
  }

  @Test func judgesEachUpdateOnWhatThoseBeforeItLeft() throws {
    let disk = SimulatedDisk(seed: 1)
    var notes: [String] = []
    let keeper = try keeper(disk, notes: &notes)
    let (outcomes, steps) = keeper.commit([request(1), request(1), request(2)])
    #expect(outcomes == [.done(changed: true), .done(changed: false), .done(changed: true)])
    #expect(steps.map(\.after) == [Serial(8), Serial(9)])
  }
}
