import DNSModel
import TestSupport
import Testing

@testable import DNSServer

/// Bytes of any kind where updates, transfers and journals are read: an error at worst.
@Suite struct HostileBytesTests {
  private static let rounds = Soak.isOn ? 2_000_000 : 4_000

  private static func mutated(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.removeSubrange(place..<min(bytes.count, place + 3))
      default: bytes.insert(0xC0, at: place)
      }
    }
    return bytes
  }

  private static func update() -> Message {
    var header = MessageHeader(id: 7)
    header.opcode = .update
    let zone = LivingServer.zone
    let records = zone.allRRsets.flatMap(\.records)
    return Message(
      header: header, questions: [Question("example.test", .soa)],
      answers: records.suffix(3).map {
        ResourceRecord(owner: $0.owner, ttl: .zero, data: $0.data)
      }, authorities: Array(records.prefix(8)))
  }

  @Test func updatesNeverTrap() {
    var random = SeededRandom(seed: 2136)
    let bytes = Self.update().encoded()
    let zone = LivingServer.zone
    let key = TSIGKey(name: "mig", algorithm: .sha256, secret: [1])
    for _ in 0..<Self.rounds {
      let opening = RequestOpening.open(
        Self.mutated(bytes, &random), from: [127, 0, 0, 1], over: .udp, keys: TSIGKeyring([key]),
        now: 1_790_000_000)
      guard case .opened(let request) = opening, let update = try? UpdateRequest(request.message)
      else { continue }
      let changes = try? UpdateEvaluation { _, _ in true }.changes(update, in: zone)
      let after = zone.applying(changes ?? [])
      // Whatever was asked: the apex keeps its SOA and a name server.
      #expect(after.soa != nil && after.rrset(at: after.origin, .ns) != nil)
    }
  }

  @Test func transfersNeverTrap() throws {
    var random = SeededRandom(seed: 5936)
    var request = Message(asking: Question("example.test", .axfr), id: 9)
    request.header.id = 9
    let records = try #require(TransferAnswer.whole(LivingServer.zone))
    var writer = TransferWriter(
      answering: request, question: Question("example.test", .axfr), records: records, reserve: 0)
    let first = try writer.next()
    let bytes = try #require(first)
    for _ in 0..<Self.rounds {
      var reception = TransferReception(zone: "example.test", id: 9, byteLimit: 1 << 16)
      for _ in 0..<3 {
        guard (try? reception.receive(Self.mutated(bytes, &random))) == .more else { break }
      }
      #expect(reception.zone.names.allSatisfy { $0.isWithin("example.test") })
    }
  }

  @Test func journalsNeverTrap() {
    var random = SeededRandom(seed: 1)
    let zone = LivingServer.zone
    let changes = zone.allRRsets.map {
      RRsetChange(owner: $0.owner, type: $0.type, before: nil, after: $0)
    }
    let payload = JournalEntry.payload(updates: [(changes, ZoneFingerprint(of: zone.allRRsets))])
    for _ in 0..<Self.rounds { _ = try? JournalEntry.entries(in: Self.mutated(payload, &random)) }
  }
}
