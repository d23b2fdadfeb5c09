import DNSModel
import TestSupport

/// Update messages as a hostile but literate client would make them: right and wrong classes, TTLs,
/// types and names, prerequisites that hold and that do not.
struct UpdateGenerator {
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
