import DNSModel
import TestSupport
import Testing

@testable import DNSServer

/// Zones read anew while they are served.
@Suite struct ZoneShelfTests {
  private static func zone(
    serial: Int = 7, www: String = "www A 192.0.2.2"
  ) throws -> Zone {
    try GeneratedZone.parsed(
      "@ SOA ns hostmaster \(serial) 3600 900 86400 60\n@ NS ns\nns A 192.0.2.1\n\(www)\n")
  }

  private static func other() throws -> Zone {
    try SpokenAnswers([("other.test", "@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.9")]).zones[
      "other.test"]
      ?? Zone(origin: "other.test")
  }

  @Test func whatIsAsItWasIsLeftAlone() throws {
    let shelf = ZoneShelf([try Self.zone(), try Self.other()])
    let before = shelf.current
    shelf.renew([try Self.zone(), try Self.other()])
    #expect(shelf.current === before)
  }

  @Test func ofAZoneThatDiffersOnlyTheDifferenceIsCompiled() throws {
    let shelf = ZoneShelf([try Self.zone(), try Self.other()])
    let before = shelf.current
    shelf.renew([try Self.zone(serial: 8, www: "www A 192.0.2.88"), try Self.other()])
    #expect(shelf.current.compiled.arena === before.compiled.arena)
    #expect(shelf.zones["example.test"]?.serial == Serial(8))
    let bytes = Message(asking: Question("www.example.test", .a), id: 1).encoded()
    let (compiled, built) = CompiledAnswersTests.bothWays(bytes, shelf.current, .udp)
    #expect(compiled == built && compiled?.suffix(15).prefix(4) == [192, 0, 2, 88])
  }

  @Test func anotherSpellingIsServedAsItIsWrittenNow() throws {
    let shelf = ZoneShelf([try Self.zone(www: "www NS ns.www\nns.www A 192.0.2.7")])
    shelf.renew([try Self.zone(www: "WWW NS ns.www\nns.www A 192.0.2.7")])
    let served = try Message(
      parsing: CompiledAnswersTests.bothWays(
        Message(asking: Question("x.www.example.test", .a), id: 1).encoded(), shelf.current, .udp
      ).built ?? [])
    #expect(served.authorities.first?.owner.wire.prefix(4) == [3, 0x57, 0x57, 0x57])
  }

  @Test func whatIsNewIsAdded() throws {
    let shelf = ZoneShelf([try Self.zone()])
    shelf.markExpired("example.test")
    shelf.renew([try Self.zone(), try Self.other()])
    #expect(!shelf.zones.isExpired("example.test"))
    #expect(shelf.zones.origins == ["example.test", "other.test"])
  }

  /// The lagging secondary's states share what did not change; of those that share nothing two are kept.
  @Test func ofAZoneThatChangesAsAWholeTheLastTwoStatesAreKept() throws {
    let history = ZoneHistory(nameLimit: 10)
    for serial in 1...6 { history.note(try Self.zone(serial: serial), changed: 3) }
    let known = (1...6).filter { history.zone("example.test", at: Serial(UInt32($0))) != nil }
    #expect(known == [3, 4, 5, 6])
    history.note(try Self.zone(serial: 7), changed: 11)
    let rest = (1...7).filter { history.zone("example.test", at: Serial(UInt32($0))) != nil }
    #expect(rest == [6, 7])
  }
}
