import DNSModel
import DNSTransport
import Foundation
import Notation
import SystemIO
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
  private var path: UpdatePath?

  init(to server: SocketAddress, mishap: Mishap, every: Int) throws {
    self.server = server
    self.mishap = mishap
    self.every = every
    path = try UpdatePath(to: server) { [unowned self] in judge($0) }
  }

  var address: SocketAddress? { path?.address }

  func stop() {
    path?.stop()
    path = nil
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

  private func judge(_ message: [UInt8]) -> UpdatePath.Fate {
    lock.withLock {
      defer { updates += 1 }
      guard updates.isMultiple(of: every) else { return .delivered }
      mishaps += 1
      guard case .late = mishap else { return .replyLost }
      withheld.append(message)
      return .swallowed
    }
  }
}
