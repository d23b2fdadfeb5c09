import SystemIO

/// One message and its answer over a TCP connection of its own (RFC 7766: two bytes of length first).
final class StreamQuestion {
  enum Outcome {
    case reply([UInt8])
    case failed(DNSFailure.Reason, mayHaveArrived: Bool)
  }

  private let loop: EventLoop
  private let connection: TCPConnection
  private let isDone: (Outcome) -> Void
  private var outgoing: ArraySlice<UInt8>
  private var incoming: [UInt8] = []
  private var isConnected = false
  private var hasSent = false
  private var isOver = false

  init(
    _ loop: EventLoop, to server: SocketAddress, sending bytes: [UInt8],
    then isDone: @escaping (Outcome) -> Void
  ) throws(SystemError) {
    self.loop = loop
    self.isDone = isDone
    let count = UInt16(clamping: bytes.count)
    outgoing = ([UInt8(count >> 8), UInt8(count & 0xFF)] + bytes)[...]
    connection = try TCPConnection(connectingTo: server)
    try loop.add(connection.descriptor, .writable) { [unowned self] interest in
      self.proceed(interest)
    }
  }

  func cancel() {
    guard !isOver else { return }
    isOver = true
    loop.remove(connection.descriptor)
  }

  private func end(_ outcome: Outcome) {
    guard !isOver else { return }
    // The loop's closure is all that may hold us here: stay until the outcome is told.
    withExtendedLifetime(self) {
      cancel()
      isDone(outcome)
    }
  }

  private func proceed(_ interest: EventLoop.Interest) {
    if !isConnected {
      let error = connection.connectionError
      guard error == 0 else {
        let why = SystemError("TCP", error).description
        end(.failed(.unreachable(why), mayHaveArrived: false))
        return
      }
      isConnected = true
    }
    if !outgoing.isEmpty { write() } else { read() }
  }

  private func write() {
    while !outgoing.isEmpty {
      switch connection.write(outgoing) {
      case .done(let count):
        hasSent = true
        outgoing = outgoing.dropFirst(count)
      case .wouldBlock: return
      case .ended:
        end(.failed(.closed, mayHaveArrived: hasSent))
        return
      }
    }
    do throws(SystemError) {
      try loop.change(connection.descriptor, to: .readable)
    } catch {
      end(.failed(.unreachable(error.description), mayHaveArrived: true))
    }
  }

  private func read() {
    while true {
      var transfer = TCPConnection.Transfer.wouldBlock
      let piece = [UInt8](unsafeUninitializedCapacity: 16384) { buffer, count in
        transfer = connection.read(into: UnsafeMutableRawBufferPointer(buffer))
        if case .done(let got) = transfer { count = got }
      }
      switch transfer {
      case .done: incoming += piece
      case .wouldBlock: return
      case .ended:
        end(.failed(.closed, mayHaveArrived: true))
        return
      }
      guard incoming.count >= 2 else { continue }
      let length = Int(incoming[0]) << 8 | Int(incoming[1])
      if incoming.count >= 2 + length {
        end(.reply(Array(incoming[2..<(2 + length)])))
        return
      }
    }
  }
}
