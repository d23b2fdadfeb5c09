import DNSModel

@testable import DNSServer

extension FuzzTarget {
  /// What is asked is answered the same by the table and by the builder, within the limit,
  /// readable, with the question's own number.
  static let answers = FuzzTarget(
    name: "answers", seeds: { SmallZone.messages },
    run: { bytes in
      for transport in [Transport.udp, .tcp] {
        let built = ServedZone.built(bytes, transport)
        let compiled = ServedZone.compiled(bytes, transport)
        if let compiled { hold(compiled == built, "two answers to one question") }
        guard let built else { continue }
        hold(built.count <= (transport == .udp ? 4096 : 65535), "the answer is too long")
        hold(built.prefix(2) == bytes.prefix(2), "another question's answer")
        guard let answer = try? Message(parsing: built) else {
          broken("the answer cannot be read")
        }
        hold(answer.header.isResponse, "the answer is no answer")
      }
    })

  /// Whatever an update asks for: the apex keeps its SOA and a name server, and what is answered
  /// can be read.
  static let updates = FuzzTarget(
    name: "updates",
    seeds: { SmallZone.messages + SmallZone.messages.map { SmallZone.key.signing($0) } },
    run: { bytes in
      let opening = RequestOpening.open(
        bytes, from: [127, 0, 0, 1], over: .udp, keys: TSIGKeyring([SmallZone.key]),
        now: SmallZone.now)
      switch opening {
      case .silence: return
      case .answered(let answer, _):
        hold((try? Message(parsing: answer)) != nil, "the refusal cannot be read")
      case .opened(let request):
        let answer = request.answer(.refused, now: SmallZone.now)
        hold((try? Message(parsing: answer)) != nil, "the answer cannot be read")
        guard let update = try? UpdateRequest(request.message),
          let changes = try? UpdateEvaluation(isAllowed: { _, _ in true }).changes(
            update, in: SmallZone.zone)
        else { return }
        let after = SmallZone.zone.applying(changes)
        hold(after.soa != nil, "an update took the SOA away")
        hold(after.rrset(at: after.origin, .ns) != nil, "an update took every NS away")
      }
    })

  /// Every message twice over: nothing that is not of the zone is ever taken.
  static let transfers = FuzzTarget(
    name: "transfers", seeds: { ServedZone.transfer },
    run: { bytes in
      var reception = TransferReception(zone: "example.test", id: 9, byteLimit: 1 << 16)
      for _ in 0..<2 {
        guard (try? reception.receive(bytes)) == .more else { break }
      }
      for name in reception.zone.names {
        hold(name.isWithin("example.test"), "a record of another zone")
      }
      _ = reception.problems
    })

  static let journals = FuzzTarget(
    name: "journals", seeds: { ServedZone.journal },
    run: { bytes in _ = try? JournalEntry.entries(in: bytes) })
}

/// The small zone as the server holds it.
private enum ServedZone {
  static let snapshot = ZoneShelf([SmallZone.zone]).current

  static func built(_ bytes: [UInt8], _ transport: Transport) -> [UInt8]? {
    let responder = Responder(snapshot.zones, version: "fuzz")
    guard case .reply(let reply, _) = responder.respond(to: bytes, over: transport) else {
      return nil
    }
    return reply
  }

  static func compiled(_ bytes: [UInt8], _ transport: Transport) -> [UInt8]? {
    var reply = [UInt8](repeating: 0xEE, count: 4200)
    var scratch = [UInt8](repeating: 0, count: CompiledQuery.scratchSize)
    let length = bytes.withUnsafeBufferPointer { request in
      reply.withUnsafeMutableBufferPointer { reply in
        scratch.withUnsafeMutableBufferPointer { scratch in
          scratch.baseAddress.map {
            snapshot.compiled.respond(to: request, in: reply, over: transport, scratch: $0)
          } ?? 0
        }
      }
    }
    return length > 0 ? Array(reply.prefix(length)) : nil
  }

  static var transfer: [[UInt8]] {
    let question = Question("example.test", .axfr)
    guard let records = TransferAnswer.whole(SmallZone.zone) else { return [] }
    var writer = TransferWriter(
      answering: Message(asking: question, id: 9), question: question, records: records,
      reserve: 0)
    var messages: [[UInt8]] = []
    while let message = try? writer.next() { messages.append(message) }
    return messages
  }

  static var journal: [[UInt8]] {
    let sets = SmallZone.zone.allRRsets
    let fingerprint = ZoneFingerprint(of: sets)
    let changes = sets.map {
      RRsetChange(owner: $0.owner, type: $0.type, before: nil, after: $0)
    }
    return [
      JournalEntry.payload(baseOf: SmallZone.zone.origin, fingerprint),
      JournalEntry.payload(updates: [(changes, fingerprint)]),
    ]
  }
}
