import Glibc
import Notation
import SystemIO

/// Takes TCP connections on loopback, each on a thread of its own, does what the test says and closes.
public final class PlainServer: @unchecked Sendable {
  public let address: SocketAddress
  private let isStopping = Mutex(false)
  private var thread: Thread?

  public init(
    _ serve: @escaping @Sendable (TCPConnection, _ until: Deadline) -> Void
  ) throws {
    let listener = try TCPListener(bindingTo: .loopback())
    address = listener.address
    let isStopping = isStopping
    thread = try Thread("plain-test") { @Sendable in
      var threads: [Thread] = []
      while !isStopping.withLock({ $0 }) {
        var interest = pollfd(fd: listener.descriptor.number, events: Int16(POLLIN), revents: 0)
        poll(&interest, 1, 50)
        guard case .connection(let socket) = listener.accept() else { continue }
        let work: @Sendable () -> Void = { serve(socket, Deadline(in: .seconds(20))) }
        if let thread = try? Thread("plain-test", work) { threads.append(thread) }
      }
      for thread in threads { thread.join() }
    }
  }

  public func stop() {
    isStopping.withLock { $0 = true }
    thread?.join()
    thread = nil
  }

  /// Reads and says nothing until the other side ends.
  public static func rest(_ socket: TCPConnection, _ until: Deadline) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while until.millisecondsLeft > 0 {
      var interest = pollfd(fd: socket.descriptor.number, events: Int16(POLLIN), revents: 0)
      poll(&interest, 1, 100)
      if case .ended = buffer.withUnsafeMutableBytes({ socket.read(into: $0) }) { return }
    }
  }
}
