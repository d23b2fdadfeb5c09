import Notation
import Synchronization
import SystemIO

/// Answers one socket on a thread of its own: a batch in, a batch out. On the hot path nothing is
/// allocated and nothing is locked.
final class UDPWorker: Sendable {
  let socket: UDPSocket
  let counters = ThreadCounters()
  private let context: ServerContext
  private let loop: EventLoop
  private let stops = Atomic<Bool>(false)
  /// Thirty-two are a good compromise: more gains little and keeps the first asker waiting.
  private static let batchSize = 32
  /// An update may be larger than a question.
  private static let requestRoom = 4096

  /// `loop` sends what is to be sent later.
  init(_ socket: UDPSocket, _ context: ServerContext, _ loop: EventLoop) {
    self.socket = socket
    self.context = context
    self.loop = loop
    socket.becomeBlocking(wakingEvery: 200)
  }

  func stop() { stops.store(true, ordering: .relaxed) }

  func run() {
    guard
      let batch = try? DatagramBatch(
        capacity: Self.batchSize, requestRoom: Self.requestRoom, replyRoom: 1472)
    else { return }
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: CompiledQuery.scratchSize, alignment: 16)
    defer { scratch.deallocate() }
    let room = scratch.bindMemory(to: UInt8.self, capacity: CompiledQuery.scratchSize)
    var snapshot = context.shelf.current
    while !stops.load(ordering: .relaxed) {
      let count = batch.receive(from: socket, waits: true)
      guard count > 0 else {
        context.log?.flush()
        continue
      }
      snapshot = context.shelf.refreshed(snapshot)
      let isWatching = context.isWatching
      for index in 0..<count {
        let datagram = batch[index]
        if !isWatching {
          let length = snapshot.compiled.respond(
            to: datagram.request, in: datagram.reply, over: .udp, scratch: room)
          if length > 0 {
            datagram.replyCount = length
            counters.answered(
              length, third: datagram.reply[2], fourth: datagram.reply[3], wasCompiled: true)
            continue
          }
        }
        answerSlowly(batch, index, snapshot)
      }
      batch.reply(through: socket, count: count)
    }
    context.log?.flush()
  }

  private func answerSlowly(
    _ batch: DatagramBatch, _ index: Int, _ snapshot: ZoneShelf.Snapshot
  ) {
    let datagram = batch[index]
    guard !datagram.isCut, let peer = batch.peer(index), peer.port != 0 else {
      counters.stayedSilent()
      return
    }
    switch context.decide(Array(datagram.request), from: peer, over: .udp, snapshot, counters) {
    case .silence: break
    case .reply(let bytes, let delay):
      guard let delay else { return put(bytes, in: datagram) }
      let path = batch.returnPath(index)
      let (loop, socket) = (loop, socket)
      loop.post { loop.after(delay) { socket.send(bytes, along: path) } }
    case .special(let request):
      let path = batch.returnPath(index)
      let socket = socket
      context.handler.handle(request) { reply in
        guard case .message(let bytes) = reply, bytes.count >= 12 else { return }
        socket.send(bytes, along: path)
      }
    }
  }

  private func put(_ bytes: [UInt8], in datagram: DatagramBatch.Datagram) {
    let reply = datagram.reply
    guard bytes.count <= reply.count else { return }
    for (offset, byte) in bytes.enumerated() { reply[offset] = byte }
    datagram.replyCount = bytes.count
  }
}
