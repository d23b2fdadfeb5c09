import DNSModel
import Glibc
import Notation
import SystemIO
import TestSupport

@testable import DNSServer

/// Sends update messages to one server over UDP, signed or not. That one was done is believed only when it is
/// signed alike; what cannot be read is refused by BIND and Knot without a signature.
final class UpdateSender {
  private let socket: UDPSocket
  private let peer: SocketAddress
  private let key: TSIGKey?

  static let key = TSIGKey(
    name: "mig", algorithm: .sha256, secret: Array("secret secret secret secret!".utf8))

  init(to peer: SocketAddress, isSigned: Bool) throws {
    self.peer = peer
    key = isSigned ? Self.key : nil
    socket = try UDPSocket(bindingTo: .loopback())
    socket.becomeBlocking(wakingEvery: 2_000)
    try socket.connect(to: peer)
  }

  func send(_ message: Message) throws -> ResponseCode {
    let now = UInt64(SystemClock.wall().seconds)
    for _ in 0..<4 {
      var conversation = key.map { TSIGConversation(key: $0) }
      let bytes = message.encoded()
      socket.send(conversation?.sign(bytes, now: now) ?? bytes)
      while let (reply, _) = socket.receive() {
        let plain = try Message(parsing: reply)
        guard plain.header.id == message.header.id else { continue }
        if plain.responseCode == .noError { _ = try conversation?.verify(reply, now: now) }
        return plain.responseCode
      }
    }
    throw ProgramFailure(description: "\(peer) does not answer an update")
  }
}
