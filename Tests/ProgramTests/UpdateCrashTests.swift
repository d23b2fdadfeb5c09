import DNSModel
import Foundation
import SystemIO
import TestSupport
import Testing

/// The real process, killed while it takes updates: what it acknowledged is there when it is back,
/// and what it did not is there whole or not at all.
@Suite(.serialized) struct UpdateCrashTests {
  private static let rounds = Soak.isOn ? 200 : 6

  private final class Server {
    let process: ServerProcess
    let address: SocketAddress

    init(in directory: TemporaryDirectory) throws {
      process = try ServerProcess(
        try Programs.cutover(),
        [
          "dns", "--zone", "example.test=\(directory.file("zone"))", "--listen", "127.0.0.1:0",
          "--allow-update", "addr=127.0.0.0/8", "--state", directory.path,
        ])
      address = try process.wait(for: "the server to listen") { [process] in
        guard process.stdout.contains("ready") else { return nil }
        let line = process.stdout.split(separator: "\n").first { $0.hasPrefix("listening ") }
        return line.flatMap { SocketAddress(parsing: String($0.dropFirst(10))) }
      }
    }

    /// The response; nil when none comes.
    func ask(_ message: Message) throws -> Message? {
      let socket = try UDPSocket(bindingTo: .loopback())
      try socket.connect(to: address)
      socket.send(message.encoded())
      for _ in 0..<2000 {
        if let (bytes, _) = socket.receive() { return try Message(parsing: bytes) }
        guard process.isRunning else { return nil }
        usleep(250)
      }
      return nil
    }
  }

  private static func name(_ side: String, _ number: Int) throws -> DomainName {
    try DomainName(parsing: "\(side)\(number).example.test")
  }

  /// Adds two names that belong together.
  private static func update(_ number: Int) throws -> Message {
    var header = MessageHeader(id: UInt16(truncatingIfNeeded: number))
    header.opcode = .update
    let data = RecordData(type: .a, wire: [192, 0, 2, UInt8(number % 250)])
    return Message(
      header: header, questions: [Question("example.test", .soa)],
      authorities: try ["left", "right"].map {
        ResourceRecord(owner: try name($0, number), ttl: TTL(clamping: 60), data: data)
      })
  }

  private static func isThere(_ side: String, _ number: Int, on server: Server) throws -> Bool {
    let question = Question(try name(side, number), .a)
    let answer = try #require(try server.ask(Message(asking: question, id: 1)))
    return !answer.answers.isEmpty
  }

  @Test func keepsEveryAcknowledgedUpdateWhenItIsKilled() throws {
    let directory = TemporaryDirectory()
    directory.write(
      "zone",
      """
      $TTL 300
      @ IN SOA ns1.example.test. hostmaster.example.test. 1 3600 900 86400 60
      @ IN NS ns1
      ns1 IN A 127.0.0.1

      """)
    var random = SeededRandom(seed: 9)
    var number = 0
    var acknowledged: [Int] = []
    for round in 0..<Self.rounds {
      let server = try Server(in: directory)
      for known in acknowledged.suffix(40) {
        #expect(try Self.isThere("left", known, on: server), "round \(round), update \(known)")
        #expect(try Self.isThere("right", known, on: server), "round \(round), update \(known)")
      }
      // Every third end is orderly, with a fold of the journal into the zone file.
      let (count, isKilled) = (Int.random(in: 1...30, using: &random), round % 3 != 2)
      let first = number
      for _ in 0..<count {
        number += 1
        if try server.ask(Self.update(number))?.responseCode == .noError {
          acknowledged.append(number)
        }
      }
      if isKilled {
        // One more that nobody waits for.
        number += 1
        let socket = try UDPSocket(bindingTo: .loopback())
        socket.send(try Self.update(number).encoded(), to: server.address)
        usleep(UInt32.random(in: 0...3000, using: &random))
        server.process.send(SIGKILL)
      } else {
        server.process.send(SIGTERM)
      }
      _ = try server.process.waitForEnd()
      #expect(number > first)
      let after = try Server(in: directory)
      for update in first...number where update > 0 {
        let found = try ["left", "right"].map { try Self.isThere($0, update, on: after) }
        #expect(found[0] == found[1], "round \(round), update \(update)")
        #expect(found[0] || !acknowledged.contains(update), "round \(round), update \(update)")
      }
      after.process.send(SIGKILL)
      _ = try after.process.waitForEnd()
    }
  }
}
