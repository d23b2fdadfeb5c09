import DNSModel
import Foundation
import SystemIO
import TestSupport
import Testing

/// A zone of a million records in the installed program, as primary and as secondary: memory stays in bounds
/// while it is sent, taken, updated and changed from end to end.
@Suite(.serialized, .enabled(if: Soak.isOn)) struct LargeZoneSoakTests {
  private static let records = 1_000_000

  private let directory = TemporaryDirectory()

  private final class Server {
    let process: ServerProcess
    let address: SocketAddress

    init(_ arguments: [String]) throws {
      process = try ServerProcess(
        try Programs.installable(), ["dns"] + arguments, lifetime: 1800)
      address = try process.wait(seconds: 120, for: "the server to listen") { [process] in
        guard process.stdout.contains("ready") else { return nil }
        let line = process.stdout.split(separator: "\n").first { $0.hasPrefix("listening ") }
        return line.flatMap { SocketAddress(parsing: $0.dropFirst(10)) }
      }
    }

    /// The most memory it has had, in MiB.
    func peak() throws -> Int {
      let path = "/proc/\(process.processIdentifier)/status"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      return try #require(line?.split(separator: " ").compactMap { Int($0) }.first) / 1024
    }

    func ask(_ name: DomainName) throws -> [UInt8]? {
      let socket = try UDPSocket(bindingTo: .loopback())
      socket.becomeBlocking(wakingEvery: 1000)
      try socket.connect(to: address)
      socket.send(Message(asking: Question(name, .a), id: 1).encoded())
      guard let (bytes, _) = socket.receive() else { return nil }
      return try Message(parsing: bytes).answers.first?.data.wire
    }

    func wait(for name: DomainName, toBe address: [UInt8]) throws {
      _ = try process.wait(seconds: 120, for: "\(name) to be \(address)") {
        try ask(name) == address ? true : nil
      }
    }
  }

  /// Each version has other addresses, at the end as well.
  private func write(version: UInt8) {
    var text = "$TTL 300\n@ IN SOA ns1 hostmaster \(version) 3600 900 86400 60\n@ IN NS ns1\n"
    text += "ns1 IN A 127.0.0.\(version)\n"
    for number in 3..<Self.records {
      text += "n\(number) IN A 192.\(version).\(number / 250 % 250).\(number % 250)\n"
    }
    text += "last IN A 192.0.2.\(version)\n"
    directory.write("zone", text)
  }

  private func start() throws -> (primary: Server, secondary: Server) {
    let port = try FreePort.next()
    let primary = try Server([
      "--zone", "example.test=\(directory.file("zone"))", "--listen", "127.0.0.1:0", "--state",
      directory.path, "--allow-transfer", "addr=127.0.0.0/8", "--allow-update",
      "zone=example.test,addr=127.0.0.0/8", "--notify", "127.0.0.1:\(port)",
    ])
    let copies = directory.file("copies")
    try FileManager.default.createDirectory(
      atPath: copies, withIntermediateDirectories: true)
    let secondary = try Server([
      "--secondary", "example.test=\(primary.address)", "--listen", "127.0.0.1:\(port)",
      "--state", directory.path, "--journal-dir", copies,
    ])
    return (primary, secondary)
  }

  @Test func memoryStaysInBounds() throws {
    write(version: 1)
    let (primary, secondary) = try start()
    try secondary.wait(for: "last.example.test", toBe: [192, 0, 2, 1])
    // Sending costs a message at a time: what both have is the zone and its compiled answers.
    let (sent, taken) = (try primary.peak(), try secondary.peak())
    #expect(sent < 700 && taken < 700, "sent \(sent), taken \(taken) MiB")
    // Changed from end to end again and again: at most three states at once, in either.
    for version: UInt8 in 2...6 {
      write(version: version)
      primary.process.send(SIGHUP)
      try secondary.wait(for: "last.example.test", toBe: [192, 0, 2, version])
    }
    let (read, followed) = (try primary.peak(), try secondary.peak())
    #expect(read < 2100 && followed < 2100, "read \(read), followed \(followed) MiB")
    print("a million records: sent \(sent), taken \(taken), read \(read), followed \(followed) MiB")
  }

  @Test func updatesOfALargeZoneCostWhatTheyChange() throws {
    write(version: 1)
    let (primary, secondary) = try start()
    try secondary.wait(for: "last.example.test", toBe: [192, 0, 2, 1])
    let before = try primary.peak()
    let socket = try UDPSocket(bindingTo: .loopback())
    socket.becomeBlocking(wakingEvery: 20_000)
    try socket.connect(to: primary.address)
    for number in 0..<500 {
      socket.send(try UpdatedServer.update(number).encoded())
      let (reply, _) = try #require(socket.receive())
      #expect(try Message(parsing: reply).responseCode == .noError)
    }
    let after = try primary.peak()
    #expect(after < before + 200, "from \(before) to \(after) MiB")
    try secondary.wait(for: "left499.example.test", toBe: [192, 0, 2, 249])
    let followed = try secondary.peak()
    #expect(followed < 1200, "\(followed) MiB")
    print("500 updates: primary from \(before) to \(after), secondary \(followed) MiB")
  }
}
