import Notation
import SystemIO

/// All TCP connections, on one thread. Everything but `init` and `drain` runs there.
final class TCPService: @unchecked Sendable {
  struct Limits: Sendable {
    /// Without a whole message, or without taking what we send, a connection lasts this long
    /// (RFC 7766 §6.2.3: of the order of seconds).
    var patience: TimeSpan = .seconds(10)
    /// Beyond it the connection that was quiet longest is closed (§6.2.2).
    var connections = 4096
  }

  private final class Peer {
    let connection: TCPConnection
    let address: SocketAddress
    var session = TCPSession()
    /// When it last sent a whole message or took bytes: not when it dribbled.
    var lastProgress: TimeSpan

    init(_ connection: TCPConnection, _ address: SocketAddress, _ now: TimeSpan) {
      self.connection = connection
      self.address = address
      lastProgress = now
    }
  }

  let counters = ThreadCounters()
  private let loop: EventLoop
  private let context: ServerContext
  private let limits: Limits
  private var listeners: [TCPListener]
  private var peers: [Int32: Peer] = [:]
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  private let scratch = UnsafeMutablePointer<UInt8>.allocate(capacity: CompiledQuery.scratchSize)
  private let page = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 4608)

  init(
    _ listeners: [TCPListener], _ context: ServerContext, _ loop: EventLoop, limits: Limits
  ) throws(SystemError) {
    self.listeners = listeners
    self.context = context
    self.loop = loop
    self.limits = limits
    for listener in listeners {
      try loop.add(listener.descriptor, .readable) { [unowned self] _ in accept(from: listener) }
    }
    sweep()
  }

  deinit {
    buffer.deallocate()
    scratch.deallocate()
    page.deallocate()
  }

  var connectionCount: Int { peers.count }

  /// Takes no more connections; ends those that have nothing to be said any more.
  func drain() {
    for listener in listeners { loop.remove(listener.descriptor) }
    listeners = []
    for peer in Array(peers.values) where !peer.session.wantsToSend && peer.session.awaited == 0 {
      close(peer)
    }
  }

  // MARK: Coming and going

  private func accept(from listener: TCPListener) {
    // A few at a time: those who are connected must not wait for a flood of others.
    for _ in 0..<64 {
      switch listener.accept() {
      case .none: return
      case .exhausted:
        closeQuietest()
        return
      case .connection(let connection):
        guard let address = connection.descriptor.peerAddress else { continue }
        if peers.count >= limits.connections { closeQuietest() }
        let peer = Peer(connection, address, SystemClock.sinceBoot())
        guard
          (try? loop.add(connection.descriptor, .readable) { [unowned self] interest in
            serve(peer, interest)
          }) != nil
        else { continue }
        peers[connection.descriptor.number] = peer
      }
    }
  }

  private func close(_ peer: Peer) {
    let number = peer.connection.descriptor.number
    guard peers[number] === peer else { return }
    loop.remove(peer.connection.descriptor)
    peers[number] = nil
  }

  private func closeQuietest() {
    guard let quietest = peers.values.min(by: { $0.lastProgress < $1.lastProgress }) else { return }
    close(quietest)
  }

  private func sweep() {
    let now = SystemClock.sinceBoot()
    for peer in Array(peers.values)
    where now - peer.lastProgress > limits.patience && peer.session.awaited == 0 {
      close(peer)
    }
    context.log?.flush()
    loop.after(min(.seconds(1), limits.patience)) { [weak self] in self?.sweep() }
  }

  // MARK: Questions and answers

  private func serve(_ peer: Peer, _ interest: EventLoop.Interest) {
    // Gone in both directions: nobody is there to take an answer.
    if !interest.isDisjoint(with: .broken), !interest.contains(.readable) { return close(peer) }
    if interest.contains(.readable) {
      switch peer.connection.read(into: buffer) {
      case .done(let count):
        peer.session.received(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      case .ended: peer.session.hasEnded = true
      case .wouldBlock: break
      }
    }
    advance(peer)
  }

  private func advance(_ peer: Peer) {
    guard answerAll(peer), sendAll(peer), !peer.session.isOver else { return close(peer) }
    var interest: EventLoop.Interest = []
    if !peer.session.isFull, !peer.session.hasEnded { interest.insert(.readable) }
    if peer.session.wantsToSend { interest.insert(.writable) }
    try? loop.change(peer.connection.descriptor, to: interest)
    // Questions that waited for room in the queue: they have it now, and nothing else will wake us for
    // them. Others have their turn first.
    guard peer.session.hasMessage, !peer.session.isFull else { return }
    loop.after(.zero) { [weak self, weak peer] in
      guard let self, let peer, peers[peer.connection.descriptor.number] === peer else { return }
      advance(peer)
    }
  }

  /// Until the questions or the room for answers are used up. False: what came is no DNS.
  private func answerAll(_ peer: Peer) -> Bool {
    let snapshot = context.shelf.current
    while !peer.session.isFull {
      switch peer.session.nextMessage() {
      case .incomplete: return true
      case .broken: return false
      case .message(let bytes):
        peer.lastProgress = SystemClock.sinceBoot()
        answer(bytes, peer, snapshot)
      }
    }
    return true
  }

  private func answer(_ bytes: [UInt8], _ peer: Peer, _ snapshot: ZoneShelf.Snapshot) {
    if !context.isWatching {
      let length = bytes.withUnsafeBufferPointer {
        snapshot.compiled.respond(to: $0, in: page, over: .tcp, scratch: scratch)
      }
      if length > 0 {
        counters.answered(length, third: page[2], fourth: page[3], wasCompiled: true)
        return peer.session.send(page[..<length])
      }
    }
    let keepalive = UInt16(clamping: limits.patience.milliseconds / 100)
    switch context.decide(
      bytes, from: peer.address, over: .tcp, snapshot, counters, keepalive: keepalive)
    {
    case .silence: break
    case .reply(let reply, let delay):
      guard let delay else { return peer.session.send(reply) }
      peer.session.expectAnswer()
      loop.after(delay) { [weak self, weak peer] in
        guard let self, let peer else { return }
        deliver(.message(reply), to: peer)
      }
    case .special(let request):
      peer.session.expectAnswer()
      let ticket = Ticket(self, peer)
      context.handler.handle(request) { [loop] reply in
        loop.post { ticket.deliver(reply) }
      }
    }
  }

  private func deliver(_ reply: SpecialReply, to peer: Peer) {
    peer.session.answered(reply)
    peer.lastProgress = SystemClock.sinceBoot()
    advance(peer)
  }

  /// Brings an answer that another thread found back to its connection, if that is still there.
  private final class Ticket: @unchecked Sendable {
    private weak var service: TCPService?
    private weak var peer: Peer?

    init(_ service: TCPService, _ peer: Peer) {
      self.service = service
      self.peer = peer
    }

    func deliver(_ reply: SpecialReply) {
      guard let service, let peer else { return }
      service.deliver(reply, to: peer)
    }
  }

  /// As much as the kernel takes. False: the connection is gone.
  private func sendAll(_ peer: Peer) -> Bool {
    while peer.session.wantsToSend {
      peer.session.refill()
      guard !peer.session.isBroken else { return false }
      guard !peer.session.pendingOutput.isEmpty else { continue }
      switch peer.connection.write(peer.session.pendingOutput) {
      case .done(let count):
        peer.session.sent(count)
        peer.lastProgress = SystemClock.sinceBoot()
      case .wouldBlock: return true
      case .ended: return false
      }
    }
    // Room was made: questions that waited for it can be answered now.
    return true
  }
}
