#if canImport(TLSToolkit)
  import Glibc
  import Notation
  import SystemIO
  import TLSToolkit

  /// Takes TLS connections on loopback, one after the other, and does with each what the test says;
  /// by default it sends back what it gets.
  public final class EchoServer: @unchecked Sendable {
    public let address: SocketAddress
    private let listener: TCPListener
    private let stopping: Descriptor
    private let stopped: Descriptor
    private var thread: Thread?

    public init(
      _ context: TLSContext, at address: SocketAddress = .loopback(),
      serve: @escaping @Sendable (TLSConnection) throws -> Void = EchoServer.echo
    ) throws {
      let listener = try TCPListener(bindingTo: address)
      self.listener = listener
      self.address = listener.address
      var pair: [Int32] = [0, 0]
      pipe(&pair)
      stopped = Descriptor(owning: pair[0])
      stopping = Descriptor(owning: pair[1])
      let watched = stopped
      thread = try Thread("tls-test") { @Sendable in
        while Self.awaitConnection(listener, watched) {
          guard case .connection(let socket) = listener.accept() else { continue }
          // A client that hangs up or does not trust us is the client's affair.
          if let connection = try? TLSConnection(
            accepted: socket, context, until: Deadline(in: .seconds(10)))
          {
            try? serve(connection)
            connection.close()
          }
        }
      }
    }

    public func stop() {
      var byte: UInt8 = 1
      write(stopping.number, &byte, 1)
      thread?.join()
    }

    public static func echo(_ connection: TLSConnection) throws {
      let deadline = Deadline(in: .seconds(10))
      while let bytes = try connection.receive(until: deadline) {
        try connection.send(bytes, until: deadline)
      }
    }

    private static func awaitConnection(_ listener: TCPListener, _ stopped: Descriptor) -> Bool {
      var interests = [
        pollfd(fd: listener.descriptor.number, events: Int16(POLLIN), revents: 0),
        pollfd(fd: stopped.number, events: Int16(POLLIN), revents: 0),
      ]
      poll(&interests, 2, 60_000)
      return interests[1].revents == 0
    }
  }
#endif
