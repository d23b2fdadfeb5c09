import Glibc
import Notation
import SystemIO

/// One message to one server over TCP, and its answer. Unlike a question over UDP it is sent once:
/// the caller learns whether the server can have seen it, which decides what a failure means (R17).
public enum StreamExchange {
  public enum Outcome: Hashable, Sendable {
    case answered([UInt8])
    /// Not one byte left.
    case notSent(String)
    /// It may have arrived, and nothing came back.
    case unanswered(String)
  }

  public static func ask(
    _ message: [UInt8], of server: SocketAddress, within patience: TimeSpan
  ) -> Outcome {
    let end = SystemClock.sinceBoot() + patience
    guard let count = UInt16(exactly: message.count) else {
      return .notSent("the message is larger than DNS allows")
    }
    let connection: TCPConnection
    do {
      connection = try TCPConnection(connectingTo: server)
    } catch {
      return .notSent("\(error)")
    }
    guard wait(connection, for: POLLOUT, until: end) else {
      return .notSent("\(server) does not answer")
    }
    // Asked once: the kernel forgets an error that it has told.
    let code = connection.connectionError
    guard code == 0 else {
      let error = SystemError("\(server) cannot be reached", code)
      return .notSent("\(error)")
    }
    var rest = ([UInt8(count >> 8), UInt8(count & 0xFF)] + message)[...]
    while !rest.isEmpty {
      switch connection.write(rest) {
      case .done(let sent): rest = rest.dropFirst(sent)
      case .wouldBlock where wait(connection, for: POLLOUT, until: end): continue
      default: return .unanswered("\(server) broke off while it was being asked")
      }
    }
    return receive(connection, from: server, until: end)
  }

  private static func receive(
    _ connection: TCPConnection, from server: SocketAddress, until end: TimeSpan
  ) -> Outcome {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65537)
    while true {
      if bytes.count >= 2 {
        let length = Int(bytes[0]) << 8 | Int(bytes[1])
        if bytes.count >= length + 2 { return .answered(Array(bytes[2..<(length + 2)])) }
      }
      guard wait(connection, for: POLLIN, until: end) else {
        return .unanswered("\(server) did not answer in time")
      }
      switch chunk.withUnsafeMutableBytes({ connection.read(into: $0) }) {
      case .done(let count): bytes += chunk.prefix(count)
      case .wouldBlock: continue
      case .ended: return .unanswered("\(server) hung up without an answer")
      }
    }
  }

  private static func wait(
    _ connection: TCPConnection, for events: Int32, until end: TimeSpan
  ) -> Bool {
    while true {
      let left = end - SystemClock.sinceBoot()
      guard left > .zero else { return false }
      var wait = pollfd(fd: connection.descriptor.number, events: Int16(events), revents: 0)
      let count = poll(&wait, 1, Int32(clamping: min(left, .seconds(60)).milliseconds))
      if count > 0 { return true }
      if count < 0, errno != EINTR { return false }
    }
  }
}
