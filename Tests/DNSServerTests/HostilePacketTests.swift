import DNSModel
import Glibc
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// Packets nobody would send in good faith, at a living server: no crash, no hang, no leak, no amplifier,
/// and whoever asks an ordinary question right after has the answer at once.
@Suite(.serialized) struct HostilePacketTests {
  private static let rounds = Soak.isOn ? 2_000_000 : 6_000

  private static func zone() throws -> Zone {
    try GeneratedZone.parsed(
      """
      @ SOA ns1 hostmaster 7 3600 900 86400 60
      @ NS ns1
      ns1 A 192.0.2.1
      www A 192.0.2.2
      api CNAME www
      *.wild A 192.0.2.3
      sub NS ns.sub
      ns.sub A 192.0.2.4
      dn DNAME wild
      """)
  }

  private static let questions: [[UInt8]] = {
    let names: [DomainName] = [
      "www.example.test", "api.example.test", "x.wild.example.test", "x.sub.example.test",
      "x.dn.example.test", "no.example.test", "else.test", ".",
    ]
    let options = [EDNSOption(code: 10, data: [1, 2, 3, 4, 5, 6, 7, 8]), EDNSOption(code: 65_001)]
    return names.flatMap { name in
      [RecordType.a, .any, .ds, .axfr, .ixfr].flatMap { type in
        [nil, EDNS(), EDNS(dnssecOK: true, options: options)].map { edns in
          Message(asking: Question(name, type), id: 1, edns: edns).encoded()
        }
      }
    }
  }()

  private static func hostile(_ random: inout SeededRandom) -> [UInt8] {
    if random.next() % 8 == 0 {
      let count = Int(random.next() % (random.next() % 16 == 0 ? 4000 : 80))
      return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }
    var bytes = questions[Int(random.next() % UInt64(questions.count))]
    for _ in 0...Int(random.next() % 4) where !bytes.isEmpty {
      let place = Int(random.next() % UInt64(bytes.count))
      switch random.next() % 5 {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 1: bytes[place] ^= 1 << UInt8(random.next() % 8)
      case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + Int(random.next() % 5)))
      case 3: bytes.insert(contentsOf: bytes[place...], at: place)
      default:
        bytes.insert(contentsOf: [0xC0, UInt8(truncatingIfNeeded: random.next())], at: place)
      }
    }
    return bytes
  }

  /// What is refused costs the asker at least as much as it brings to whom it names as sender.
  @Test func whatIsRefusedIsNoLargerThanWhatCame() throws {
    let served = try SpokenAnswers([
      ("example.test", "@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1")
    ])
    var random = SeededRandom(seed: 8)
    for _ in 0..<Self.rounds {
      let bytes = Self.hostile(&random)
      guard let reply = served.reply(to: bytes) else { continue }
      let code = reply[3] & 0xF
      let isRefusal = [1, 4, 5].contains(code)
      let isSmall = reply.count <= (isRefusal ? bytes.count : 1232)
      #expect(isSmall, "\(bytes) → \(reply)")
      let echoesID = reply.prefix(2) == bytes.prefix(2)
      #expect(echoesID && reply[2] & 0x80 != 0)
    }
  }

  @Test func datagramsOfEveryKindLeaveTheServerAnswering() throws {
    let served = try ServedOnLoopback([Self.zone()])
    var random = SeededRandom(seed: 9)
    let attacker = try UDPSocket(bindingTo: .loopback())
    try attacker.connect(to: served.address)
    let ordinary = try UDPSocket(bindingTo: .loopback())
    ordinary.becomeBlocking(wakingEvery: 5_000)
    try ordinary.connect(to: served.address)
    for round in 0..<Self.rounds {
      attacker.send(Self.hostile(&random))
      guard round % 100 == 0 else { continue }
      while let (reply, _) = attacker.receive() { #expect(reply.count <= 1232) }
      ordinary.send(Message(asking: Question("www.example.test", .a), id: 5).encoded())
      let reply = try #require(ordinary.receive(), "round \(round), seed 9")
      #expect(try Message(parsing: reply.bytes).answers.count == 1)
    }
  }

  @Test func streamsOfEveryKindLeaveTheServerAnswering() throws {
    let served = try ServedOnLoopback([Self.zone()])
    var random = SeededRandom(seed: 10)
    let question = BareClient.framed(
      Message(asking: Question("www.example.test", .a), id: 5).encoded())
    for round in 0..<(Self.rounds / 50) {
      let client = try BareClient(to: served.address)
      for _ in 0..<5 {
        let bytes = Self.hostile(&random)
        // Some with the length they have, some with another.
        let framed = random.next() % 4 == 0 ? bytes : BareClient.framed(bytes)
        guard client.send(framed) else { break }
      }
      guard round % 10 == 0 else { continue }
      let ordinary = try BareClient(to: served.address)
      ordinary.send(question)
      let reply = try #require(ordinary.message(), "round \(round), seed 10")
      #expect(try Message(parsing: reply).answers.count == 1)
    }
  }

  /// Two of our servers told of each other by a forged sender must not talk for ever.
  @Test func answersAreNeverAnswered() throws {
    let served = try ServedOnLoopback([Self.zone()])
    for bytes in Self.questions {
      var answer = bytes
      answer[2] |= 0x80
      #expect(try served.ask(answer, milliseconds: 5) == nil)
    }
    #expect(served.server.totals.silent >= UInt64(Self.questions.count))
  }
}
