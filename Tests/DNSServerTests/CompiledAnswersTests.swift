import DNSModel
import TestSupport
import Testing

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

  @Test func copyingAndBuildingGiveTheSameBytes() {
    var random = SeededRandom(seed: 1)
    var compiledCount = 0
    for seed in 0..<120 as Range<UInt64> {
      var zone = GeneratedZone(seed % 7 == 0 ? "Example.test" : "example.test", seed: seed)
      var child = GeneratedZone("a.example.test", seed: seed + 10_000, names: 6)
      let zones = seed % 3 == 0 ? [zone.zone, child.zone] : [zone.zone]
      let snapshot = ZoneShelf(zones).current
      for count in 0..<80 {
        let question = count % 8 == 0 ? child.question() : zone.question()
        let bytes = Self.forms(of: question, &random)
        let transport: Transport = count % 5 == 0 ? .tcp : .udp
        let (compiled, built) = Self.bothWays(bytes, snapshot, transport)
        guard let compiled else { continue }
        compiledCount += 1
        let isSame = compiled == built
        #expect(isSame, "seed \(seed): \(question)")
      }
    }
    // Most of what such zones are asked is plain.
    #expect(compiledCount > 3_000, "\(compiledCount)")
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
          let bytes = Self.forms(of: generated.question(), &random)
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
  /// The zone with one set removed, replaced or added, and a new serial.
  mutating func changed(step: Int) -> (Zone, [DomainName]) {
    let before = rrsets
    edit(step)
    let changed = Set(before).symmetricDifference(Set(rrsets)).map(\.owner)
    return (zone, changed.sorted())
  }
}
