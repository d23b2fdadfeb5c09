import DNSModel
import Glibc
import Notation
import SystemIO
import TestSupport

@testable import DNSServer

/// A server of ours on a free port of the loopback, and clients that may misbehave.
final class ServedOnLoopback: Sendable {
  let server: NameServer
  var address: SocketAddress { server.addresses[0] }

  init(_ zones: [Zone], _ adjust: (inout NameServer.Configuration) -> Void = { _ in }) throws {
    var configuration = NameServer.Configuration(addresses: [.loopback()])
    adjust(&configuration)
    server = try NameServer(configuration, shelf: ZoneShelf(zones))
    try server.start()
  }

  deinit { server.stop() }

  /// Over UDP; nil when nothing comes.
  func ask(_ bytes: [UInt8], milliseconds: Int = 5000, from peer: SocketAddress = .loopback())
    throws -> [UInt8]?
  {
    let socket = try UDPSocket(bindingTo: peer)
    socket.becomeBlocking(wakingEvery: milliseconds)
    try socket.connect(to: address)
    socket.send(bytes)
    return socket.receive()?.bytes
  }

  func ask(_ question: Question, id: UInt16 = 77) throws -> Message? {
    try ask(Message(asking: question, id: id).encoded()).map { bytes throws in
      try Message(parsing: bytes)
    }
  }
}

/// A TCP client that does exactly what it is told.
final class BareClient {
  let connection: TCPConnection
  private var input: [UInt8] = []
  private(set) var hasEnded = false

  init(to address: SocketAddress) throws {
    connection = try TCPConnection(connectingTo: address)
    wait(POLLOUT)
    guard connection.connectionError == 0 else {
      throw SystemError("\(address)", connection.connectionError)
    }
  }

  private func wait(_ events: Int32, milliseconds: Int32 = 10_000) {
    var ready = pollfd(fd: connection.descriptor.number, events: Int16(events), revents: 0)
    _ = poll(&ready, 1, milliseconds)
  }

  static func framed(_ message: [UInt8]) -> [UInt8] {
    [UInt8(message.count >> 8), UInt8(truncatingIfNeeded: message.count)] + message
  }

  /// False when the server has gone.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      switch connection.write(rest) {
      case .done(let count): rest = rest.dropFirst(count)
      case .wouldBlock: wait(POLLOUT)
      case .ended: return false
      }
    }
    return true
  }

  /// The next whole message; nil when the connection ends or nothing comes.
  func message(milliseconds: Int32 = 10_000) -> [UInt8]? {
    let end = SystemClock.sinceBoot() + TimeSpan.milliseconds(Int64(milliseconds))
    while true {
      if input.count >= 2 {
        let length = Int(input[0]) << 8 | Int(input[1])
        if input.count >= 2 + length {
          defer { input.removeFirst(2 + length) }
          return Array(input[2..<(2 + length)])
        }
      }
      guard !hasEnded, SystemClock.sinceBoot() < end else { return nil }
      read()
    }
  }

  /// Whether the server ends the connection within the time.
  func isEnded(withinMilliseconds milliseconds: Int64) -> Bool {
    let end = SystemClock.sinceBoot() + TimeSpan.milliseconds(milliseconds)
    while !hasEnded, SystemClock.sinceBoot() < end { read() }
    return hasEnded
  }

  private func read() {
    wait(POLLIN, milliseconds: 100)
    var buffer = [UInt8](repeating: 0, count: 65_536)
    switch buffer.withUnsafeMutableBytes({ connection.read(into: $0) }) {
    case .done(let count): input += buffer[..<count]
    case .wouldBlock: break
    case .ended: hasEnded = true
    }
  }
}
