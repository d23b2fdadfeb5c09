import DNSModel
import Glibc
import Notation
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// Where theirs differs from the RFC, and how.
private func isExplained(_ theirs: ResponseCode, _ ours: ResponseCode, _ message: Message) -> Bool {
  // RFC 2136 §3.2 puts the prerequisites before the prescan of §3.4.1, and the prescan goes record by
  // record; BIND finds what is malformed or elsewhere while it parses the message.
  guard theirs == .formatError || theirs == .notInZone, ours != .noError,
    let request = try? UpdateRequest(message)
  else { return false }
  return (try? UpdatePrescan.check(request)) == nil
}

/// BIND takes an owner that is spelled otherwise than its RRset for a change, and counts the serial up
/// (`add_rr_prepare_action` in its update.c compares the cases). Names that differ in case alone are the same
/// (RFC 4343 §3): here nothing changed.
private func isRespelled(_ message: Message, in zone: Zone, ours: Zone, theirs: Zone) -> Bool {
  let respells = message.authorities.contains { record in
    record.recordClass == .internet
      && zone.rrset(at: record.owner, record.data.type).map {
        $0.owner.wire != record.owner.wire
      } == true
  }
  // The serial apart they are the same.
  guard respells, ours.serial == zone.serial, var soa = theirs.soa, soa.serial == zone.serial?.next
  else { return false }
  soa.serial = zone.serial ?? soa.serial
  let counted = lines(ours).filter { !lines(theirs).contains($0) }
  return soa == ours.soa && counted.count == 1
}

/// Sends one message over UDP and gives the response code.
private func ask(_ peer: SocketAddress, _ bytes: [UInt8]) throws -> ResponseCode {
  let socket = try UDPSocket(bindingTo: .loopback())
  try socket.connect(to: peer)
  for _ in 0..<3 {
    socket.send(bytes)
    for _ in 0..<800 {
      if let (reply, _) = socket.receive() { return try Message(parsing: reply).responseCode }
      usleep(500)
    }
  }
  throw ProgramFailure(description: "\(peer) does not answer an update")
}

private func transfer(_ peer: SocketAddress) throws -> Zone {
  let loop = try EventLoop()
  var outcome: TransferAttempt.Outcome?
  let attempt = TransferAttempt(
    zone: "example.test", primary: peer, key: nil, served: nil, on: loop
  ) { outcome = $0 }
  attempt.start()
  for _ in 0..<1000 where outcome == nil { loop.runOnce(within: .milliseconds(10)) }
  guard case .transferred(let zone, _) = outcome else {
    throw ProgramFailure(description: "no transfer: \(String(describing: outcome))")
  }
  return zone
}

private func judge(_ bytes: [UInt8], in zone: Zone) throws -> (ResponseCode, Zone) {
  do throws(UpdateRefusal) {
    guard let message = try? Message(parsing: bytes) else { return (.formatError, zone) }
    let evaluation = UpdateEvaluation { _, _ in true }
    let changes = try evaluation.changes(try UpdateRequest(message), in: zone)
    return (.noError, zone.applying(changes))
  } catch {
    return (error.code, zone)
  }
}

private func lines(_ zone: Zone) -> [String] {
  zone.allRRsets.flatMap { set in
    set.data.map { "\(set.owner.folded) \(set.ttl) \(set.type) \($0.canonicalWire)" }
  }.sorted()
}

@Suite(.serialized) struct UpdateDifferentialTests {
  static let zone = ZonePeer.zone.replacing("@ IN NS ns1", with: "@ IN NS ns2.other.test.")
  static let messageCount = Soak.isOn ? 20_000 : 400

  @Test(arguments: [ZonePeer.Kind.bind, .knot])
  func agreesWithOthersOnGeneratedUpdates(kind: ZonePeer.Kind) throws {
    let peer = try ZonePeer(kind, .primary(zone: Self.zone))
    var generator = UpdateGenerator(random: SeededRandom(seed: 2136), sparesKnot: kind == .knot)
    var zone = try transfer(peer.address)
    var differences: [String] = []
    for number in 0..<Self.messageCount {
      let bytes = generator.message(id: UInt16(truncatingIfNeeded: number)).encoded()
      let theirs = try ask(peer.address, bytes)
      let (ours, after) = try judge(bytes, in: zone)
      let (before, served) = (zone, try transfer(peer.address))
      zone = served
      let message = try Message(parsing: bytes)
      guard ours != theirs || lines(after) != lines(served) else { continue }
      guard !isExplained(theirs, ours, message) else { continue }
      if kind == .bind, ours == theirs,
        isRespelled(message, in: before, ours: after, theirs: served)
      {
        continue
      }
      let (more, less) = (Set(lines(served)), Set(lines(after)))
      differences.append(
        """
        #\(number): \(theirs), ours \(ours)
          given \(message.answers.map(brief)), update \(message.authorities.map(brief))
          only theirs \(more.subtracting(less).sorted())
          only ours \(less.subtracting(more).sorted())
        """)
    }
    #expect(differences.isEmpty, "\(differences.count): \(differences.prefix(5))")
  }
}

private func brief(_ record: ResourceRecord) -> String {
  "\(record.owner) \(record.ttl) \(record.recordClass.rawValue) \(record.data.type) \(record.data.wire.suffix(8))"
}
