import DNSModel
import Glibc
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// A thousand random updates at a primary, and its secondary holds the same zone at the end: with real
/// servers in either part, and ourselves in the other.
@Suite(.serialized) struct RandomUpdateTests {
  private static let count = 1000

  private let keys = TemporaryDirectory()

  private func arguments(isSigned: Bool) -> ServiceArguments {
    var arguments = ServiceArguments()
    arguments.keys = ["mig:\(LivingServer.keyFile(in: keys))"]
    arguments.allowUpdate = [isSigned ? "key=mig" : "addr=127.0.0.0/8"]
    arguments.allowTransfer = arguments.allowUpdate
    return arguments
  }

  /// How many of them were done.
  private static func update(_ primary: SocketAddress, isSigned: Bool, seed: UInt64) throws -> Int {
    let sender = try UpdateSender(to: primary, isSigned: isSigned)
    var generator = UpdateGenerator(random: SeededRandom(seed: seed), sparesKnot: true)
    var done = 0
    for number in 0..<count {
      if try sender.send(generator.message(id: UInt16(number))) == .noError { done += 1 }
    }
    return done
  }

  private static func content(_ address: SocketAddress, isSigned: Bool) throws -> [String] {
    try ZonePeer.content(of: address, isSigned: isSigned).map { $0.lowercased() }.sorted()
  }

  /// The zone of both when the secondary has caught up; fails when it does not in a minute.
  private static func expectEqual(
    _ primary: SocketAddress, _ secondary: SocketAddress, isSigned: Bool, log: () -> String
  ) throws {
    let wanted = try content(primary, isSigned: isSigned)
    var found: [String] = []
    for _ in 0..<600 where found != wanted {
      found = try content(secondary, isSigned: isSigned)
      if found != wanted { usleep(100_000) }
    }
    let (more, less) = (Set(found).subtracting(wanted), Set(wanted).subtracting(found))
    #expect(found == wanted, "too many \(more.sorted()), missing \(less.sorted()); \(log())")
    #expect(wanted.count > 10, "\(wanted)")
  }

  @Test(arguments: ZonePeer.Kind.allCases, [false, true])
  func everySecondaryOfOursEndsUpWithOurZone(kind: ZonePeer.Kind, isSigned: Bool) throws {
    let port = try FreePort.next()
    var arguments = arguments(isSigned: isSigned)
    arguments.notify = ["127.0.0.1:\(port)" + (isSigned ? ",key=mig" : "")]
    let server = try LivingServer(arguments)
    let peer = try ZonePeer(kind, .secondary(of: server.address), port: port, isSigned: isSigned)
    try peer.waitForSerial(7, seconds: 40)
    let done = try Self.update(server.address, isSigned: isSigned, seed: 1)
    #expect(done > Self.count / 3)
    try Self.expectEqual(server.address, peer.address, isSigned: isSigned) {
      "\(server.log.withLock { $0.suffix(5) }) \(peer.log.suffix(2000))"
    }
  }

  @Test(arguments: [ZonePeer.Kind.bind, .knot, .powerdns], [false, true])
  func weEndUpWithTheZoneOfEveryPrimary(kind: ZonePeer.Kind, isSigned: Bool) throws {
    let port = try FreePort.next()
    let peer = try ZonePeer(
      kind, .primary(zone: ZonePeer.zone, notifies: .loopback(port: port)), isSigned: isSigned)
    let server = try secondary(of: peer, port: port, isSigned: isSigned)
    let done = try Self.update(peer.address, isSigned: isSigned, seed: 2)
    #expect(done > Self.count / 3)
    try Self.expectEqual(peer.address, server.address, isSigned: isSigned) {
      "\(server.log.withLock { $0.suffix(5) }) \(peer.log.suffix(2000))"
    }
  }

  /// NSD takes no updates: they are made to its zone file, fifty at a time, and it is told to read that anew.
  @Test(arguments: [false, true])
  func weEndUpWithTheZoneOfNSDWhoseFileIsWrittenAnew(isSigned: Bool) throws {
    let port = try FreePort.next()
    let peer = try ZonePeer(
      .nsd, .primary(zone: ZonePeer.zone, notifies: .loopback(port: port)), isSigned: isSigned)
    let server = try secondary(of: peer, port: port, isSigned: isSigned)
    var generator = UpdateGenerator(random: SeededRandom(seed: 3), sparesKnot: true)
    var zone = LivingServer.zone
    for number in 0..<Self.count {
      zone = try Self.judged(generator.message(id: UInt16(number)), in: zone)
      guard number % 50 == 49 else { continue }
      var text: [UInt8] = []
      try ZoneFileText.write(zone) { text += $0 }
      peer.reload(String(decoding: text, as: UTF8.self))
      let serial = try #require(zone.serial).number
      #expect(throws: Never.self, "\(String(decoding: text, as: UTF8.self))") {
        try peer.waitForSerial(serial)
      }
    }
    try Self.expectEqual(peer.address, server.address, isSigned: isSigned) {
      "\(server.log.withLock { $0.suffix(5) }) \(peer.log.suffix(2000))"
    }
  }

  private static func judged(_ message: Message, in zone: Zone) throws -> Zone {
    let request = try UpdateRequest(message)
    let changes = try? UpdateEvaluation { _, _ in true }.changes(request, in: zone)
    return zone.applying(changes ?? [])
  }

  private func secondary(
    of peer: ZonePeer, port: UInt16, isSigned: Bool
  ) throws -> LivingServer {
    var arguments = arguments(isSigned: isSigned)
    arguments.secondaries = ["example.test=\(peer.address)" + (isSigned ? ",key=mig" : "")]
    let server = try LivingServer(zone: nil, port: port, arguments)
    for _ in 0..<1000 where server.serial == nil { usleep(10_000) }
    #expect(server.serial == 7, "\(server.log.withLock { $0 })")
    return server
  }

  // MARK: What is transferred

  /// RFC 1995: a secondary that has a serial gets what it lacks, and the whole zone where our history does
  /// not go back to it, as after a restart. What it says itself tells which it was.
  @Test(arguments: ZonePeer.Kind.allCases, [false, true])
  func followsUsByWhatItLacks(kind: ZonePeer.Kind, isSigned: Bool) throws {
    let (port, ourPort) = (try FreePort.next(), try FreePort.next())
    var arguments = arguments(isSigned: isSigned)
    arguments.notify = ["127.0.0.1:\(port)" + (isSigned ? ",key=mig" : "")]
    var first: LivingServer? = try LivingServer(port: ourPort, arguments)
    let address = try #require(first?.address)
    let peer = try ZonePeer(kind, .secondary(of: address), port: port, isSigned: isSigned)
    try peer.waitForSerial(7, seconds: 40)
    for number in 0..<3 {
      let before = try #require(first?.tally.counts)
      try Self.add(number, to: address, isSigned: isSigned)
      try peer.waitForSerial(UInt32(8 + number), seconds: 40)
      let after = try #require(first?.tally.counts)
      #expect(after[.incremental, default: 0] > before[.incremental, default: 0])
      #expect(
        after[.whole] == before[.whole], "\(kind) was given all of it; \(peer.log.suffix(2000))")
    }
    let served = try #require(first?.shelf.zones["example.test"])
    first = nil
    // It comes back with a later zone, and no memory of how that came to be.
    let later = try Self.judged(Self.addition(9), in: served)
    let second = try LivingServer(zone: later, port: ourPort, arguments)
    try peer.waitForSerial(11, seconds: 60)
    #expect(second.tally.counts[.incremental] == nil && second.tally.counts[.whole] != nil)
    try Self.expectEqual(second.address, peer.address, isSigned: isSigned) {
      "\(second.log.withLock { $0.suffix(5) }) \(peer.log.suffix(2000))"
    }
  }

  private static func add(_ number: Int, to server: SocketAddress, isSigned: Bool) throws {
    let sender = try UpdateSender(to: server, isSigned: isSigned)
    #expect(try sender.send(addition(number)) == .noError)
  }

  private static func addition(_ number: Int) throws -> Message {
    var header = MessageHeader(id: UInt16(number))
    header.opcode = .update
    let record = ResourceRecord(
      owner: try DomainName(parsing: "n\(number).example.test"), ttl: TTL(clamping: 60),
      data: RecordData(type: .a, wire: [192, 0, 2, UInt8(number)]))
    return Message(
      header: header, questions: [Question("example.test", .soa)], authorities: [record])
  }
}
