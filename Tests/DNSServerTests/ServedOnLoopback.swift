import DNSModel
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
