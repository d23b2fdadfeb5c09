import DNSModel
import Foundation
import SystemIO
import TestSupport
import Testing

/// `cutover dns` with a zone that anybody on the loopback may update, in a process of its own. Each update
/// adds two names that belong together.
final class UpdatedServer {
  let process: ServerProcess
  let address: SocketAddress

  static let zone = """
    $TTL 300
    @ IN SOA ns1.example.test. hostmaster.example.test. 1 3600 900 86400 60
    @ IN NS ns1
    ns1 IN A 127.0.0.1

    """

  /// `folder` holds the zone file. `wrapper`: what is to run it, if anything.
  init(
    zoneIn folder: String, state: TemporaryDirectory, wrapper: [String] = [],
    environment: [String: String] = [:]
  ) throws {
    let command =
      wrapper + [
        try Programs.cutover(), "dns", "--zone", "example.test=\(folder)/zone", "--listen",
        "127.0.0.1:0", "--allow-update", "addr=127.0.0.0/8", "--state", state.path,
      ]
    process = try ServerProcess(
      command[0], Array(command.dropFirst()), environment: environment)
    address = try process.wait(for: "the server to listen") { [process] in
      guard process.stdout.contains("ready") else { return nil }
      let line = process.stdout.split(separator: "\n").first { $0.hasPrefix("listening ") }
      return line.flatMap { SocketAddress(parsing: String($0.dropFirst(10))) }
    }
  }

  /// The response; nil when none comes.
  func ask(_ message: Message) throws -> Message? {
    try answer(on: try Self.sent(message, to: address))
  }

  /// Those of the updates that are acknowledged, when all are sent before the first answer is waited for.
  func acknowledged(of numbers: [Int], padding: Int = 0) throws -> [Int] {
    let sockets = try numbers.map {
      try Self.sent(try Self.update($0, padding: padding), to: address)
    }
    return try zip(numbers, sockets).filter { try answer(on: $1)?.responseCode == .noError }.map(
      \.0)
  }

  /// The same over one connection, which keeps their order.
  func acknowledgedInOrder(of numbers: [Int]) throws -> [Int] {
    // Whoever cannot connect found it dead.
    guard let client = try? BareClient(to: address) else { return [] }
    client.send(try numbers.flatMap { BareClient.framed(try Self.update($0).encoded()) })
    var acknowledged: [Int] = []
    for _ in numbers {
      guard let reply = client.message() else { break }
      let message = try Message(parsing: reply)
      if message.responseCode == .noError { acknowledged.append(Int(message.header.id)) }
    }
    return acknowledged
  }

  static func sent(_ message: Message, to address: SocketAddress) throws -> UDPSocket {
    let socket = try UDPSocket(bindingTo: .loopback())
    try socket.connect(to: address)
    socket.send(message.encoded())
    return socket
  }

  private func answer(on socket: UDPSocket) throws -> Message? {
    for _ in 0..<8000 {
      if let (bytes, _) = socket.receive() { return try Message(parsing: bytes) }
      guard process.isRunning else { return nil }
      usleep(250)
    }
    return nil
  }

  private static func name(_ side: String, _ number: Int) throws -> DomainName {
    try DomainName(parsing: "\(side)\(number).example.test")
  }

  /// `padding`: bytes of text that come with it.
  static func update(_ number: Int, padding: Int = 0) throws -> Message {
    var header = MessageHeader(id: UInt16(truncatingIfNeeded: number))
    header.opcode = .update
    let data = RecordData(type: .a, wire: [192, 0, 2, UInt8(number % 250)])
    var updates = try ["left", "right"].map {
      ResourceRecord(owner: try name($0, number), ttl: TTL(clamping: 60), data: data)
    }
    if padding > 0 {
      let strings = [[UInt8]](
        repeating: [200] + [UInt8](repeating: 120, count: 200), count: padding / 201 + 1)
      updates.append(
        ResourceRecord(
          owner: try name("text", number), ttl: TTL(clamping: 60),
          data: RecordData(type: .txt, wire: strings.flatMap { $0 })))
    }
    return Message(
      header: header, questions: [Question("example.test", .soa)], authorities: updates)
  }

  func isThere(_ side: String, _ number: Int) throws -> Bool {
    let question = Question(try Self.name(side, number), .a)
    let answer = try #require(try ask(Message(asking: question, id: 1)))
    return !answer.answers.isEmpty
  }

  /// Of the updates those that are there; each must be whole.
  func found(of numbers: some Sequence<Int>, _ comment: String) throws -> [Int] {
    try numbers.filter { number in
      let sides = try ["left", "right"].map { try isThere($0, number) }
      #expect(sides[0] == sides[1], "update \(number) is there in half: \(comment)")
      return sides[0]
    }
  }

  func serial() throws -> Int? {
    let answer = try ask(Message(asking: Question("example.test", .soa), id: 1))
    return (answer?.answers.first?.data.soa?.serial.number).map(Int.init)
  }

  func kill() throws {
    process.send(SIGKILL)
    _ = try process.waitForEnd()
  }

  /// Asks it to end, and gives its status.
  func end() throws -> Int32 {
    process.send(SIGTERM)
    return try process.waitForEnd()
  }
}
