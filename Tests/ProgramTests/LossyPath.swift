import DNSModel
import DNSTransport
import Foundation
import Glibc
import Notation
import SystemIO
import TestBeds
import TestSupport

/// Lies between a provider and its server, and keeps updates from going through in order: the reply is lost,
/// or the update itself arrives when nobody waits for it any more.
final class LossyPath: @unchecked Sendable {
  enum Mishap: Hashable, Sendable {
    case replyLost
    /// Taken from the sender, and delivered so much later on the test's clock.
    case late(TimeSpan)
  }

  private let lock = NSLock()
  private let server: SocketAddress
  private let mishap: Mishap
  /// Every so many updates, from the first on, have the mishap.
  private let every: Int
  private var updates = 0
  private var withheld: [[UInt8]] = []
  private var onTheWay: [(bytes: [UInt8], arrival: UTCInstant)] = []
  /// What the server said of those that came late.
  private(set) var lateReplies: [ResponseCode] = []
  private(set) var mishaps = 0
  private var proxy: PlainServer?

  init(to server: SocketAddress, mishap: Mishap, every: Int) throws {
    self.server = server
    self.mishap = mishap
    self.every = every
    proxy = try PlainServer { [unowned self] in carry($0, $1) }
  }

  var address: SocketAddress? { proxy?.address }

  func stop() {
    proxy?.stop()
    proxy = nil
  }

  /// When the next of those on their way arrives.
  var nextArrival: UTCInstant? { onTheWay.map(\.arrival).min() }

  /// Hands over what has arrived by now; called between any two turns of the engine.
  func deliver(at now: UTCInstant) throws {
    if case .late(let delay) = mishap {
      let fresh = lock.withLock {
        defer { withheld = [] }
        return withheld
      }
      onTheWay += fresh.map { ($0, now + delay) }
    }
    for (bytes, _) in onTheWay.filter({ $0.arrival <= now }) {
      guard case .answered(let reply) = StreamExchange.ask(bytes, of: server, within: .seconds(10))
      else { throw ProgramFailure(description: "the late update was not answered") }
      lateReplies.append(try Message(parsing: reply).responseCode)
    }
    onTheWay.removeAll { $0.arrival <= now }
  }

  private func carry(_ socket: TCPConnection, _ until: Deadline) {
    guard let message = receive(socket, until) else { return }
    let isUpdate = message.count > 2 && message[2] >> 3 & 0xF == 5
    let hasMishap = lock.withLock {
      guard isUpdate else { return false }
      defer { updates += 1 }
      guard updates.isMultiple(of: every) else { return false }
      mishaps += 1
      if case .late = mishap { withheld.append(message) }
      return true
    }
    if hasMishap, mishap != .replyLost { return }
    guard case .answered(let reply) = StreamExchange.ask(message, of: server, within: .seconds(10)),
      !hasMishap
    else { return }
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
