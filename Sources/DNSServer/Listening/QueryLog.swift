import DNSModel
import Glibc
import Notation
import SystemIO

/// One JSON line for each answer: who asks, for what, what they were told, and at which serial.
public final class QueryLog: Sendable {
  private struct State {
    var pending: [UInt8] = []
  }

  private let descriptor: Descriptor
  private let state = SystemIO.Mutex(State())
  private static let flushSize = 1 << 15

  /// Appends to the file.
  public init(path: String) throws(SystemError) {
    let number = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard number >= 0 else { throw SystemError("the query log \(safeText(path))", errno) }
    descriptor = Descriptor(owning: number)
  }

  func note(
    _ summary: Responder.Summary, from peer: SocketAddress, over transport: Transport, bytes: Int,
    faults: [String]
  ) {
    let line = JSON.record([
      ("time", .string(SystemClock.wall().description)),
      ("client", .string(peer.description)),
      ("transport", .string(transport.rawValue)),
      ("name", summary.question.map { .string($0.name.description) }),
      ("type", summary.question.map { .string("\($0.type)") }),
      ("code", .string(summary.code.description)),
      ("truncated", summary.isTruncated ? .bool(true) : nil),
      ("zone", summary.origin.map { .string($0.description) }),
      ("serial", summary.serial.map { .integer(Int64($0.number)) }),
      ("bytes", .integer(bytes)),
      ("faults", faults.isEmpty ? nil : .strings(faults)),
    ])
    let text = Array(line.compact.utf8) + [0x0A]
    state.withLock { state in
      state.pending += text
      if state.pending.count > Self.flushSize { write(&state) }
    }
  }

  /// Called when a thread has nothing else to do, and at the end.
  public func flush() {
    state.withLock { state in
      if !state.pending.isEmpty { write(&state) }
    }
  }

  private func write(_ state: inout State) {
    var rest = state.pending[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor.number, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      // A full disk must not stop the answers: these lines are lost, later ones may not be.
      guard count > 0 else { break }
      rest = rest.dropFirst(count)
    }
    state.pending.removeAll(keepingCapacity: true)
  }
}
