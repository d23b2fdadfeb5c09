import DNSModel
import DNSTransport
import Notation
import SystemIO

/// A small caching resolver with one habit, on UDP: it answers one question after the other.
public final class HabitResolver: @unchecked Sendable {
  public let address: SocketAddress
  private let socket: UDPSocket
  private let authorityPort: UInt16
  private let recursion: Mutex<Recursion>
  private let stops = Mutex(false)
  private var thread: Thread?

  /// Answers at once. Every authority but none of the questions goes to `authorityPort`.
  public init(
    _ habit: ResolverHabit, at address: SocketAddress, root: IPAddress, authorityPort: UInt16
  ) throws(SystemError) {
    socket = try UDPSocket(bindingTo: address)
    self.address = socket.address
    self.authorityPort = authorityPort
    recursion = Mutex(Recursion(habit: habit, root: root))
    socket.becomeBlocking(wakingEvery: 100)
    thread = try Thread("resolver") { [unowned self] in
      while !stops.withLock({ $0 }) { serveOne() }
    }
  }

  public func stop() {
    stops.withLock { $0 = true }
    thread?.join()
  }

  deinit { stop() }

  /// What it would say without asking anybody, and for how long.
  public func holds(_ name: DomainName) -> (target: DomainName, left: TTL)? {
    let now = SystemClock.sinceBoot()
    let hit = recursion.withLock { $0.cache.find(name, .cname, at: now) }
    guard let hit, case .records(let data) = hit.content, let target = data.first?.cnameTarget
    else { return nil }
    return (target, hit.left)
  }

  private func serveOne() {
    guard let (bytes, peer) = socket.receive(limit: 4096),
      let request = try? Message(parsing: bytes), !request.header.isResponse,
      let question = request.questions.first, request.header.opcode == .query
    else { return }
    let port = authorityPort
    let reply = recursion.withLock {
      $0.resolve(question, at: SystemClock.sinceBoot()) { question, address in
        Self.ask(question, address, port)
      }
    }
    var header = MessageHeader(id: request.header.id)
    header.isResponse = true
    header.recursionDesired = request.header.recursionDesired
    header.recursionAvailable = true
    let answer = Message(
      header: header, questions: [question], answers: reply.records,
      edns: request.edns == nil ? nil : EDNS(), responseCode: reply.code)
    socket.send(answer.encoded(limit: 1232), to: peer)
  }

  private static func ask(
    _ question: Question, _ address: IPAddress, _ port: UInt16
  ) -> Recursion.Answer {
    guard let server = SocketAddress(address: address.bytes, port: port) else { return .silence }
    var request = DNSRequest(question, to: server)
    request.attempts = 2
    request.patience = .milliseconds(300)
    let answer = try? DNSExchange.perform(request, within: .milliseconds(1000))
    return answer.map { .message($0.message) } ?? .silence
  }
}
