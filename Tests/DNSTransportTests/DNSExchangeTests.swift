import DNSModel
import DNSTransport
import Notation
import Synchronization
import SystemIO
import TestSupport
import Testing

@Suite struct DNSExchangeTests {
  static let question = Question("Api.Contoso.test", .a)
  static let record = ResourceRecord(
    owner: "api.contoso.test", ttl: TTL(clamping: 300),
    data: RecordData(type: .a, wire: [192, 0, 2, 1]))

  private func ask(
    _ server: ScriptedServer, patience: TimeSpan = .milliseconds(60), attempts: Int = 3
  ) -> DNSResult {
    var request = DNSRequest(Self.question, to: server.address)
    request.patience = patience
    request.attempts = attempts
    do throws(DNSFailure) {
      return .success(try DNSExchange.perform(request, within: .seconds(5)))
    } catch {
      return .failure(error)
    }
  }

  private func reason(_ result: DNSResult) -> DNSFailure.Reason? {
    if case .failure(let failure) = result { failure.reason } else { nil }
  }

  @Test func anAnswerComesBackWithItsRecords() throws {
    let server = try ScriptedServer { query, _ in query.reply([Self.record]) }
    let answer = try ask(server).get()
    #expect(answer.message.answers == [Self.record])
    #expect(!answer.cameOverStream)
    #expect(answer.attempts == 1)
  }

  @Test func aCutAnswerIsFetchedOverTCP() throws {
    let server = try ScriptedServer { query, overTCP in
      var reply = query.reply(overTCP ? [Self.record] : [])
      reply.header.isTruncated = !overTCP
      return reply
    }
    let answer = try ask(server).get()
    #expect(answer.cameOverStream && answer.wasTruncated)
    #expect(answer.message.answers == [Self.record])
  }

  @Test func idsAndSpellingsDifferFromQuestionToQuestion() throws {
    let seen = SystemIO.Mutex<[[UInt8]]>([])
    let server = try ScriptedServer { bytes, _ in
      seen.withLock { $0.append(bytes) }
      return []
    }
    for _ in 0..<4 { _ = ask(server, patience: .milliseconds(5)) }
    let queries = seen.withLock { $0 }
    #expect(queries.count == 12)
    #expect(Set(queries.map { Array($0[0..<2]) }).count > 8)
    #expect(Set(queries.map { Array($0[12..<29]) }).count > 8)
    #expect(Set(queries.map { Array($0[12..<29]).map(DomainName.folded) }).count == 1)
  }

  @Test func aServerThatFoldsNamesIsAskedOverTCP() throws {
    let server = try ScriptedServer { query, _ in
      var reply = query.reply([Self.record])
      reply.questions[0].name = reply.questions[0].name.folded
      return reply
    }
    #expect(try ask(server).get().cameOverStream)
  }

  @Test func anAnswerFromAnotherAddressIsNotBelievedAndNotCalledATimeOut() throws {
    let server = try ScriptedServer { bytes, _ in
      guard let query = try? Message(parsing: bytes) else { return [] }
      return [.init(query.reply([Self.record]).encoded(), fromElsewhere: true)]
    }
    let result = reason(ask(server))
    guard case .answeredBySomeoneElse = result else {
      Issue.record("\(String(describing: result))")
      return
    }
  }

  @Test func anAnswerToAnotherQuestionIsNotBelieved() throws {
    let server = try ScriptedServer { query, _ in
      var reply = query.reply([Self.record])
      reply.questions[0].type = .aaaa
      return reply
    }
    let result = reason(ask(server))
    guard case .otherQuestion = result else {
      Issue.record("\(String(describing: result))")
      return
    }
  }

  @Test func aWrongIDIsToldApartFromSilence() throws {
    let server = try ScriptedServer { query, _ in
      var reply = query.reply([Self.record])
      reply.header.id ^= 0x5555
      return reply
    }
    #expect(reason(ask(server)) == .otherQuestion("its id is another"))
  }

  @Test func garbageIsCalledMalformed() throws {
    let server = try ScriptedServer { bytes, _ in
      [.init(Array(bytes[0..<2]) + [0x80, 0, 0, 1, 0, 9, 0, 0, 0, 0, 1, 2, 3])]
    }
    let result = reason(ask(server))
    guard case .malformed = result else {
      Issue.record("\(String(describing: result))")
      return
    }
  }

  @Test func aLostQuestionIsAskedAgain() throws {
    let count = Atomic<Int>(0)
    let server = try ScriptedServer { query, _ in
      count.wrappingAdd(1, ordering: .relaxed).newValue < 3 ? nil : query.reply([Self.record])
    }
    #expect(try ask(server).get().attempts == 3)
  }

  @Test func aClosedPortIsUnreachableAtOnce() throws {
    let socket = try UDPSocket(bindingTo: .loopback())
    let listener = try TCPListener(bindingTo: .loopback())
    let closed = socket.address
    withExtendedLifetime(listener) {}
    var request = DNSRequest(Self.question, to: closed)
    request.path = .datagramFirst
    request.patience = .seconds(20)
    // The socket is gone before the question leaves.
    do { _ = consume socket }
    let result: DNSResult
    do throws(DNSFailure) {
      result = .success(try DNSExchange.perform(request, within: .seconds(60)))
    } catch {
      result = .failure(error)
    }
    guard case .unreachable = reason(result) else {
      Issue.record("\(result)")
      return
    }
  }

  @Test func aServerWithoutEDNSIsAskedWithout() throws {
    let server = try ScriptedServer { query, _ in
      guard query.edns != nil else { return query.reply([Self.record]) }
      var reply = query.reply(code: .formatError)
      reply.edns = nil
      return reply
    }
    let answer = try ask(server).get()
    #expect(answer.withoutEDNS)
    #expect(answer.message.answers.count == 1)
  }

  @Test func aRefusalIsAnAnswer() throws {
    let server = try ScriptedServer { query, _ in query.reply(code: .refused) }
    #expect(try ask(server).get().message.responseCode == .refused)
  }
}

@Suite struct StreamExchangeTests {
  /// The kernel tells an error once: it must not be lost by asking twice.
  @Test func aServerThatIsNotThereIsSaidToRefuse() throws {
    let port = try FreePort.next()
    let outcome = StreamExchange.ask(
      [0, 1], of: .loopback(port: port), within: .seconds(5))
    guard case .notSent(let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains("refused"), "\(reason)")
  }
}
