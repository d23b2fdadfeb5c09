import DNSModel
import TestSupport

/// Zones with everything that makes answering hard, from a seed: delegations with and without glue,
/// wildcards (at several depths, and as empty non-terminals), DNAMEs, chains, loops, mixed case.
struct GeneratedZone {
  let origin: DomainName
  private(set) var rrsets: [RRset] = []
  private var random: SeededRandom
  private var owners: Set<DomainName> = []

  init(_ origin: DomainName, seed: UInt64, names: Int = 24) {
    self.origin = origin
    random = SeededRandom(seed: seed)
    addApex()
    for _ in 0..<names { addName() }
    dropHiddenNames()
  }

  var zone: Zone { Zone(origin: origin, rrsets) }

  private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

  private mutating func label() -> String {
    let words = ["a", "b", "c", "www", "mail", "x1", "App", "n"]
    return words[below(words.count)]
  }

  /// Up to three labels below the apex, sometimes one a wildcard.
  private mutating func name() -> DomainName {
    var name = origin
    for _ in 0...below(3) {
      let label = below(9) == 0 ? "*" : label()
      name = name.prepending(label) ?? name
    }
    return name
  }

  /// A target: often a name of the zone, at times another zone's.
  private mutating func target() -> DomainName {
    switch below(8) {
    case 0: "outside.example"
    case 1, 2: name()
    default: rrsets[below(rrsets.count)].owner
    }
  }

  private mutating func add(_ owner: DomainName, _ type: RecordType, _ data: [[UInt8]]) {
    let ttl = TTL(clamping: 60 * (1 + below(60)))
    if let rrset = RRset(owner, ttl: ttl, data.map { RecordData(type: type, wire: $0) }) {
      rrsets.append(rrset)
    }
  }

  private mutating func addApex() {
    let server = origin.prepending("ns") ?? origin
    let mailbox = origin.prepending(below(2) == 0 ? "hostmaster" : "www") ?? origin
    var soa = server.wire + mailbox.wire
    for number: UInt32 in [20_261_121, 3600, 600, 86400, UInt32(60 * (1 + below(90)))] {
      for shift in [24, 16, 8, 0] as [UInt32] {
        soa.append(UInt8(truncatingIfNeeded: number >> shift))
      }
    }
    add(origin, .soa, [soa])
    add(origin, .ns, [server.wire])
    add(server, .a, [[192, 0, 2, 53]])
    owners = [origin, server]
    if below(3) == 0 { add(origin, .mx, [[0, 10] + (origin.prepending("mail") ?? origin).wire]) }
  }

  private mutating func addName() {
    let owner = name()
    guard owners.insert(owner).inserted else { return }
    switch below(12) {
    case 0, 1, 2: add(owner, .cname, [target().wire])
    case 3 where !owner.isWildcard: add(owner, .dname, [target().wire])
    case 4 where !owner.isWildcard: addDelegation(owner)
    case 5: add(owner, .mx, [[0, 10] + target().wire, [0, 20] + target().wire])
    case 6:
      add(owner, .txt, [[3, 0x61, 0x62, 0x63]])
      add(owner, .aaaa, [[UInt8](repeating: 0x20, count: 16)])
    case 7: add(owner, RecordType(rawValue: 65_400), [[1, 2, 3]])
    case 8: add(owner, .srv, [[0, 1, 0, 2, 0, 80] + target().wire])
    default: add(owner, .a, (0...below(3)).map { [198, 51, 100, UInt8($0)] })
    }
  }

  private mutating func addDelegation(_ owner: DomainName) {
    let inside = owner.prepending("ns1") ?? owner
    add(owner, .ns, below(3) == 0 ? [target().wire] : [inside.wire, target().wire])
    if below(2) == 0 { add(owner, .ds, [[0, 1, 13, 2] + [UInt8](repeating: 7, count: 32)]) }
    if owners.insert(inside).inserted { add(inside, .a, [[203, 0, 113, 1]]) }
  }

  /// What lies below a DNAME, and what is no glue below a cut, has no place in a zone file.
  private mutating func dropHiddenNames() {
    let redirections = rrsets.filter { $0.type == .dname }.map(\.owner)
    let cuts = rrsets.filter { $0.type == .ns && $0.owner != origin }.map(\.owner)
    rrsets = rrsets.filter { rrset in
      if redirections.contains(where: { rrset.owner.isBelow($0) }) { return false }
      guard cuts.contains(where: { rrset.owner.isBelow($0) }) else { return true }
      return rrset.type == .a || rrset.type == .aaaa
    }
    // A delegation inside a delegation is gone with this; one that lost its NS set keeps no DS.
  }

  /// Removes a set, replaces its data, or adds one; the serial moves on.
  mutating func edit(_ step: Int) {
    if var soa = rrsets.first?.data.first?.wire {
      soa[soa.count - 17] &+= 1
      rrsets[0] = RRset(origin, ttl: rrsets[0].ttl, RecordData(type: .soa, wire: soa))
    }
    let index = 3 + below(max(1, rrsets.count - 3))
    guard step % 3 != 2, index < rrsets.count else {
      addName()
      dropHiddenNames()
      return
    }
    if step % 3 == 0 || rrsets[index].type != .a {
      rrsets.remove(at: index)
    } else {
      let data = RecordData(type: .a, wire: [10, 0, 0, UInt8(step)])
      rrsets[index] = RRset(rrsets[index].owner, ttl: rrsets[index].ttl, data)
    }
  }

  /// Names worth asking for: those there are, some above, below, beside, and in another case.
  mutating func question() -> Question {
    let types: [RecordType] = [
      .a, .a, .a, .aaaa, .cname, .ns, .mx, .txt, .soa, .ds, .dname, .srv, .https,
      RecordType(rawValue: 65_400), RecordType(rawValue: 4711),
    ]
    var name = below(3) == 0 ? name() : rrsets[below(rrsets.count)].owner
    for _ in 0..<(below(3) == 0 ? 1 + below(2) : 0) { name = name.prepending(label()) ?? name }
    if below(6) == 0, name != origin, let parent = name.parent { name = parent }
    if below(10) == 0 {
      let wire = name.wire.map { byte in
        byte >= 0x61 && byte <= 0x7A && random.next() % 2 == 0 ? byte - 32 : byte
      }
      name = DomainName(wire: wire) ?? name
    }
    return Question(name, types[below(types.count)])
  }

  /// In the notation of RFC 3597 §5 throughout: what the peers load needs no printer of ours.
  var masterFile: String {
    rrsets.flatMap { rrset in
      rrset.data.map { data in
        let hex = data.wire.map { byte in
          String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
        return "\(rrset.owner) \(rrset.ttl) IN TYPE\(rrset.type.rawValue) "
          + "\\# \(data.wire.count) \(hex)\n"
      }
    }.joined()
  }
}
