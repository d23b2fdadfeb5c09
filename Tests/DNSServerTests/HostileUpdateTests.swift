import DNSModel
import Glibc
import Notation
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// Signed updates that come again or with too little of a signature, and a thousand that BIND and Knot are given
/// beside us.
@Suite(.serialized) struct HostileUpdateTests {
  private static let key = TSIGKey(
    name: "mig", algorithm: .sha256, secret: Array("secret secret secret secret!".utf8))

  private static var now: UInt64 { UInt64(SystemClock.wall().seconds) }

  private static func update(_ last: UInt8, id: UInt16 = 99) -> [UInt8] {
    var header = MessageHeader(id: id)
    header.opcode = .update
    let record = ResourceRecord(
      owner: "new.example.test", ttl: TTL(clamping: 60),
      data: RecordData(type: .a, wire: [192, 0, 2, last]))
    return Message(
      header: header, questions: [Question("example.test", .soa)], authorities: [record]
    ).encoded()
  }

  private static func signed(
    _ message: [UInt8], key: TSIGKey = key, now: UInt64 = now
  ) -> [UInt8] {
    var conversation = TSIGConversation(key: key)
    return conversation.sign(message, now: now)
  }

  private static func ask(_ address: SocketAddress, _ bytes: [UInt8]) throws -> [UInt8] {
    let socket = try UDPSocket(bindingTo: .loopback())
    try socket.connect(to: address)
    socket.send(bytes)
    for _ in 0..<4000 {
      if let (reply, _) = socket.receive() { return reply }
      usleep(500)
    }
    throw ProgramFailure(description: "\(address) is silent")
  }

  /// The response code, the error in its TSIG record, and whether that record carries a MAC.
  private static func verdict(_ reply: [UInt8]) throws -> String {
    guard case .signed(let record, let message) = try TSIGEnvelope(opening: reply) else {
      return "\(try Message(parsing: reply).responseCode) unsigned"
    }
    let code = try Message(parsing: message).responseCode
    return "\(code) \(record.error) \(record.mac.isEmpty ? "without" : "with") MAC"
  }

  private func server() throws -> LivingServer {
    let directory = TemporaryDirectory()
    var arguments = ServiceArguments()
    arguments.keys = ["mig:\(LivingServer.keyFile(in: directory))"]
    arguments.allowUpdate = ["key=mig"]
    arguments.allowTransfer = ["key=mig"]
    return try LivingServer(arguments)
  }

  @Test func acceptsTruncatedSignaturesOnlyWhereTheKeySaysSo() throws {
    let ours = try server()
    let short = TSIGKey(
      name: "mig", algorithm: .sha256, secret: Array("secret secret secret secret!".utf8),
      macByteCount: 16)
    let reply = try Self.ask(ours.address, Self.signed(Self.update(1), key: short))
    #expect(try Self.verdict(reply) == "NOTAUTH BADTRUNC with MAC")
    #expect(ours.serial == 7)
  }

  @Test func doesAReplayedUpdateOnlyOnce() throws {
    let ours = try server()
    let first = Self.signed(Self.update(1))
    #expect(try Self.verdict(try Self.ask(ours.address, first)) == "NOERROR NOERROR with MAC")
    let second = Self.signed(Self.update(2, id: 100))
    _ = try Self.ask(ours.address, second)
    #expect(ours.serial == 9)
    // Someone takes a record away, and the first message comes again.
    let gone = try runUpdate(
      "nsupdate", to: ours.address, "del new.example.test. A 192.0.2.1",
      key: "hmac-sha256:mig:\(ZonePeer.secret)")
    #expect(gone.status == 0, "\(gone)")
    #expect(try Self.verdict(try Self.ask(ours.address, first)) == "NOERROR NOERROR with MAC")
    #expect(ours.serial == 10)
    // Neither BIND nor Knot tells a replay from a retransmission: their answer is the same, but they do it again.
    for kind in [ZonePeer.Kind.bind, .knot] {
      let peer = try ZonePeer(kind, .primary(zone: ZonePeer.zone), isSigned: true)
      for _ in 0..<2 {
        #expect(try Self.verdict(try Self.ask(peer.address, first)) == "NOERROR NOERROR with MAC")
      }
    }
  }

  @Test(arguments: [ZonePeer.Kind.bind, .knot])
  func endsUpWithTheZoneThatOthersHaveAfterAThousandUpdates(kind: ZonePeer.Kind) throws {
    let directory = TemporaryDirectory()
    var arguments = ServiceArguments()
    arguments.allowUpdate = ["addr=127.0.0.0/8"]
    arguments.allowTransfer = ["addr=127.0.0.0/8"]
    arguments.journalDirectory = directory.path
    let ours = try LivingServer(arguments)
    let peer = try ZonePeer(kind, .primary(zone: ZonePeer.zone))
    var random = SeededRandom(seed: 1000)
    for number in 0..<1000 {
      let owner = "n\(Int.random(in: 0..<40, using: &random)).example.test"
      let remove = Int.random(in: 0..<3, using: &random) == 0
      var header = MessageHeader(id: UInt16(number))
      header.opcode = .update
      let record = ResourceRecord(
        owner: try DomainName(parsing: owner), recordClass: remove ? .none : .internet,
        ttl: remove ? .zero : TTL(clamping: 60),
        data: RecordData(type: .a, wire: [192, 0, 2, UInt8.random(in: 0..<4, using: &random)]))
      let bytes = Message(
        header: header, questions: [Question("example.test", .soa)], authorities: [record]
      ).encoded()
      let (mine, theirs) = (try Self.ask(ours.address, bytes), try Self.ask(peer.address, bytes))
      #expect(try Message(parsing: mine).responseCode == Message(parsing: theirs).responseCode)
    }
    #expect(try ZonePeer.content(of: ours.address) == peer.content())
  }
}
