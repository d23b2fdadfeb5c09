import DNSTransport
import Glibc
import Notation
import SystemIO
import TestBeds

/// Lies between a provider and its server: what becomes of each update is for a test to say. All else goes
/// through.
final class UpdatePath: @unchecked Sendable {
  enum Fate {
    case delivered, swallowed
    /// It takes hold, and whoever sent it does not hear of that.
    case replyLost
  }

  private let server: SocketAddress
  private let judge: @Sendable ([UInt8]) -> Fate
  /// Told of each update that was delivered, before any reply is passed on.
  private let afterwards: @Sendable ([UInt8]) -> Void
  private var proxy: PlainServer?

  init(
    to server: SocketAddress, afterwards: @escaping @Sendable ([UInt8]) -> Void = { _ in },
    _ judge: @escaping @Sendable ([UInt8]) -> Fate
  ) throws {
    self.server = server
    self.judge = judge
    self.afterwards = afterwards
    proxy = try PlainServer { [unowned self] in carry($0, $1) }
  }

  var address: SocketAddress? { proxy?.address }

  func stop() {
    proxy?.stop()
    proxy = nil
  }

  private func carry(_ socket: TCPConnection, _ until: Deadline) {
    guard let message = receive(socket, until) else { return }
    let isUpdate = message.count > 2 && message[2] >> 3 & 0xF == 5
    let fate = isUpdate ? judge(message) : .delivered
    if fate == .swallowed { return }
    guard case .answered(let reply) = StreamExchange.ask(message, of: server, within: .seconds(10))
    else { return }
    if isUpdate { afterwards(message) }
    if fate == .replyLost { return }
    var rest = ([UInt8(reply.count >> 8), UInt8(reply.count & 0xFF)] + reply)[...]
    while !rest.isEmpty, until.millisecondsLeft > 0 {
      if case .done(let sent) = socket.write(rest) {
        rest = rest.dropFirst(sent)
      } else {
        usleep(500)
      }
    }
  }

  private func receive(_ socket: TCPConnection, _ until: Deadline) -> [UInt8]? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_537)
    while until.millisecondsLeft > 0 {
      if bytes.count >= 2 {
        let length = Int(bytes[0]) << 8 | Int(bytes[1])
        if bytes.count >= length + 2 { return Array(bytes[2..<(length + 2)]) }
      }
      switch chunk.withUnsafeMutableBytes({ socket.read(into: $0) }) {
      case .done(let count): bytes += chunk.prefix(count)
      case .wouldBlock: usleep(500)
      default: return nil
      }
    }
    return nil
  }
}
