import DNSModel
import TestSupport
import Testing
import ZoneFiles

@testable import DNSServer

@Suite struct CompiledAnswersTests {
  /// One question in its forms on the wire, answered both ways.
  static func bothWays(_ bytes: [UInt8], _ snapshot: ZoneShelf.Snapshot, _ transport: Transport)
    -> (compiled: [UInt8]?, built: [UInt8]?)
  {
    var reply = [UInt8](repeating: 0xEE, count: 4200)
    let length = bytes.withUnsafeBufferPointer { request in
      reply.withUnsafeMutableBufferPointer { reply in
        withUnsafeTemporaryAllocation(
          byteCount: CompiledQuery.scratchSize, alignment: 16
        ) { scratch in
          scratch.withMemoryRebound(to: UInt8.self) { room in
            room.baseAddress.map {
              snapshot.compiled.respond(to: request, in: reply, over: transport, scratch: $0)
            } ?? 0
          }
        }
      }
    }
    guard
      case .reply(let built, _) = Responder(snapshot.zones, version: "test").respond(
        to: bytes, over: transport)
    else { return (length > 0 ? Array(reply.prefix(length)) : nil, nil) }
    return (length > 0 ? Array(reply.prefix(length)) : nil, built)
  }

  static func forms(of question: Question, _ random: inout SeededRandom) -> [UInt8] {
    var message = Message(
      asking: question, id: UInt16(truncatingIfNeeded: random.next()), edns: nil)
    message.header.recursionDesired = random.next() % 2 == 0
    message.header.checkingDisabled = random.next() % 4 == 0
    if random.next() % 2 == 0 {
      message.edns = EDNS(
        payloadSize: [0, 512, 1232, 4096][Int(random.next() % 4)],
        dnssecOK: random.next() % 2 == 0,
        options: random.next() % 5 == 0
          ? [EDNSOption(code: 10, data: [1, 2, 3, 4, 5, 6, 7, 8])] : [])
    }
    return message.encoded()
  }

  /// Every letter's case thrown with a coin, as resolvers do it (0x20).
  static func mixed(_ question: Question, _ random: inout SeededRandom) -> Question {
    let wire = question.name.wire.map { byte in
      byte & 0xDF &- 0x41 < 26 && random.next() % 2 == 0 ? byte ^ 0x20 : byte
    }
    return Question(DomainName(wire: wire) ?? question.name, question.type)
  }

  @Test func copyingAndBuildingGiveTheSameBytes() {
    var random = SeededRandom(seed: 1)
    var (asked, compiledCount) = (0, 0)
    for seed in 0..<160 as Range<UInt64> {
      var zone = GeneratedZone(seed % 7 == 0 ? "Example.test" : "example.test", seed: seed)
      var child = GeneratedZone("a.example.test", seed: seed + 10_000, names: 6)
      var root = GeneratedZone(".", seed: seed + 20_000)
      let zones =
        [zone.zone] + (seed % 3 == 0 ? [child.zone] : []) + (seed % 4 == 1 ? [root.zone] : [])
      let snapshot = ZoneShelf(zones).current
      for count in 0..<120 {
        var question =
          count % 8 == 0 ? child.question() : count % 8 == 1 ? root.question() : zone.question()
        if count % 2 == 0 { question = Self.mixed(question, &random) }
        let bytes = Self.forms(of: question, &random)
        let transport: Transport = count % 5 == 0 ? .tcp : .udp
        let (compiled, built) = Self.bothWays(bytes, snapshot, transport)
        asked += 1
        guard let compiled else { continue }
        compiledCount += 1
        let isSame = compiled == built
        #expect(isSame, "seed \(seed): \(question)\n\(compiled)\n\(built ?? [])")
      }
    }
    // Most of what even such zones are asked is in the table.
    #expect(compiledCount * 4 > asked * 3, "\(compiledCount) of \(asked)")
  }

  /// Names as resolvers spell them, and the parts of a zone that are asked for most: all of them are in
  /// the table.
  @Test(arguments: [
    "www", "api", "none", "deep.none", "x.wild", "y.x.wild", "x.alias", "sub", "ns.sub", "x.sub",
    "x.ns.sub", "empty", "deep.empty", "x.deep.empty",
  ])
  func whatIsAskedMostIsCopied(host: String) throws {
    let zone = try GeneratedZone.parsed(
      """
      @ SOA ns1 hostmaster 1 3600 900 86400 60
      @ NS ns1
      ns1 A 192.0.2.1
      www A 192.0.2.2
      api CNAME www
      *.wild A 192.0.2.3
      *.alias CNAME www
      sub NS ns.sub
      sub NS ns1
      ns.sub A 192.0.2.4
      deep.empty A 192.0.2.5
      """)
    let snapshot = ZoneShelf([zone]).current
    var random = SeededRandom(seed: 3)
    let name = try DomainName(parsing: host + ".example.test")
    for type in [RecordType.a, .aaaa, .https, .txt] {
      for round in 0..<20 {
        var question = Question(name, type)
        if round > 0 { question = Self.mixed(question, &random) }
        var message = Message(asking: question, id: 1)
        // As BIND asks: with a cookie.
        message.edns = EDNS(options: [EDNSOption(code: EDNSOption.cookie, data: Array(1...8))])
        let (compiled, built) = Self.bothWays(message.encoded(), snapshot, .udp)
        #expect(compiled != nil && compiled == built, "\(question)")
      }
    }
  }

  @Test func aChangeCompilesOnlyWhatItTouchesAndLeavesNothingStale() {
    var random = SeededRandom(seed: 2)
    var partial = 0
    for seed in 0..<60 as Range<UInt64> {
      var generated = GeneratedZone("example.test", seed: seed)
      let shelf = ZoneShelf([generated.zone])
      for step in 0..<6 {
        let (zone, names) = generated.changed(step: step)
        let before = shelf.current.compiled.arena
        shelf.publish(zone, changes: names)
        if shelf.current.compiled.arena === before { partial += 1 }
        for _ in 0..<40 {
          let question = Self.mixed(generated.question(), &random)
          let bytes = Self.forms(of: question, &random)
          let (compiled, built) = Self.bothWays(bytes, shelf.current, .tcp)
          guard let compiled else { continue }
          let isSame = compiled == built
          #expect(isSame, "seed \(seed), step \(step)")
        }
      }
    }
    #expect(partial > 50, "\(partial)")
  }
}

extension GeneratedZone {
  /// A zone of example.test from its text, with a TTL of 300.
  static func parsed(_ text: String) throws -> Zone {
    let file = ZoneFile(text: "$TTL 300\n" + text + "\n", origin: "example.test")
    guard file.isServable else { throw ProgramFailure(description: file.reasons.joined()) }
    return file.zone
  }

  /// The zone with one set removed, replaced or added, and a new serial.
  mutating func changed(step: Int) -> (Zone, [DomainName]) {
    let before = rrsets
    edit(step)
    let changed = Set(before).symmetricDifference(Set(rrsets)).map(\.owner)
    return (zone, changed.sorted())
  }
}
