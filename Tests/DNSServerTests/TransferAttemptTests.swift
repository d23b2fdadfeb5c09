import DNSModel
import Notation
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

private func zone(_ outcome: TransferAttempt.Outcome) throws -> Zone {
  guard case .transferred(let zone, _) = outcome else {
    throw ProgramFailure(description: "no transfer: \(outcome)")
  }
  return zone
}

@Suite struct TransferAttemptTests {
  /// What one attempt comes to.
  static func outcome(
    _ primary: SocketAddress, key: TSIGKey? = nil, served: Serial? = nil,
    limits: TransferAttempt.Limits = TransferAttempt.Limits()
  ) throws -> TransferAttempt.Outcome {
    let loop = try EventLoop()
    var outcome: TransferAttempt.Outcome?
    let attempt = TransferAttempt(
      zone: "example.test", primary: primary, key: key, served: served, limits: limits, on: loop
    ) { outcome = $0 }
    attempt.start()
    for _ in 0..<2000 where outcome == nil { loop.runOnce(within: .milliseconds(10)) }
    return try #require(outcome)
  }

  static let key = TSIGKey(
    name: "mig", algorithm: .sha256, secret: Array("secret secret secret secret!".utf8))

  @Test(arguments: ZonePeer.Kind.allCases, [false, true])
  func copiesAZoneFromEveryPrimary(kind: ZonePeer.Kind, isSigned: Bool) throws {
    let peer = try ZonePeer(kind, .primary(zone: ZonePeer.zone), isSigned: isSigned)
    let key = isSigned ? Self.key : nil
    let copied = try zone(try Self.outcome(peer.address, key: key))
    #expect(copied.allRRsets.flatMap(\.data).count == 12)
    #expect(copied.serial == Serial(7))
    guard case .current = try Self.outcome(peer.address, key: key, served: Serial(7)) else {
      Issue.record("the same serial is current")
      return
    }
    guard
      case .failed(.olderThanServed) = try Self.outcome(peer.address, key: key, served: Serial(8))
    else {
      Issue.record("an older zone is not taken")
      return
    }
  }

  @Test(arguments: ZonePeer.Kind.allCases)
  func takesNothingThatIsSignedWithAnotherSecret(kind: ZonePeer.Kind) throws {
    let peer = try ZonePeer(kind, .primary(zone: ZonePeer.zone), isSigned: true)
    let wrong = TSIGKey(name: "mig", algorithm: .sha256, secret: [1, 2, 3])
    guard case .failed = try Self.outcome(peer.address, key: wrong) else {
      Issue.record("a wrong secret brought a zone")
      return
    }
  }

  @Test func saysThatNobodyListens() throws {
    let port = try FreePort.next()
    guard case .failed(.connection(let reason)) = try Self.outcome(.loopback(port: port)) else {
      Issue.record("something listened")
      return
    }
    #expect(reason.contains("refused"), "\(reason)")
  }

  /// How a primary misbehaves once it is asked for the zone, and what is said about it.
  enum Misdeed: String, CaseIterable, Sendable {
    case saysNothing, stopsMidway, hasAnotherID, changesUnderway, tellsOfOthers, beginsElsewhere,
      goesOn
    case isTooLarge, refuses, isTruncated, sendsBrokenData, sendsHalfAString, saysASOABelow

    func answer(_ query: Message) -> Message? {
      let soa = ResourceRecord(
        owner: "example.test", ttl: .zero,
        data: .soa(
          SOA(
            primary: "ns.example.test", mailbox: "a.example.test", serial: Serial(7), refresh: 1,
            retry: 1, expire: 9, minimum: 1)))
      let host = ResourceRecord(
        owner: "a.example.test", ttl: .zero, data: RecordData(type: .a, wire: [192, 0, 2, 1]))
      let foreign = ResourceRecord(owner: "a.other.test", ttl: .zero, data: host.data)
      var header = MessageHeader(id: query.header.id)
      (header.isResponse, header.isAuthoritative) = (true, true)
      var reply = Message(header: header, questions: query.questions, answers: [soa])
      guard query.questions.first?.type == .axfr else { return reply }
      reply.answers = [soa, host, soa]
      switch self {
      case .saysNothing: return nil
      case .stopsMidway: reply.answers = [soa, host]
      case .hasAnotherID: reply.header.id &+= 1
      case .changesUnderway:
        let later = SOA(
          primary: "ns.example.test", mailbox: "a.example.test", serial: Serial(8), refresh: 1,
          retry: 1, expire: 9, minimum: 1)
        reply.answers = [
          soa, host, ResourceRecord(owner: soa.owner, ttl: .zero, data: .soa(later)),
        ]
      case .tellsOfOthers: reply.answers = [soa, foreign, soa]
      case .beginsElsewhere: reply.answers = [host, soa]
      case .goesOn: reply.answers = [soa, host, soa, host]
      case .isTooLarge: reply.answers = [soa] + Array(repeating: host, count: 50) + [soa]
      case .refuses:
        return Message(header: header, questions: query.questions, responseCode: .refused)
      case .isTruncated: reply.header.isTruncated = true
      case .sendsBrokenData:
        reply.answers[1].data = RecordData(type: .a, wire: [192, 0, 2])
      case .sendsHalfAString:
        reply.answers[1].data = RecordData(type: .txt, wire: [5, 0x77])
      case .saysASOABelow: reply.answers[1].data = soa.data
      }
      return reply
    }

    var isSaid: String {
      switch self {
      case .saysNothing: "does not answer"
      case .stopsMidway: "stopped in the middle"
      case .hasAnotherID, .isTruncated: "no answer to the transfer"
      case .changesUnderway: "began at serial 7 and ended at 8"
      case .tellsOfOthers: "a.other.test."
      case .beginsElsewhere: "does not begin with the zone's SOA"
      case .goesOn: "behind its last SOA"
      case .isTooLarge: "more than 400 bytes"
      case .refuses: "REFUSED"
      case .sendsBrokenData: "the data of this A record is wrong"
      case .sendsHalfAString: "the data of this TXT record is wrong"
      case .saysASOABelow: "not of this zone"
      }
    }
  }

  @Test(arguments: Misdeed.allCases)
  func takesNothingFromAPrimaryThatLiesOrStalls(misdeed: Misdeed) throws {
    let primary = try ScriptedServer(answering: { query, _ in misdeed.answer(query) })
    var limits = TransferAttempt.Limits()
    limits.silence = .milliseconds(300)
    limits.bytes = 400
    guard case .failed(let failure) = try Self.outcome(primary.address, limits: limits) else {
      Issue.record("something was taken")
      return
    }
    #expect("\(failure)".contains(misdeed.isSaid), "\(failure)")
  }
}
