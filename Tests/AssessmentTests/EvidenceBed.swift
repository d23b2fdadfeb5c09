import Assessment
import DNSModel
import Migration
import Notation

/// Builds what an audit would have seen, record by record; `sound` has nothing against it but notes.
struct EvidenceBed {
  static let now = UTCInstant(seconds: 1_795_000_000)
  static let servers = ["192.0.2.53:53", "198.51.100.53:53"]

  var evidence: NameEvidence

  init(_ name: DomainName = "api.contoso.test", zone: DomainName = "contoso.test") {
    var delegation = Delegation(zone: zone)
    delegation.parentServers = ["ns1.other.test", "ns2.other.test"]
    delegation.childServers = delegation.parentServers
    delegation.authorities = zip(delegation.parentServers, Self.servers).map {
      .init(name: $0, address: $1)
    }
    delegation.hasSecureDelegation = false
    evidence = NameEvidence(name: name, at: Self.now, delegation: delegation)
    for server in 0..<2 {
      soa(server)
      soa(server, channel: .tcp)
    }
  }

  /// A CNAME with a short TTL at both authorities, its target alive on both families.
  static func sound() -> EvidenceBed {
    var bed = EvidenceBed()
    bed.alias("old.azure.test", ttl: 60)
    bed.target("old.azure.test", isNew: false)
    bed.evidence.move.newTarget = "new.router.test"
    bed.target("new.router.test", isNew: true)
    return bed
  }

  static func record(_ owner: DomainName, _ data: RecordData, ttl: Int = 300) -> ResourceRecord {
    ResourceRecord(owner: owner, ttl: TTL(clamping: ttl), data: data)
  }

  static func reply(
    _ name: DomainName, _ type: RecordType, _ answers: [ResourceRecord] = [],
    code: ResponseCode = .noError, authorities: [ResourceRecord] = [], isAuthoritative: Bool = true,
    recursionAvailable: Bool = false, server: Int = 0, channel: DNSChannel = .udp,
    edns: EDNS? = nil, at: UTCInstant = now
  ) -> DNSObservation {
    var message = Message(
      questions: [Question(name, type)], answers: answers, authorities: authorities, edns: edns,
      responseCode: code)
    message.header.isResponse = true
    message.header.isAuthoritative = isAuthoritative
    message.header.recursionAvailable = recursionAvailable
    return DNSObservation(
      server: AskedServer(
        label: "ns\(server + 1)", address: servers[server], channel: channel), name: name,
      type: type, at: at, outcome: .reply(DNSReply(message, name: name, type: type)))
  }

  /// A resolver's answer that agrees with the sound zone.
  static func resolved(ttl: Int) -> DNSObservation {
    let record = record("api.contoso.test", .cname("old.azure.test"), ttl: ttl)
    return reply("api.contoso.test", .cname, [record])
  }

  static func soaData(serial: UInt32 = 7, minimum: UInt32 = 300) -> RecordData {
    .soa(
      SOA(
        primary: "ns1.other.test", mailbox: "host.other.test", serial: Serial(serial),
        refresh: 3600, retry: 600, expire: 86400, minimum: minimum))
  }

  mutating func soa(
    _ server: Int, serial: UInt32 = 7, minimum: UInt32 = 300, channel: DNSChannel = .udp,
    recursionAvailable: Bool = false, extra: [ResourceRecord] = []
  ) {
    let data = Self.soaData(serial: serial, minimum: minimum)
    replace(
      Self.reply(
        evidence.zone, .soa, [Self.record(evidence.zone, data, ttl: 3600)] + extra,
        recursionAvailable: recursionAvailable, server: server, channel: channel))
  }

  mutating func replace(_ observation: DNSObservation) {
    evidence.observations.removeAll {
      $0.name == observation.name && $0.type == observation.type
        && $0.server == observation.server
    }
    evidence.observations.append(observation)
  }

  mutating func silence(_ server: Int, channel: DNSChannel = .udp, _ silence: Silence = .timedOut) {
    replace(
      DNSObservation(
        server: AskedServer(
          label: "ns\(server + 1)", address: Self.servers[server], channel: channel),
        name: evidence.zone, type: .soa, at: Self.now, outcome: .silence(silence)))
  }

  /// Both authorities say it, or only one of them.
  mutating func say(
    _ name: DomainName, _ data: [RecordData], ttl: Int = 300, servers: [Int] = [0, 1]
  ) {
    for server in servers {
      replace(
        Self.reply(
          name, data[0].type, data.map { Self.record(name, $0, ttl: ttl) }, server: server))
    }
  }

  mutating func deny(_ name: DomainName, _ type: RecordType, code: ResponseCode = .noError) {
    for server in 0..<2 {
      replace(
        Self.reply(
          name, type, code: code, authorities: [Self.record(evidence.zone, Self.soaData())],
          server: server))
    }
  }

  mutating func alias(_ target: DomainName, ttl: Int = 300, servers: [Int] = [0, 1]) {
    say(evidence.name, [.cname(target)], ttl: ttl, servers: servers)
  }

  mutating func target(
    _ name: DomainName, isNew: Bool, ipv4: Bool = true, ipv6: Bool = true,
    code: ResponseCode = .noError, caa: [RecordData] = []
  ) {
    func resolution(_ type: RecordType, _ data: [RecordData]) -> NameEvidence.Resolution {
      var resolution = NameEvidence.Resolution(name: name, type: type)
      resolution.last = Self.reply(
        name, type, data.map { Self.record(name, $0) }, code: data.isEmpty ? code : .noError,
        authorities: data.isEmpty ? [Self.record("test", Self.soaData())] : [])
      return resolution
    }
    evidence.targets.append(
      NameEvidence.Target(
        name: name, isNew: isNew,
        ipv4: resolution(.a, ipv4 ? [RecordData(type: .a, wire: [192, 0, 2, 80])] : []),
        ipv6: resolution(
          .aaaa,
          ipv6 ? [RecordData(type: .aaaa, wire: [UInt8](repeating: 1, count: 16))] : []),
        caa: resolution(.caa, caa)))
  }

  /// Another target in the place of the one of its role.
  mutating func setTarget(
    _ name: DomainName, isNew: Bool, ipv4: Bool = true, ipv6: Bool = true,
    code: ResponseCode = .noError
  ) {
    target(name, isNew: isNew, ipv4: ipv4, ipv6: ipv6, code: code)
    let place = evidence.targets.count - 1
    guard let former = evidence.targets.firstIndex(where: { $0.isNew == isNew }), former != place
    else { return }
    evidence.targets.swapAt(former, place)
    evidence.targets.removeLast()
  }

  /// What differs, a word for each question, target and other part; the order of answers is nothing.
  func differences(from other: EvidenceBed) -> Set<String> {
    var found: Set<String> = []
    let (mine, others) = (counted, other.counted)
    for observation in Set(mine.keys).union(others.keys)
    where mine[observation] != others[observation] {
      found.insert("\(observation.name) \(observation.type)")
    }
    for role in [false, true]
    where evidence.targets.filter({ $0.isNew == role })
      != other.evidence.targets.filter({ $0.isNew == role })
    {
      found.insert(role ? "the new target" : "today's target")
    }
    if evidence.name != other.evidence.name { found.insert("the name") }
    if evidence.move != other.evidence.move { found.insert("the move") }
    if evidence.delegation != other.evidence.delegation { found.insert("the delegation") }
    if evidence.resolvers != other.evidence.resolvers { found.insert("resolvers") }
    if evidence.regional != other.evidence.regional { found.insert("regions") }
    return found
  }

  private var counted: [DNSObservation: Int] {
    Dictionary(evidence.observations.map { ($0, 1) }, uniquingKeysWith: +)
  }

  var ids: [String] { Audit.findings(in: evidence).map(\.id) }
  var graveIDs: [String] {
    Audit.findings(in: evidence).filter { $0.severity != .note }.map(\.id)
  }
}
