import DNSModel
import Glibc
import Notation
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// A primary that lies or stalls, and then tells the truth: nothing of the lie is ever served, what was served
/// stays, what is wrong is said, and the truth is taken when it comes.
@Suite struct SecondaryRetryTests {
  private static func zone(
    serial: UInt32, retry: UInt32 = 1, expire: UInt32 = 600
  ) -> [ResourceRecord] {
    let soa = SOA(
      primary: "ns.example.test", mailbox: "a.example.test", serial: Serial(serial), refresh: 1,
      retry: retry, expire: expire, minimum: 1)
    let address = RecordData(type: .a, wire: [192, 0, 2, UInt8(serial)])
    return [
      ResourceRecord(owner: "example.test", ttl: .zero, data: .soa(soa)),
      ResourceRecord(owner: "example.test", ttl: .zero, data: .ns("ns.example.test")),
      ResourceRecord(owner: "ns.example.test", ttl: .zero, data: address),
    ]
  }

  private struct Primary {
    var serial: UInt32 = 7
    /// How many more transfers are lies.
    var lies = 2
    var transfers = 0
  }

  private static func honest(_ query: Message, _ records: [ResourceRecord]) -> Message {
    var header = MessageHeader(id: query.header.id)
    (header.isResponse, header.isAuthoritative) = (true, true)
    let isTransfer = query.questions.first?.type == .axfr
    return Message(
      header: header, questions: query.questions,
      answers: isTransfer ? records + records.prefix(1) : Array(records.prefix(1)))
  }

  /// The misdeed, with the serial the primary is at.
  private static func lie(
    _ misdeed: TransferAttemptTests.Misdeed, _ query: Message, _ serial: UInt32
  ) -> Message? {
    guard var reply = misdeed.answer(query) else { return nil }
    for index in reply.answers.indices {
      guard var soa = reply.answers[index].data.soa else { continue }
      soa.serial = Serial(serial + soa.serial.number - 7)
      reply.answers[index].data = .soa(soa)
    }
    return reply
  }

  @Test(arguments: TransferAttemptTests.Misdeed.allCases)
  func takesTheTruthWhenItComes(misdeed: TransferAttemptTests.Misdeed) throws {
    let state = SystemIO.Mutex(Primary())
    let primary = try ScriptedServer(answering: { query, _ in
      let (serial, isLie) = state.withLock { state -> (UInt32, Bool) in
        guard query.questions.first?.type == .axfr else { return (state.serial, false) }
        state.transfers += 1
        state.lies -= 1
        return (state.serial, state.lies >= 0)
      }
      return isLie
        ? Self.lie(misdeed, query, serial) : Self.honest(query, Self.zone(serial: serial))
    })
    var arguments = ServiceArguments()
    arguments.secondaries = ["example.test=\(primary.address)"]
    let server = try LivingServer(zone: nil, arguments) {
      $0.transferLimits.silence = .milliseconds(300)
      $0.transferLimits.bytes = 400
    }
    func wait(for serial: UInt32) {
      for _ in 0..<3000 where server.serial != serial {
        #expect(server.serial == nil || server.serial == 7)
        usleep(10_000)
      }
      #expect(server.serial == serial, "\(server.log.withLock { $0 })")
    }
    wait(for: 7)
    #expect(state.withLock { $0.transfers } == 3)
    state.withLock { ($0.serial, $0.lies) = (8, 2) }
    wait(for: 8)
    #expect(state.withLock { $0.transfers } == 6)
    let zone = try #require(server.shelf.zones["example.test"])
    #expect(zone.rrset(at: "ns.example.test", .a)?.data.first?.wire == [192, 0, 2, 8])
    #expect(zone.allRRsets.count == 3)
    // Said once for each time it was so, with what is served instead.
    let said = server.log.withLock { $0.filter { $0.contains("not transferred") } }
    #expect(said.count == 2, "\(said)")
    #expect(said.first?.contains("there is no zone yet") == true, "\(said)")
    #expect(said.last?.contains("serial 7 stays") == true, "\(said)")
  }

  /// A primary that comes back after a long silence says so, with the serial it had: a zone that expired
  /// meanwhile is answered again, and does not sleep until its next try.
  @Test func aNotifyWithNothingNewWakesAnExpiredZone() throws {
    let isSilent = SystemIO.Mutex(false)
    let records = Self.zone(serial: 7, retry: 86_400, expire: 3)
    let primary = try ScriptedServer(answering: { query, _ in
      isSilent.withLock { $0 } ? nil : Self.honest(query, records)
    })
    var arguments = ServiceArguments()
    arguments.secondaries = ["example.test=\(primary.address)"]
    let server = try LivingServer(zone: nil, arguments) {
      $0.transferLimits.silence = .milliseconds(300)
    }
    func wait(until isSo: () -> Bool) {
      for _ in 0..<3000 where !isSo() { usleep(10_000) }
      #expect(isSo(), "\(server.log.withLock { $0 })")
    }
    wait { server.serial == 7 }
    isSilent.withLock { $0 = true }
    wait { server.shelf.zones.isExpired("example.test") }
    isSilent.withLock { $0 = false }
    var header = MessageHeader(id: 5)
    header.opcode = .notify
    let notify = Message(
      header: header, questions: [Question("example.test", .soa)],
      answers: Array(records.prefix(1)))
    let socket = try UDPSocket(bindingTo: .loopback())
    try socket.connect(to: server.address)
    socket.send(notify.encoded())
    wait { !server.shelf.zones.isExpired("example.test") }
    #expect(server.serial == 7)
  }
}
