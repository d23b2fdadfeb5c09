import Glibc
import Notation
import SystemIO

/// Sends many ClientHellos at once, each on its own connection, and gathers what comes back. One
/// thread, one poll: a hundred connections cost no more than their packets.
public struct HelloSweep: Sendable {
  /// How many connections one address has to bear at a time.
  public var width = 16
  /// For each connection, from its beginning.
  public var patience = TimeSpan.seconds(3)

  public init() {}

  /// Replies in the order of the questions.
  public func ask(
    _ hellos: [(address: SocketAddress, record: [UInt8])], until deadline: Deadline
  ) -> [HelloReply] {
    var replies = [HelloReply](repeating: .silent, count: hellos.count)
    var waiting = Array(hellos.indices.reversed())
    var open: [Exchange] = []
    while deadline.millisecondsLeft > 0 {
      while open.count < width, let index = waiting.popLast() {
        let (address, record) = hellos[index]
        do {
          open.append(
            Exchange(
              index: index, socket: try TCPConnection(connectingTo: address), output: record[...],
              until: min(deadline, Deadline(in: patience))))
        } catch {
          replies[index] = .unreachable("\(error)")
        }
      }
      guard !open.isEmpty else { return replies }
      var interests = open.map(\.interest)
      let pause = min(deadline, open.map(\.deadline).min() ?? deadline).millisecondsLeft
      guard poll(&interests, nfds_t(interests.count), Int32(clamping: pause)) >= 0 || errno == EINTR
      else { return replies }
      var stillOpen: [Exchange] = []
      for (position, var exchange) in open.enumerated() {
        if interests[position].revents != 0 { exchange.goOn() }
        if exchange.reply == nil, exchange.deadline.millisecondsLeft == 0 {
          exchange.reply = .silent
        }
        if let reply = exchange.reply {
          replies[exchange.index] = reply
        } else {
          stillOpen.append(exchange)
        }
      }
      open = stillOpen
    }
    return replies
  }

  private struct Exchange {
    let index: Int
    let socket: TCPConnection
    var output: ArraySlice<UInt8>
    var input: [UInt8] = []
    let deadline: Deadline
    var reply: HelloReply?
    var isConnected = false

    init(index: Int, socket: TCPConnection, output: ArraySlice<UInt8>, until deadline: Deadline) {
      self.index = index
      self.socket = socket
      self.output = output
      self.deadline = deadline
    }

    var interest: pollfd {
      pollfd(
        fd: socket.descriptor.number, events: Int16(output.isEmpty ? POLLIN : POLLOUT), revents: 0)
    }

    mutating func goOn() {
      if !isConnected {
        let code = socket.connectionError
        guard code == 0 else {
          reply = .unreachable("\(SystemError("it cannot be reached", code))")
          return
        }
        isConnected = true
      }
      if !output.isEmpty {
        switch socket.write(output) {
        case .done(let count): output = output.dropFirst(count)
        case .wouldBlock: break
        case .ended: reply = .closed
        }
        return
      }
      var buffer = [UInt8](repeating: 0, count: 4096)
      switch buffer.withUnsafeMutableBytes({ socket.read(into: $0) }) {
      case .done(let count):
        input += buffer.prefix(count)
        // A ServerHello is far below this; what is not is somebody's rubbish.
        reply = HelloReply.read(input) ?? (input.count > 40_000 ? .notTLS : nil)
      case .ended: reply = HelloReply.read(input) ?? .closed
      case .wouldBlock: break
      }
    }
  }
}
