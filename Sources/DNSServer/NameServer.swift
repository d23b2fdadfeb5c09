import DNSModel
import Notation
import Synchronization
import SystemIO

/// The server: sockets and threads around a `ZoneShelf`.
public final class NameServer: Sendable {
  public struct Configuration: Sendable {
    /// Port 0: one the kernel chooses, the same for UDP and TCP.
    public var addresses: [SocketAddress]
    /// UDP sockets for each address, each with a thread.
    public var threads: Int
    public var version: String
    public var patience: TimeSpan = .seconds(10)
    public var connectionLimit = 4096
    public var log: QueryLog?

    public init(addresses: [SocketAddress], threads: Int = 1, version: String = "test") {
      self.addresses = addresses
      self.threads = threads
      self.version = version
    }
  }

  public let shelf: ZoneShelf
  public let faults: FaultBoard
  /// Where it listens, the real ports included.
  public let addresses: [SocketAddress]
  private let context: ServerContext
  private let loop: EventLoop
  private let workers: [UDPWorker]
  private let service: TCPService
  private let threads = SystemIO.Mutex<[Thread]>([])

  /// Binds everything; nothing is answered before `start`.
  public init(
    _ configuration: Configuration, shelf: ZoneShelf,
    handler: any RequestHandler = RefusingHandler()
  ) throws(SystemError) {
    self.shelf = shelf
    faults = FaultBoard(history: shelf.history)
    loop = try EventLoop()
    context = ServerContext(
      shelf: shelf, handler: handler, version: configuration.version, faults: faults,
      log: configuration.log)
    var listeners: [TCPListener] = []
    var workers: [UDPWorker] = []
    for address in configuration.addresses {
      let (listener, sockets) = try Self.bind(address, threads: max(1, configuration.threads))
      listeners.append(listener)
      for socket in sockets { workers.append(UDPWorker(socket, context, loop)) }
    }
    addresses = listeners.map(\.address)
    self.workers = workers
    service = try TCPService(
      listeners, context, loop,
      limits: TCPService.Limits(
        patience: configuration.patience, connections: configuration.connectionLimit))
  }

  /// TCP first; where the kernel chose the port, UDP may find it taken, and another is tried.
  private static func bind(
    _ address: SocketAddress, threads: Int
  ) throws(SystemError) -> (TCPListener, [UDPSocket]) {
    var attempts = address.port == 0 ? 20 : 1
    while true {
      let listener = try TCPListener(bindingTo: address)
      do throws(SystemError) {
        var sockets: [UDPSocket] = []
        for _ in 0..<threads {
          sockets.append(
            try UDPSocket(bindingTo: listener.address, sharesPort: threads > 1))
        }
        return (listener, sockets)
      } catch {
        attempts -= 1
        if attempts == 0 { throw error }
      }
    }
  }

  /// Answers from now on.
  public func start() throws(SystemError) {
    var started: [Thread] = []
    for worker in workers { started.append(try Thread("dns-udp") { worker.run() }) }
    let loop = loop
    started.append(try Thread("dns-tcp") { loop.run() })
    threads.withLock { $0 = started }
  }

  /// Stops taking questions, finishes what was taken, and returns when all threads have ended, after
  /// `patience` at the latest for those who do not take their answers.
  public func stop(within patience: TimeSpan = .seconds(2)) {
    for worker in workers { worker.stop() }
    let (loop, service) = (loop, service)
    loop.post {
      service.drain()
      Self.stopWhenEmpty(loop, service, until: SystemClock.sinceBoot() + patience)
    }
    for thread in threads.withLock({ $0 }) { thread.join() }
    threads.withLock { $0 = [] }
    context.log?.flush()
  }

  private static func stopWhenEmpty(
    _ loop: EventLoop, _ service: TCPService, until end: TimeSpan
  ) {
    guard service.connectionCount > 0, SystemClock.sinceBoot() < end else { return loop.stop() }
    service.drain()
    loop.after(.milliseconds(10)) { stopWhenEmpty(loop, service, until: end) }
  }

  public var version: String { context.version }

  public var totals: ServerTotals {
    var totals = ServerTotals()
    for worker in workers { worker.counters.add(to: &totals) }
    service.counters.add(to: &totals)
    return totals
  }
}
