import Glibc
import Notation
import SystemIO

/// A TCP client that does exactly what it is told.
public final class BareClient {
  public let connection: TCPConnection
  private var input: [UInt8] = []
  public private(set) var hasEnded = false

  public init(to address: SocketAddress) throws {
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

  public static func framed(_ message: [UInt8]) -> [UInt8] {
    [UInt8(message.count >> 8), UInt8(truncatingIfNeeded: message.count)] + message
  }

  /// False when the server has gone.
  @discardableResult
  public func send(_ bytes: [UInt8]) -> Bool {
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
  public func message(milliseconds: Int32 = 10_000) -> [UInt8]? {
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
  public func isEnded(withinMilliseconds milliseconds: Int64) -> Bool {
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
