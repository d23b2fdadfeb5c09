import DNSModel
import Foundation
import Glibc
import SystemIO

/// A DNS server that does exactly what a test tells it, wrongs included: UDP and TCP on one port of
/// 127.0.0.1, each message answered by a closure.
public final class ScriptedServer: Sendable {
  public struct Reply: Sendable {
    public var bytes: [UInt8]
    /// Send it from a second socket: an address that was not asked.
    public var fromElsewhere = false

    public init(_ bytes: [UInt8], fromElsewhere: Bool = false) {
      self.bytes = bytes
      self.fromElsewhere = fromElsewhere
    }
  }

  public typealias Script = @Sendable (_ query: [UInt8], _ overTCP: Bool) -> [Reply]

  public let address: SocketAddress
  private let core: Core
  private let thread: SystemIO.Thread

  public init(_ script: @escaping Script) throws {
    let core = try Core(script)
    self.core = core
    address = core.udp.address
    try core.start()
    thread = try SystemIO.Thread("scripted") { core.loop.run() }
  }

  /// Answers with messages.
  public convenience init(
    answering answer: @escaping @Sendable (_ query: Message, _ overTCP: Bool) -> Message?
  ) throws {
    try self.init { bytes, overTCP in
      guard let query = try? Message(parsing: bytes), let reply = answer(query, overTCP) else {
        return []
      }
      return [Reply(reply.encoded())]
    }
  }

  deinit {
    core.loop.stop()
    thread.join()
    core.end()
  }

  /// What the server's thread works with: it lives until that has ended, whoever lets go of the server.
  private final class Core: @unchecked Sendable {
    let udp: UDPSocket
    let loop: EventLoop
    private let elsewhere: UDPSocket
    private let listener: TCPListener
    private let script: Script
    private var connections: [Int32: TCPConnection] = [:]

    init(_ script: @escaping Script) throws {
      self.script = script
      var pair: (UDPSocket, TCPListener)?
      for _ in 0..<50 where pair == nil {
        let socket = try UDPSocket(bindingTo: .loopback())
        if let listener = try? TCPListener(bindingTo: socket.address) { pair = (socket, listener) }
      }
      guard let pair else { throw ProgramFailure(description: "no free port for a server") }
      (udp, listener) = pair
      elsewhere = try UDPSocket(bindingTo: .loopback())
      loop = try EventLoop()
    }

    func start() throws {
      try loop.add(udp.descriptor, .readable) { _ in self.serveDatagrams() }
      try loop.add(listener.descriptor, .readable) { _ in self.accept() }
    }

    /// The loop's closures hold us: without this we would stay for ever.
    func end() {
      loop.remove(udp.descriptor)
      loop.remove(listener.descriptor)
      for connection in connections.values { loop.remove(connection.descriptor) }
      connections = [:]
    }

    private func serveDatagrams() {
      while let (bytes, peer) = udp.receive() {
        for reply in script(bytes, false) {
          (reply.fromElsewhere ? elsewhere : udp).send(reply.bytes, to: peer)
        }
      }
    }

    private func accept() {
      while case .connection(let connection) = listener.accept() {
        connections[connection.descriptor.number] = connection
        try? loop.add(connection.descriptor, .readable) { _ in self.serve(connection) }
      }
    }

    private func serve(_ connection: TCPConnection) {
      var buffer = [UInt8](repeating: 0, count: 65537)
      let transfer = buffer.withUnsafeMutableBytes { connection.read(into: $0) }
      guard case .done(let count) = transfer, count > 2 else {
        loop.remove(connection.descriptor)
        connections[connection.descriptor.number] = nil
        return
      }
      for reply in script(Array(buffer[2..<count]), true) {
        let length = reply.bytes.count
        _ = connection.write(([UInt8(length >> 8), UInt8(length & 0xFF)] + reply.bytes)[...])
      }
    }
  }
}

extension Message {
  /// The beginning of a reply to this question.
  public func reply(
    authoritative: Bool = true, code: ResponseCode = .noError, _ answers: [ResourceRecord] = []
  ) -> Message {
    var reply = Message(questions: questions, answers: answers, responseCode: code)
    reply.header.id = header.id
    reply.header.isResponse = true
    reply.header.isAuthoritative = authoritative
    reply.edns = edns == nil ? nil : EDNS()
    return reply
  }
}
