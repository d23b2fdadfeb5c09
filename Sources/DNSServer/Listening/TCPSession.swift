import DNSModel
import SystemIO

/// One connection's bytes (RFC 7766): two length bytes before every message, any number of questions
/// without waiting for answers. No socket in here: bytes go in, bytes come out.
struct TCPSession {
  /// While more than this waits to be sent, nothing more is read: whoever asks without listening
  /// fills its own queue, not our memory.
  static let backlogLimit = 1 << 18

  private var input: [UInt8] = []
  private var inputStart = 0
  private(set) var output: [UInt8] = []
  private var outputStart = 0
  private var streams: [@Sendable () -> StreamPiece] = []
  /// An answer that was begun cannot be finished: nothing may follow it.
  private(set) var isBroken = false
  /// Answers that are still being worked on.
  private(set) var awaited = 0
  /// The other side sends no more.
  var hasEnded = false

  var hasPartialInput: Bool { inputStart < input.count }
  var pendingOutput: ArraySlice<UInt8> { output[outputStart...] }
  var wantsToSend: Bool { outputStart < output.count || !streams.isEmpty }
  var isFull: Bool { output.count - outputStart > Self.backlogLimit || !streams.isEmpty }
  /// Nothing is left to say and nothing will be asked.
  var isOver: Bool { hasEnded && !wantsToSend && awaited == 0 }

  mutating func received(_ bytes: UnsafeRawBufferPointer) { input += bytes }

  enum Framing {
    case message([UInt8])
    case incomplete
    /// A message without a header: there is no one to answer (RFC 7766 §8).
    case broken
  }

  /// Whether a whole message, or what can be none, waits to be taken.
  var hasMessage: Bool {
    guard input.count - inputStart >= 2 else { return false }
    let length = Int(input[inputStart]) << 8 | Int(input[inputStart + 1])
    return length < MessageHeader.byteCount || input.count - inputStart - 2 >= length
  }

  mutating func nextMessage() -> Framing {
    guard input.count - inputStart >= 2 else { return rest() }
    let length = Int(input[inputStart]) << 8 | Int(input[inputStart + 1])
    guard length >= MessageHeader.byteCount else { return .broken }
    let start = inputStart + 2
    guard input.count - start >= length else { return rest() }
    inputStart = start + length
    return .message(Array(input[start..<inputStart]))
  }

  private mutating func rest() -> Framing {
    if inputStart > 0 {
      input.removeSubrange(..<inputStart)
      inputStart = 0
    }
    return .incomplete
  }

  mutating func send(_ message: some Collection<UInt8>) {
    guard message.count <= 65535 else { return }
    output.append(UInt8(message.count >> 8))
    output.append(UInt8(truncatingIfNeeded: message.count))
    output += message
  }

  mutating func expectAnswer() { awaited += 1 }

  mutating func answered(_ reply: SpecialReply) {
    awaited -= 1
    switch reply {
    case .silence: break
    case .message(let message): send(message)
    case .stream(let next): streams.append(next)
    }
  }

  /// `count` bytes of the pending output were taken by the kernel.
  mutating func sent(_ count: Int) {
    outputStart += count
    if outputStart == output.count {
      output.removeAll(keepingCapacity: output.capacity <= Self.backlogLimit)
      outputStart = 0
    }
  }

  /// Takes messages from the first stream until there is something to send again.
  mutating func refill() {
    while output.count - outputStart < 1 << 16, let next = streams.first {
      switch next() {
      case .message(let message): send(message)
      case .end: streams.removeFirst()
      case .broken:
        isBroken = true
        return
      }
    }
  }
}
