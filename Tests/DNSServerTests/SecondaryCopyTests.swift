import DNSModel
import Foundation
import Notation
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// What a secondary has, on disk and from primaries that are not quite right.
@Suite struct SecondaryCopyTests {
  static func zone(records: Int) -> Zone {
    var zone = LivingServer.zone
    for number in 0..<records {
      guard let name = DomainName("example.test").prepending("n\(number)") else { continue }
      let address = [192, 0, UInt8(number >> 8 & 255), UInt8(number & 255)]
      zone.insert(
        ResourceRecord(
          owner: name, ttl: TTL(clamping: 60), data: RecordData(type: .a, wire: address)))
    }
    return zone
  }

  @Test func aCopyReadsBackAsItWas() throws {
    let directory = TemporaryDirectory()
    let copy = SecondaryCopy(of: "example.test", at: directory.file("copy"))
    let zone = Self.zone(records: 5000)
    try copy.write(zone)
    let found = try #require(try copy.read())
    #expect(ZoneDifference(from: zone, to: found.zone).isEmpty)
    #expect(found.age < .seconds(60))
  }

  /// Cut at any byte it is refused: a piece of a zone is none.
  @Test func aCopyThatIsCutIsNone() throws {
    let directory = TemporaryDirectory()
    let path = directory.file("copy")
    let copy = SecondaryCopy(of: "example.test", at: path)
    try copy.write(LivingServer.zone)
    let whole = try AtomicFile.read(path)
    for length in stride(from: 0, to: whole.count, by: 7) {
      try AtomicFile.replace(path, with: Array(whole.prefix(length)))
      #expect(throws: FileError.self) { try copy.read() }
    }
  }

  @Test func whatWasNotKeptIsWrittenBeforeItIsConfirmed() throws {
    let directory = TemporaryDirectory()
    let log = SystemIO.Mutex<[String]>([])
    // A directory in its place cannot be replaced by a file.
    let path = directory.file("copy")
    try FileManager.default.createDirectory(
      atPath: path + "/full", withIntermediateDirectories: true)
    let keeper = SecondaryKeeper(SecondaryCopy(of: "example.test", at: path)) { line in
      log.withLock { $0.append(line) }
    }
    keeper.keep(LivingServer.zone)
    keeper.finish()
    #expect(log.withLock { $0.contains { $0.contains("not kept on disk") } })
    #expect(!AtomicFile.exists(path + ".confirmed"))
    try FileManager.default.removeItem(atPath: path)
    keeper.confirm()
    keeper.finish()
    #expect(try keeper.copy.read()?.zone.serial == Serial(7))
  }

  /// With so much data that its name does not fit beside it: a record no transfer can hold.
  static var overfull: Zone {
    var zone = LivingServer.zone
    let data = RecordData(
      type: RecordType(rawValue: 65_280), wire: [UInt8](repeating: 7, count: 65_500))
    zone.insert(ResourceRecord(owner: "large.example.test", ttl: .zero, data: data))
    return zone
  }

  private static var givesTransfers: ServiceArguments {
    var arguments = ServiceArguments()
    arguments.allowTransfer = ["addr=127.0.0.0/8"]
    return arguments
  }

  @Test func aTransferThatCannotBeWholeIsBrokenOff() throws {
    let server = try LivingServer(zone: Self.overfull, Self.givesTransfers)
    let outcome = try TransferAttemptTests.outcome(server.address)
    guard case .failed(.endedEarly) = outcome else {
      Issue.record("a zone without one of its records was taken: \(outcome)")
      return
    }
    let said = server.log.withLock { $0 }
    #expect(said.contains { $0.contains("large.example.test. TYPE65280 does not fit") }, "\(said)")
    // Others are answered as before.
    let dig = try Programs.run(
      "dig", ["@127.0.0.1", "-p", "\(server.address.port)", "+tcp", "+short", "ns1.example.test"])
    #expect(dig.stdout == "127.0.0.1\n")
  }

  /// An alias beside data is the primary's fault, and its to mend: the zone is served as it has it.
  @Test func anUnsoundZoneIsServedAndSaid() throws {
    var unsound = LivingServer.zone
    unsound.insert(
      ResourceRecord(
        owner: "api.example.test", ttl: TTL(clamping: 300),
        data: RecordData(type: .a, wire: [192, 0, 2, 99])))
    let primary = try LivingServer(zone: unsound, Self.givesTransfers)
    var arguments = ServiceArguments()
    arguments.secondaries = ["example.test=\(primary.address)"]
    let secondary = try LivingServer(zone: nil, arguments)
    for _ in 0..<1000 where secondary.serial == nil { usleep(10_000) }
    #expect(secondary.serial == 7)
    for _ in 0..<500 where !secondary.log.withLock({ $0.contains { $0.contains("unsound") } }) {
      usleep(10_000)
    }
    let said = secondary.log.withLock { $0 }
    #expect(said.contains { $0.contains("unsound") && $0.contains("api.example.test.") }, "\(said)")
  }
}
