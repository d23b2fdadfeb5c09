import DNSModel
import Glibc
import Notation
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// TCP as RFC 7766 wants it, from clients that are slow, idle, many, or mean.
@Suite(.serialized) struct ConnectionTests {
  private static func zone() throws -> Zone {
    var text = "@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nwww A 192.0.2.2\n"
    for index in 0..<30 { text += "n\(index) A 192.0.2.\(index)\n" }
    for index in 0..<250 {
      text += "huge TXT \"\(index)-\(String(repeating: "t", count: 200))\"\n"
    }
    return try GeneratedZone.parsed(text)
  }

  private static func question(_ name: DomainName, _ type: RecordType = .a, id: UInt16 = 1)
    -> [UInt8]
  {
    Message(asking: Question(name, type), id: id).encoded()
  }

  @Test func questionsSentAtOnceAreAllAnswered() throws {
    let served = try ServedOnLoopback([Self.zone()])
    let client = try BareClient(to: served.address)
    var bytes: [UInt8] = []
    for id in 0..<500 as Range<UInt16> {
      // Quick ones and slow ones (ANY is never in the table), in turns.
      bytes += BareClient.framed(
        Self.question(
          DomainName(stringLiteral: "n\(id % 30).example.test"), id % 3 == 0 ? .any : .a, id: id))
    }
    client.send(bytes)
    var seen: Set<UInt16> = []
    for _ in 0..<500 {
      let reply = try Message(parsing: try #require(client.message()))
      #expect(reply.answers.count == 1)
      seen.insert(reply.header.id)
    }
    #expect(seen.count == 500)
  }

  @Test func aQuestionMayComeByteByByte() throws {
    let served = try ServedOnLoopback([Self.zone()])
    let client = try BareClient(to: served.address)
    for _ in 0..<2 {
      for byte in BareClient.framed(Self.question("www.example.test")) {
        client.send([byte])
        usleep(200)
      }
      #expect(try Message(parsing: try #require(client.message())).answers.count == 1)
    }
  }

  @Test func halfClosedConnectionsGetTheirAnswers() throws {
    let served = try ServedOnLoopback([Self.zone()])
    let client = try BareClient(to: served.address)
    client.send(BareClient.framed(Self.question("www.example.test")))
    client.connection.finishWriting()
    #expect(client.message() != nil)
    #expect(client.isEnded(withinMilliseconds: 5000))
  }

  @Test func largeAnswersComeWholeAndTooLargeOnesAreCut() throws {
    let served = try ServedOnLoopback([Self.zone()])
    let client = try BareClient(to: served.address)
    client.send(BareClient.framed(Self.question("huge.example.test", .txt)))
    let reply = try Message(parsing: try #require(client.message()))
    #expect(reply.answers.count == 250 && !reply.header.isTruncated)
    let text = (0..<400).map { "over TXT \"\($0)-\(String(repeating: "t", count: 200))\"\n" }
    let other = try ServedOnLoopback([
      GeneratedZone.parsed("@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n" + text.joined())
    ])
    let second = try BareClient(to: other.address)
    second.send(BareClient.framed(Self.question("over.example.test", .txt)))
    let cut = try Message(parsing: try #require(second.message()))
    #expect(cut.header.isTruncated && cut.answers.isEmpty)
  }

  @Test func whoAsksWithoutListeningFillsItsOwnQueueOnly() throws {
    let served = try ServedOnLoopback([Self.zone()])
    let deaf = try BareClient(to: served.address)
    let bytes = BareClient.framed(Self.question("huge.example.test", .txt))
    // 50 KB an answer, 400 answers: what the kernel's buffers do not take must wait, unasked.
    for _ in 0..<400 {
      guard case .done = deaf.connection.write(bytes[...]) else { break }
    }
    for _ in 0..<20 {
      #expect(try served.ask(Question("www.example.test", .a))?.answers.count == 1)
      let client = try BareClient(to: served.address)
      client.send(BareClient.framed(Self.question("www.example.test")))
      #expect(client.message() != nil)
    }
    var count = 0
    while deaf.message(milliseconds: 2000) != nil { count += 1 }
    #expect(count == 400)
  }

  @Test func idleConnectionsEndAndBusyOnesDoNot() throws {
    let served = try ServedOnLoopback([Self.zone()]) { $0.patience = .milliseconds(400) }
    let idle = try BareClient(to: served.address)
    let dribbling = try BareClient(to: served.address)
    let busy = try BareClient(to: served.address)
    dribbling.send([0, 40])
    // Well beyond the patience, but never long without a question.
    for round in 0..<30 {
      busy.send(BareClient.framed(Self.question("www.example.test")))
      #expect(busy.message() != nil, "round \(round)")
      dribbling.send([UInt8(round)])
      usleep(50_000)
    }
    #expect(idle.isEnded(withinMilliseconds: 5000))
    #expect(dribbling.isEnded(withinMilliseconds: 5000), "half a message is no progress")
  }

  @Test func keepaliveIsToldToWhoAsks() throws {
    let served = try ServedOnLoopback([Self.zone()]) { $0.patience = .seconds(7) }
    let client = try BareClient(to: served.address)
    let edns = EDNS(options: [EDNSOption(code: EDNSOption.keepalive)])
    let message = Message(asking: Question("www.example.test", .a), id: 3, edns: edns)
    client.send(BareClient.framed(message.encoded()))
    let reply = try Message(parsing: try #require(client.message()))
    #expect(reply.edns?.options == [EDNSOption(code: EDNSOption.keepalive, data: [0, 70])])
    // Over UDP it has no meaning (RFC 7828 §3.2.1).
    let datagram = try Message(parsing: try #require(try served.ask(message.encoded())))
    #expect(datagram.edns?.options == [])
  }

  @Test func whatIsNoDNSEndsTheConnection() throws {
    let served = try ServedOnLoopback([Self.zone()])
    for bytes in [[0, 0], [0, 5, 1, 2, 3, 4, 5], [0, 11] + [UInt8](repeating: 1, count: 11)] {
      let client = try BareClient(to: served.address)
      client.send(bytes)
      #expect(client.isEnded(withinMilliseconds: 5000), "\(bytes)")
    }
    // An HTTP request promises 18,245 bytes that never come; another waits until its patience ends.
    let lost = try BareClient(to: served.address)
    lost.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
    #expect(try served.ask(Question("www.example.test", .a)) != nil)
  }

  @Test func aThousandConnectionsAreServedSideBySide() throws {
    let served = try ServedOnLoopback([Self.zone()])
    var clients: [BareClient] = []
    for _ in 0..<1000 { clients.append(try BareClient(to: served.address)) }
    let bytes = BareClient.framed(Self.question("www.example.test"))
    for round in 0..<2 {
      for client in clients { client.send(bytes) }
      for (number, client) in clients.enumerated() {
        let reply = client.message()
        #expect(reply != nil, "round \(round), connection \(number)")
      }
    }
    #expect(try served.ask(Question("www.example.test", .a))?.answers.count == 1)
  }

  @Test func beyondTheLimitTheQuietestGoes() throws {
    let served = try ServedOnLoopback([Self.zone()]) { $0.connectionLimit = 20 }
    let first = try BareClient(to: served.address)
    var others: [BareClient] = []
    for _ in 0..<30 {
      let client = try BareClient(to: served.address)
      client.send(BareClient.framed(Self.question("www.example.test")))
      #expect(client.message() != nil)
      others.append(client)
    }
    #expect(first.isEnded(withinMilliseconds: 5000))
    let last = try #require(others.last)
    last.send(BareClient.framed(Self.question("www.example.test")))
    #expect(last.message() != nil)
  }

  @Test func whatWasAskedIsAnsweredBeforeTheServerStops() throws {
    let served = try ServedOnLoopback([Self.zone()])
    served.server.faults.add(
      try FaultRule(parsing: "delay=300ms"), zones: served.server.shelf.zones)
    let client = try BareClient(to: served.address)
    client.send(BareClient.framed(Self.question("www.example.test")))
    usleep(100_000)
    served.server.stop()
    #expect(client.message() != nil)
    #expect(client.isEnded(withinMilliseconds: 5000))
  }
}
