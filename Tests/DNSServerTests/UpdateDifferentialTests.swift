import DNSModel
import Glibc
import Notation
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// Update messages as a hostile but literate client would make them: right and wrong classes, TTLs,
/// types and names, prerequisites that hold and that do not.
private struct UpdateGenerator {
  var random: SeededRandom
  /// Leaves out where Knot departs from the RFC: it keeps the TTL an RRset had (§3.4.2.2 replaces
  /// it), takes deletions with a TTL (§3.4.1.2: FORMERR), and answers nobody any more after an SOA
  /// was added below the apex (§3.4.2.2: ignored).
  let sparesKnot: Bool
  let origin: DomainName = "example.test"

  static let names: [DomainName] = [
    "example.test", "web.example.test", "api.example.test", "new.example.test",
    "deep.empty.example.test", "empty.example.test", "*.wild.example.test", "sub.example.test",
    "ns1.example.test", "WEB.example.test", "other.test",
  ]

  static let types: [RecordType] = [.a, .a, .txt, .cname, .ns, .soa, .mx, .aaaa]

  mutating func message(id: UInt16) -> Message {
    var header = MessageHeader(id: id)
    header.opcode = .update
    var message = Message(header: header, questions: [Question(origin, .soa)])
    if chance(4) { message.answers = (0...number(2)).map { _ in prerequisite() } }
    message.authorities = (0...number(4)).map { _ in update() }
    return message
  }

  private mutating func number(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
  private mutating func chance(_ one: Int) -> Bool { number(one) == 0 }

  private mutating func name() -> DomainName {
    Self.names[number(chance(12) ? Self.names.count : Self.names.count - 1)]
  }

  private mutating func data(_ type: RecordType) -> RecordData {
    switch type {
    case .a: RecordData(type: .a, wire: [192, 0, 2, UInt8(number(6))])
    case .aaaa: RecordData(type: .aaaa, wire: [UInt8](repeating: 0, count: 15) + [UInt8(number(3))])
    case .txt: RecordData(type: .txt, wire: [1, UInt8(ascii: "a") + UInt8(number(4))])
    case .cname: .cname(Self.names[number(5)])
    // Hosts elsewhere: BIND refuses an update that would leave a name server of the zone without an
    // address (a policy of its own; RFC 2136 asks for none).
    case .ns: .ns(["ns.other.test", "ns2.other.test", "ns3.other.test"][number(3)])
    case .mx: RecordData(type: .mx, wire: [0, UInt8(number(2))] + Self.names[number(4)].wire)
    default:
      .soa(
        SOA(
          primary: "ns1.example.test", mailbox: "hostmaster.example.test",
          serial: Serial(UInt32(number(60))), refresh: 3600, retry: 900, expire: 86400,
          minimum: UInt32(60 + number(2))))
    }
  }

  private mutating func prerequisite() -> ResourceRecord {
    let (name, type) = (name(), Self.types[number(Self.types.count)])
    let ttl: TTL = !sparesKnot && chance(20) ? TTL(clamping: 5) : .zero
    switch number(5) {
    case 0: return bare(name, type, .any, ttl)
    case 1: return bare(name, type, .none, ttl)
    case 2: return bare(name, .any, .any, ttl)
    case 3: return bare(name, .any, .none, ttl)
    default: return ResourceRecord(owner: name, ttl: ttl, data: data(type))
    }
  }

  private mutating func update() -> ResourceRecord {
    let name = name()
    var type = Self.types[number(Self.types.count)]
    // BIND passes over NS at a wildcard (RFC 4592 §4.2 leaves it undefined).
    if name.isWildcard, type == .ns { type = .txt }
    if sparesKnot, name != origin, type == .soa { type = .mx }
    switch number(12) {
    case 0, 1, 2, 3, 4, 5:
      let ttl = TTL(clamping: sparesKnot ? 300 : [60, 300, 0][number(3)])
      return ResourceRecord(owner: name, ttl: ttl, data: data(type))
    case 6, 7: return bare(name, type, .any, .zero)
    case 8: return bare(name, .any, .any, .zero)
    case 9: return ResourceRecord(owner: name, recordClass: .none, ttl: .zero, data: data(type))
    case 10:
      return ResourceRecord(owner: name, recordClass: .none, ttl: .zero, data: data(type))
    default:
      guard chance(4) else { return bare(name, type, .any, .zero) }
      // Each of these is a format error somewhere in the RFC.
      switch number(4) {
      case 0: return bare(name, type, .any, TTL(clamping: sparesKnot ? 0 : 9))
      case 1: return bare(name, .any, .internet, .zero)
      case 2: return bare(name, RecordType(rawValue: 252), .any, .zero)
      default: return ResourceRecord(owner: name, recordClass: .any, ttl: .zero, data: data(.a))
      }
    }
  }

  private func bare(
    _ name: DomainName, _ type: RecordType, _ recordClass: RecordClass, _ ttl: TTL
  ) -> ResourceRecord {
    ResourceRecord(
      owner: name, recordClass: recordClass, ttl: ttl, data: RecordData(type: type, wire: []))
  }
}

/// Where theirs differs from the RFC, and how.
private func isExplained(_ theirs: ResponseCode, _ ours: ResponseCode, _ message: Message) -> Bool {
  // RFC 2136 §3.2 puts the prerequisites before the prescan of §3.4.1, and the prescan goes record by
  // record; BIND finds what is malformed or elsewhere while it parses the message.
  guard theirs == .formatError || theirs == .notInZone, ours != .noError,
    let request = try? UpdateRequest(message)
  else { return false }
  return (try? UpdatePrescan.check(request)) == nil
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
      let served = try transfer(peer.address)
      zone = served
      let message = try Message(parsing: bytes)
      guard ours != theirs || lines(after) != lines(served) else { continue }
      guard !isExplained(theirs, ours, message) else { continue }
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
