import DNSModel
import Testing

@Suite struct ZoneLookupTests {
  static let address = RecordData.address(IPAddress(parsing: "192.0.2.1")!)

  static func record(_ owner: DomainName, _ data: RecordData, ttl: Int = 300) -> ResourceRecord {
    ResourceRecord(owner: owner, ttl: TTL(clamping: ttl), data: data)
  }

  static let soa = record(
    "example.",
    .soa(
      SOA(
        primary: "ns.example.", mailbox: "admin.example.", serial: Serial(1), refresh: 7200,
        retry: 3600, expire: 86400, minimum: 300)))

  static let zone = Zone(
    origin: "example.",
    records: [
      soa, record("example.", .ns("ns.example.")), record("ns.example.", address),
      record("*.wild.example.", address), record("a.b.c.example.", address),
      record("sub.example.", .ns("ns.sub.example.")), record("ns.sub.example.", address),
      record("old.example.", .dname("new.example.")),
    ])

  func kind(_ name: DomainName) -> String {
    switch Self.zone.lookup(name) {
    case .outOfZone: "outside"
    case .delegation(let cut): "cut \(cut.owner)"
    case .redirection(let node): "dname \(node.owner)"
    case .node(let node): node.isEmptyNonTerminal ? "empty" : "node"
    case .wildcard(let node, let encloser): "\(node.owner) below \(encloser.owner)"
    case .absent(let encloser): "absent below \(encloser.owner)"
    }
  }

  @Test func findsWhatTheStandardsSay() {
    #expect(kind("NS.Example.") == "node")
    #expect(kind("b.c.example.") == "empty")
    #expect(kind("x.c.example.") == "absent below c.example.")
    #expect(kind("p.q.wild.example.") == "*.wild.example. below wild.example.")
    #expect(kind("*.wild.example.") == "node")
    #expect(kind("sub.example.") == "cut sub.example.")
    #expect(kind("x.ns.sub.example.") == "cut sub.example.")
    #expect(kind("old.example.") == "node")
    #expect(kind("x.old.example.") == "dname old.example.")
    #expect(kind("example.org.") == "outside")
    #expect(kind("nothing.example.") == "absent below example.")
  }

  @Test func removingTheLastSetRemovesEmptyNamesAbove() {
    var zone = Self.zone
    #expect(zone.node(at: "b.c.example.") != nil)
    zone.remove(at: "a.b.c.example.", .a)
    #expect(zone.node(at: "b.c.example.") == nil)
    #expect(zone.node(at: "c.example.") == nil)
    #expect(Self.zone.node(at: "c.example.") != nil, "a copy never changes its source")
  }

  @Test func differencesLeadForwardAndBack() {
    var next = Self.zone
    next.remove(at: "ns.example.", .a)
    next.insert(Self.record("new.example.", Self.address))
    next.insert(Self.record("ns.sub.example.", .address(IPAddress(parsing: "2001:db8::1")!)))
    next.put(RRset("example.", ttl: TTL(clamping: 60), .ns("ns.sub.example.")))
    let difference = ZoneDifference(from: Self.zone, to: next)
    #expect(difference.changes.count == 4)
    #expect(ZoneDifference(from: Self.zone.applying(difference), to: next).isEmpty)
    #expect(ZoneDifference(from: next.applying(difference.inverted), to: Self.zone).isEmpty)
    #expect(difference.removed.count == 2)
    #expect(difference.added.count == 3)
  }

  @Test func listsNamesInCanonicalOrder() {
    // RFC 4034 §6.1's own example.
    let names: [DomainName] = [
      "example.", "a.example.", "yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.",
      "z.example.", "\\001.z.example.", "*.z.example.", "\\200.z.example.",
    ]
    let zone = Zone(
      origin: "example.", records: names.reversed().map { Self.record($0, Self.address) })
    #expect(zone.orderedNodes.map(\.owner) == names)
    #expect(names.sorted() == names)
  }

  @Test func tellsEveryProblemAtOnceWithItsPlace() {
    var check = ZoneCheck(origin: "example.")
    let records = [
      Self.record("a.example.", .cname("b.example.")), Self.record("a.example.", Self.address),
      Self.record("a.example.", .cname("c.example.")),
      Self.record("x.old.example.", Self.address),
      Self.record("old.example.", .dname("new.example.")),
      Self.record("sub.example.", .ns("ns.sub.example.")),
      Self.record("mail.example.", .mx(preference: 1, exchange: "a.example.")),
      Self.record("zone.example.", .ns("a.example.")),
      Self.record("other.", Self.address), Self.record("b.example.", Self.address),
      Self.record("b.example.", Self.address),
      Self.record("b.example.", .address(IPAddress(parsing: "192.0.2.2")!), ttl: 5),
    ]
    for (index, record) in records.enumerated() {
      check.add(record, at: TextPlace(file: "zone", line: index + 1))
    }
    let found = check.finish().map { "\($0.place?.line ?? 0) \($0.id.rawValue)" }
    #expect(
      found == [
        "9 out-of-zone", "11 duplicate-record", "12 ttl-differs", "0 soa-missing", "0 ns-missing",
        "1 cname-twice", "1 cname-beside-data", "7 mx-target-is-alias", "4 data-below-dname",
        "6 glue-missing", "8 delegation-ns-target-is-alias",
      ])
    #expect(check.zone.rrset(at: "b.example.", .a)?.ttl.seconds == 5)
  }

  @Test func aSoundZoneHasNoProblems() {
    #expect(Self.zone.problems == [])
  }
}
