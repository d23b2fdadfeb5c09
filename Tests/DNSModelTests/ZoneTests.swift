import DNSModel
import Testing

@Suite struct ZoneTests {
  private static func set(_ owner: DomainName, _ type: RecordType = .txt) -> RRset {
    RRset(owner, ttl: TTL(clamping: 60), RecordData(type: type, wire: [1, 0x78]))
  }

  @Test func everyNameOnTheWayExists() {
    let zone = Zone(origin: "example.test", [Self.set("a.b.c.example.test")])
    for name: DomainName in [
      "a.b.c.example.test", "b.c.example.test", "C.example.test", "example.test",
    ] {
      #expect(zone.hasName(name))
    }
    #expect(!zone.hasName("d.example.test") && !zone.hasName("test"))
    #expect(zone.rrsets(at: "b.c.example.test").isEmpty)
  }

  @Test func namesGoWithTheLastThingAtOrBelowThem() {
    var zone = Zone(
      origin: "example.test",
      [Self.set("a.b.example.test"), Self.set("b.example.test"), Self.set("c.b.example.test")])
    zone.remove(at: "b.example.test", .txt)
    #expect(zone.hasName("b.example.test"))
    zone.remove(at: "a.b.example.test", .txt)
    #expect(!zone.hasName("a.b.example.test") && zone.hasName("b.example.test"))
    zone.remove(at: "c.b.example.test", .txt)
    #expect(zone.names == ["example.test"])
    zone.remove(at: "nothing.example.test", .txt)
    #expect(zone.hasName("example.test"))
  }

  @Test func whatLiesOutsideIsLeftOut() {
    let zone = Zone(origin: "example.test", [Self.set("www.example.org")])
    #expect(zone.allRRsets.isEmpty)
  }

  @Test func aSetTakesThePlaceOfTheOneBefore() {
    var zone = Zone(origin: "example.test", [Self.set("a.example.test")])
    zone.put(RRset("A.example.test", ttl: TTL(clamping: 7), RecordData(type: .txt, wire: [0])))
    #expect(zone.rrset(at: "a.example.test", .txt)?.ttl.seconds == 7)
    #expect(zone.allRRsets.count == 1)
  }
}
