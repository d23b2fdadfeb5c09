import DNSModel
import Glibc
import SystemIO
import TestSupport
import Testing

@testable import DNSServer

/// What those who ask see while a zone changes under them: always an answer, always a whole one, never an
/// older one than before, and never an older one than was acknowledged when they asked.
@Suite(.serialized) struct UpdateVisibilityTests {
  private struct Asked {
    var answers = 0
    var wrongs: [String] = []
  }

  private static func replacement(_ number: Int) throws -> Message {
    var header = MessageHeader(id: UInt16(number))
    header.opcode = .update
    let name: DomainName = "api.example.test"
    return Message(
      header: header, questions: [Question("example.test", .soa)],
      authorities: [
        ResourceRecord(
          owner: name, recordClass: .any, ttl: .zero, data: RecordData(type: .cname, wire: [])),
        ResourceRecord(
          owner: name, ttl: TTL(clamping: 60), data: .cname(try target(number))),
      ])
  }

  private static func target(_ number: Int) throws -> DomainName {
    try DomainName(parsing: "t\(number).other.test")
  }

  /// The number in the answer's target; nil when it is no answer of the kind there should be.
  private static func number(in reply: [UInt8]) -> Int? {
    guard let message = try? Message(parsing: reply), message.responseCode == .noError,
      message.answers.count == 1, let data = message.answers.first?.data, data.type == .cname,
      data.wire.count > 2
    else { return nil }
    // A label of "t" and digits.
    return Int(String(decoding: data.wire[2...Int(data.wire[0])], as: UTF8.self))
  }

  /// Asks until it is told to stop.
  private static func ask(
    _ address: SocketAddress, least: @Sendable () -> Int, isOver: @Sendable () -> Bool
  ) throws -> Asked {
    let socket = try UDPSocket(bindingTo: .loopback())
    socket.becomeBlocking(wakingEvery: 5_000)
    try socket.connect(to: address)
    let question = Message(asking: Question("api.example.test", .a), id: 5).encoded()
    var asked = Asked()
    var last = 0
    while !isOver(), asked.wrongs.count < 5 {
      let wanted = max(last, least())
      socket.send(question)
      guard let (reply, _) = socket.receive() else {
        asked.wrongs.append("no answer while it should be at least \(wanted)")
        continue
      }
      asked.answers += 1
      guard let number = number(in: reply), number >= wanted else {
        let said = (try? Message(parsing: reply)).map { SpokenAnswers.words($0) } ?? "unreadable"
        asked.wrongs.append("\(said) while it should be at least \(wanted)")
        continue
      }
      last = number
    }
    return asked
  }

  @Test func nobodyEverSeesAMomentWithoutAnAnswer() throws {
    let port = try FreePort.next()
    var arguments = ServiceArguments()
    arguments.allowUpdate = ["addr=127.0.0.0/8"]
    arguments.allowTransfer = ["addr=127.0.0.0/8"]
    arguments.notify = ["127.0.0.1:\(port)"]
    let primary = try LivingServer(arguments)
    let sender = try UpdateSender(to: primary.address, isSigned: false)
    #expect(try sender.send(try Self.replacement(0)) == .noError)
    var following = ServiceArguments()
    following.secondaries = ["example.test=\(primary.address)"]
    let secondary = try LivingServer(zone: nil, port: port, following)
    for _ in 0..<1000 where secondary.serial == nil { usleep(10_000) }
    let acknowledged = SystemIO.Mutex(0)
    let isOver = SystemIO.Mutex(false)
    let results = SystemIO.Mutex<[Asked]>([])
    let threads = try [(primary, true), (primary, true), (secondary, false)].map {
      server, isFirst in
      let address = server.address
      return try SystemIO.Thread("asker") {
        let asked = try? Self.ask(address) {
          isFirst ? acknowledged.withLock { $0 } : 0
        } isOver: {
          isOver.withLock { $0 }
        }
        results.withLock { $0.append(asked ?? Asked(wrongs: ["could not ask"])) }
      }
    }
    let shelf = primary.shelf
    for number in 1...300 {
      #expect(try sender.send(try Self.replacement(number)) == .noError)
      acknowledged.withLock { $0 = number }
      // The zone file is read again in between, with what it said at the start.
      guard number % 50 == 0 else { continue }
      let path = primary.directory.file("zone")
      #expect(primary.services.renew([(LivingServer.zone, path)]) { shelf.renew($0) }.isEmpty)
    }
    isOver.withLock { $0 = true }
    for thread in threads { thread.join() }
    let all = results.withLock { $0 }
    #expect(all.count == 3)
    for asked in all { #expect(asked.wrongs.isEmpty && asked.answers > 100, "\(asked)") }
  }

  /// RFC 8945 §6, with other people's tools: an update, a question, and a transfer of many messages.
  @Test(arguments: ["hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512"])
  func everyAlgorithmSignsUpdatesQuestionsAndLongTransfers(algorithm: String) throws {
    let keys = TemporaryDirectory()
    let file = keys.write("key", "\(algorithm):mig:\(ZonePeer.secret)\n")
    var arguments = ServiceArguments()
    arguments.keys = ["mig:\(file)"]
    arguments.allowUpdate = ["key=mig"]
    arguments.allowTransfer = ["key=mig"]
    let server = try LivingServer(zone: SecondaryCopyTests.zone(records: 5000), arguments)
    let key = "\(algorithm):mig:\(ZonePeer.secret)"
    for program in ["nsupdate", "knsupdate"] {
      let updated = try runUpdate(
        program, to: server.address, "add \(program).example.test. 60 A 192.0.2.9", key: key)
      #expect(updated.status == 0, "\(updated)")
    }
    for program in ["dig", "kdig"] {
      let place = ["@127.0.0.1", "-p", "\(server.address.port)", "-y", key, "+norec"]
      let answer = try Programs.run(program, place + ["web.example.test", "A"])
      #expect(answer.stdout.contains("192.0.2.3"), "\(answer)")
      let all = try Programs.run(program, place + ["example.test", "AXFR"])
      let records = all.stdout.split(separator: "\n").filter { $0.contains(".example.test.") }
      #expect(all.status == 0 && records.count > 5000, "\(records.count)")
      // The tool shows each signature, and would complain of one that it cannot verify.
      let shown = (answer.stdout + all.stdout).split(separator: "\n").filter {
        $0.contains("\tTSIG\t")
      }
      #expect(shown.count > 2, "\(program): \(shown)")
      for line in shown {
        #expect(line.contains("\tTSIG\t\(algorithm). ") && line.contains(" NOERROR"), "\(line)")
      }
      for complaint in ["WARNING", "verify", "failed"] {
        #expect(!(all.stdout + answer.stdout + all.stderr).contains(complaint), "\(program)")
      }
    }
  }
}
