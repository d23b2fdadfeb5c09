import Glibc
import Notation
import SystemIO

/// Why HAProxy did not do as asked.
public enum HAProxyError: Error, Hashable, Sendable, CustomStringConvertible {
  case unreachable(socket: String, reason: String)
  case timedOut(socket: String, command: String)
  case refused(command: String, reason: String)
  case unreadable(command: String, reason: String)

  public var description: String {
    switch self {
    case .unreachable(let socket, let reason):
      "HAProxy's runtime socket \(safeText(socket)) cannot be reached: \(reason)"
    case .timedOut(let socket, let command):
      "HAProxy did not answer \"\(safeText(command))\" on \(safeText(socket)) in time"
    case .refused(let command, let reason):
      "HAProxy refused \"\(safeText(command))\": \(safeText(reason))"
    case .unreadable(let command, let reason):
      "HAProxy's answer to \"\(safeText(command))\" cannot be read: \(safeText(reason))"
    }
  }
}

/// HAProxy's runtime interface: a Unix socket, one command for each connection, which HAProxy closes
/// behind its answer. (The socket belongs to HAProxy's user; who may write to it is its file mode.)
public struct HAProxySocket: Sendable {
  public let path: String
  public let patience: TimeSpan

  public init(path: String, patience: TimeSpan = .seconds(5)) {
    self.path = path
    self.patience = patience
  }

  /// `payload` is handed over as it is, behind the command; it must not hold an empty line, which ends
  /// it (a PEM file never does).
  public func ask(_ command: String, payload: String? = nil) throws(HAProxyError) -> String {
    guard !command.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: ";") }) else {
      throw .refused(command: command, reason: "the command has a control character or ';' in it")
    }
    let descriptor = try connect()
    defer { close(descriptor) }
    let end = SystemClock.sinceBoot() + patience
    let text = payload.map { "\(command) <<\n\(Self.withoutEmptyLines($0))\n\n" } ?? "\(command)\n"
    try send(Array(text.utf8), descriptor, command, until: end)
    return String(decoding: try receive(descriptor, command, until: end), as: UTF8.self)
  }

  /// Like `ask`, for commands that answer with nothing, or with one of `fine`, when all is well.
  public func order(
    _ command: String, payload: String? = nil, fine: [String] = []
  ) throws(HAProxyError) {
    let answer = try ask(command, payload: payload)
    let lines = answer.split(separator: "\n").filter { line in
      !line.allSatisfy { $0 == " " || $0 == "." }
    }
    for line in lines where !fine.contains(where: { line.contains($0) }) {
      throw .refused(command: command, reason: lines.joined(separator: " / "))
    }
  }

  private static func withoutEmptyLines(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: "\n")
  }

  private func connect() throws(HAProxyError) -> Int32 {
    var address = sockaddr_un()
    let bytes = Array(path.utf8)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard bytes.count < room, !bytes.contains(0) else {
      throw .unreachable(socket: path, reason: "a socket's path has fewer than \(room) bytes")
    }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { throw .unreachable(socket: path, reason: reason(errno)) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, size)
      }
    }
    guard code == 0 else {
      let error = HAProxyError.unreachable(socket: path, reason: reason(errno))
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private func send(
    _ bytes: [UInt8], _ descriptor: Int32, _ command: String, until end: TimeSpan
  ) throws(HAProxyError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      try wait(descriptor, Int16(POLLOUT), command, until: end)
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .unreachable(socket: path, reason: reason(errno)) }
      rest = rest.dropFirst(count)
    }
  }

  private func receive(
    _ descriptor: Int32, _ command: String, until end: TimeSpan
  ) throws(HAProxyError) -> [UInt8] {
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16384)
    while true {
      try wait(descriptor, Int16(POLLIN), command, until: end)
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreachable(socket: path, reason: reason(errno)) }
      guard count > 0 else { return answer }
      answer += buffer[..<count]
      guard answer.count <= 16 << 20 else {
        throw .unreadable(command: command, reason: "it has more than 16 MiB")
      }
    }
  }

  private func wait(
    _ descriptor: Int32, _ events: Int16, _ command: String, until end: TimeSpan
  ) throws(HAProxyError) {
    let left = end - SystemClock.sinceBoot()
    var entry = pollfd(fd: descriptor, events: events, revents: 0)
    guard left > .zero, poll(&entry, 1, Int32(clamping: left.milliseconds)) != 0 else {
      throw .timedOut(socket: path, command: command)
    }
  }

  private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
