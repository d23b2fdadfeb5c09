import DNSModel
import Glibc
import Notation
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// Each way to be unkind, on request only, and only to whom it was meant for.
@Suite struct FaultTests {
  private static func zone(serial: Int = 7, address: Int = 2) throws -> Zone {
    try GeneratedZone.parsed(
      """
      @ SOA ns hostmaster \(serial) 3600 900 86400 60
      @ NS ns
      ns A 192.0.2.1
      www A 192.0.2.\(address)
      other 10 A 192.0.2.3
      deep.www A 192.0.2.4
      """)
  }

  private static let www = Question("www.example.test", .a)
  private static let other = Question("other.example.test", .a)
  private static let here = SocketAddress.loopback(port: 5000)

  /// What a server with one fault on says, many times over.
  private final class Unkind {
    let shelf: ZoneShelf
    let context: ServerContext
    let counters = ThreadCounters()

    init(_ rules: String..., serial: Int = 7) throws {
      shelf = ZoneShelf([try FaultTests.zone(serial: serial)])
      context = ServerContext(
        shelf: shelf, handler: RefusingHandler(), version: "test",
        faults: FaultBoard(history: shelf.history), log: nil)
      for rule in rules { try add(rule) }
    }

    @discardableResult
    func add(_ rule: String) throws -> Int {
      context.faults.add(try FaultRule(parsing: rule), zones: shelf.zones)
    }

    func decide(
      _ question: Question, from peer: SocketAddress = FaultTests.here,
      _ transport: Transport = .udp,
      id: UInt16 = 9
    ) -> ServerContext.Decision {
      context.decide(
        Message(asking: question, id: id).encoded(), from: peer, over: transport, shelf.current,
        counters)
    }

    /// Nil for silence.
    func ask(
      _ question: Question = FaultTests.www, from peer: SocketAddress = FaultTests.here,
      _ transport: Transport = .udp
    ) throws -> Message? {
      guard case .reply(let bytes, _) = decide(question, from: peer, transport) else { return nil }
      return try Message(parsing: bytes)
    }

    func address(_ question: Question = FaultTests.www) throws -> [UInt8]? {
      try ask(question)?.answers.first?.data.wire
    }
  }

  @Test func dropSaysNothing() throws {
    let server = try Unkind("drop")
    #expect(try server.ask() == nil)
  }

  @Test func delaySaysTheTruthLater() throws {
    let server = try Unkind("delay=200ms", "delay=1s,name=other.example.test")
    guard case .reply(let bytes, let delay) = server.decide(Self.www) else {
      Issue.record("no answer")
      return
    }
    #expect(delay == .milliseconds(200))
    #expect(try Message(parsing: bytes).answers.count == 1)
    guard case .reply(_, let sum) = server.decide(Self.other) else { return }
    #expect(sum == .milliseconds(1200))
  }

  @Test func servfailAndRefusedSayOnlyThat() throws {
    for (rule, code) in [("servfail", ResponseCode.serverFailure), ("refused", .refused)] {
      let reply = try #require(try Unkind(rule).ask())
      #expect(reply.responseCode == code && reply.answers.isEmpty && reply.authorities.isEmpty)
      #expect(!reply.header.isAuthoritative && reply.questions == [Self.www])
    }
  }

  @Test func truncateCutsUDPAloneSoThatTCPCanHelp() throws {
    let server = try Unkind("truncate")
    let cut = try #require(try server.ask())
    #expect(cut.header.isTruncated && cut.answers.isEmpty)
    let whole = try #require(try server.ask(Self.www, .tcp))
    #expect(!whole.header.isTruncated && whole.answers.count == 1)
  }

  @Test func lameKnowsNothingOfTheZone() throws {
    let reply = try #require(try Unkind("lame").ask())
    #expect(reply.responseCode == .noError && !reply.header.isAuthoritative)
    #expect(reply.answers.isEmpty && reply.authorities.isEmpty && reply.additionals.isEmpty)
  }

  @Test func wrongIDIsAnotherID() throws {
    let reply = try #require(try Unkind("wrong-id").ask())
    #expect(reply.header.id != 9 && reply.answers.count == 1)
  }

  @Test func staleKeepsWhatWasServedWhenItWasSetUntilItIsToldOtherwise() throws {
    let server = try Unkind()
    let number = try server.add("stale")
    server.shelf.publish(try Self.zone(serial: 8, address: 88))
    #expect(try server.address() == [192, 0, 2, 2])
    let soa = try server.ask(Question("example.test", .soa))
    #expect(soa?.answers.first?.data.soa?.serial == Serial(7))
    #expect(server.context.faults.remove(number) == 1)
    #expect(try server.address() == [192, 0, 2, 88])
  }

  @Test func staleForASpanFollowsThatMuchLater() throws {
    let server = try Unkind("stale=400ms")
    server.shelf.publish(try Self.zone(serial: 8, address: 88))
    #expect(try server.address() == [192, 0, 2, 2])
    var isNew = false
    for _ in 0..<500 where !isNew {
      usleep(10_000)
      isNew = try server.address() == [192, 0, 2, 88]
    }
    #expect(isNew)
  }

  @Test func frozenAnswersFromThatSerial() throws {
    let server = try Unkind("frozen=8")
    for serial in [8, 9, 10] {
      server.shelf.publish(try Self.zone(serial: serial, address: 80 + serial))
    }
    #expect(try server.address() == [192, 0, 2, 88])
    // A serial that was never served freezes nothing.
    let never = try Unkind("frozen=99")
    #expect(try never.address() == [192, 0, 2, 2])
  }

  @Test func nxdomainComesOnceAndIsCacheable() throws {
    let server = try Unkind("nxdomain-once,name=www.example.test")
    #expect(try server.ask(Self.other)?.responseCode == .noError)
    let lie = try #require(try server.ask())
    #expect(lie.responseCode == .nameError && lie.answers.isEmpty && lie.header.isAuthoritative)
    #expect(lie.authorities.map(\.type) == [.soa])
    #expect(lie.authorities.first?.ttl == TTL(clamping: 60))
    #expect(try server.ask()?.answers.count == 1)
  }

  @Test func theTTLIsRaisedToTheFloorOrSet() throws {
    let floor = try Unkind("ttl-floor=120")
    #expect(try floor.ask(Self.other)?.answers.first?.ttl == TTL(clamping: 120))
    #expect(try floor.ask()?.answers.first?.ttl == TTL(clamping: 300))
    let fixed = try Unkind("ttl=5")
    #expect(try fixed.ask()?.answers.first?.ttl == TTL(clamping: 5))
    #expect(try fixed.ask(Self.other)?.answers.first?.ttl == TTL(clamping: 5))
  }

  // MARK: To whom

  @Test func aNameMeansItselfAndAllBelow() throws {
    let server = try Unkind("servfail,name=WWW.example.test")
    #expect(try server.ask()?.responseCode == .serverFailure)
    #expect(
      try server.ask(Question("deep.www.example.test", .a))?.responseCode == .serverFailure)
    #expect(try server.ask(Self.other)?.responseCode == .noError)
  }

  @Test func aZoneMeansThatZoneAlone() throws {
    let server = try Unkind("servfail,zone=example.test")
    #expect(try server.ask()?.responseCode == .serverFailure)
    #expect(try server.ask(Question("www.else.test", .a))?.responseCode == .refused)
  }

  @Test func aClientMeansItsNetwork() throws {
    let server = try Unkind("servfail,client=127.0.0.0/30", "refused,client=2001:db8::/32")
    let far = try #require(SocketAddress(parsing: "127.0.0.9:53"))
    let six = try #require(SocketAddress(parsing: "[2001:db8::7]:53"))
    #expect(try server.ask()?.responseCode == .serverFailure)
    #expect(try server.ask(Self.www, from: far)?.responseCode == .noError)
    #expect(try server.ask(Self.www, from: six)?.responseCode == .refused)
  }

  @Test func theSameSeedThrowsTheSameDice() throws {
    func pattern(_ seed: Int) throws -> [Bool] {
      let server = try Unkind("drop,probability=30%,seed=\(seed)")
      return try (0..<500).map { _ in try server.ask() == nil }
    }
    let first = try pattern(1)
    #expect(try pattern(1) == first)
    #expect(try pattern(2) != first)
    let share = first.filter { $0 }.count
    #expect((110...190).contains(share), "\(share) of 500")
    #expect(try Unkind("drop,probability=0").ask() != nil)
    #expect(try Unkind("drop,probability=1").ask() == nil)
  }

  @Test func clearingGivesTheTruthBackAndTheHotPath() throws {
    let server = try Unkind("servfail", "delay=1s")
    #expect(server.context.isWatching)
    #expect(server.context.faults.remove(1) == 1)
    #expect(server.context.faults.rules.map(\.rule.description) == ["delay=1s"])
    #expect(server.context.faults.remove() == 1)
    #expect(!server.context.isWatching)
    #expect(try server.ask()?.responseCode == .noError)
  }

  // MARK: How it is written

  @Test(arguments: [
    "drop", "delay=250ms", "delay=3s", "servfail", "refused", "truncate", "lame", "wrong-id",
    "stale", "stale=90s", "frozen=2026110101", "nxdomain-once", "ttl-floor=30", "ttl=0",
    "drop,zone=example.test.", "servfail,name=api.example.test.,client=127.0.0.0/8",
    "lame,client=::1", "drop,probability=0.250000,seed=42",
  ]) func aRuleIsShownAsItIsWritten(text: String) throws {
    let rule = try FaultRule(parsing: text)
    #expect(rule.description == text)
    #expect(try FaultRule(parsing: rule.description) == rule)
  }

  @Test(arguments: [
    "", "dropp", "drop=1", "delay", "delay=", "delay=-1s", "delay=5x", "frozen", "frozen=x",
    "ttl=4294967296", "ttl", "drop,", "drop,zone", "drop,zone=", "drop,client=300.1.1.1",
    "drop,client=127.0.0.1/8", "drop,probability=1.5", "drop,probability=101%",
    "drop,probability=x", "drop,seed=-1", "drop,what=ever", "drop,name=a..b", "stale=soon",
  ]) func whatMeansNothingIsRefused(text: String) {
    #expect(throws: FaultRuleError.self) { try FaultRule(parsing: text) }
  }

  /// Over real sockets: the delayed answer comes along the way it was asked, and others do not wait.
  @Test func aDelayKeepsNobodyElseWaiting() throws {
    let served = try ServedOnLoopback([Self.zone()])
    served.server.faults.add(
      try FaultRule(parsing: "delay=600ms,name=www.example.test"),
      zones: served.server.shelf.zones)
    let slow = try UDPSocket(bindingTo: .loopback())
    slow.becomeBlocking(wakingEvery: 10_000)
    try slow.connect(to: served.address)
    let begin = SystemClock.sinceBoot()
    slow.send(Message(asking: Self.www, id: 1).encoded())
    for _ in 0..<20 { #expect(try served.ask(Self.other)?.answers.count == 1) }
    let reply = try #require(slow.receive())
    #expect(SystemClock.sinceBoot() - begin >= .milliseconds(600))
    #expect(try Message(parsing: reply.bytes).answers.count == 1)
    #expect(served.server.totals.faulted == 1)
  }
}
