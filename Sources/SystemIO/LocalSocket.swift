import CLinux
import Glibc
import Notation

/// A Unix socket for one user: made 0600, and whoever connects is asked for by the kernel, so a file
/// mode that someone loosened later opens nothing.
public final class LocalListener: Sendable {
  private let descriptor: Int32
  public let path: String

  /// Takes the place of a socket that was left behind: the caller holds the lock that says nobody
  /// else listens there.
  public init(replacing path: String) throws(LocalSocketError) {
    self.path = path
    unlink(path)
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | closeOnExec, 0)
    guard descriptor >= 0 else { throw LocalSocketError("no socket", errno) }
    let mask = umask(0o177)
    defer { umask(mask) }
    let code = withLocalAddress(path) { Glibc.bind(descriptor, $0, $1) }
    guard code == 0, listen(descriptor, 64) == 0 else {
      let error = LocalSocketError("\(path) cannot be listened on", errno)
      close(descriptor)
      throw error
    }
  }

  deinit {
    unlink(path)
    close(descriptor)
  }

  /// The next connection of our own user, or nil when the time is over. Others are hung up on.
  public func accept(within patience: TimeSpan) -> LocalConnection? {
    guard isReady(descriptor, Int16(POLLIN), within: patience) else { return nil }
    let peer = Glibc.accept(descriptor, nil, nil)
    guard peer >= 0 else { return nil }
    _ = fcntl(peer, F_SETFD, FD_CLOEXEC)
    guard clinux_peer_user(peer) == Int64(geteuid()) else {
      close(peer)
      return nil
    }
    return LocalConnection(descriptor: peer)
  }
}

/// Lines there and back.
public final class LocalConnection {
  private let descriptor: Int32
  private var pending: [UInt8] = []
  private static let lineLimit = 8 << 20

  fileprivate init(descriptor: Int32) { self.descriptor = descriptor }

  /// Connects as a client. The listener must be run by our own user too.
  public init(to path: String) throws(LocalSocketError) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | closeOnExec, 0)
    guard descriptor >= 0 else { throw LocalSocketError("no socket", errno) }
    guard withLocalAddress(path, { connect(descriptor, $0, $1) }) == 0 else {
      throw LocalSocketError("nobody answers at \(path)", errno)
    }
    guard clinux_peer_user(descriptor) == Int64(geteuid()) else {
      throw LocalSocketError("\(path) is served by another user", EPERM)
    }
  }

  deinit { close(descriptor) }

  /// The next line without its end; nil when the other side closed, or the time is over.
  public func readLine(within patience: TimeSpan) -> [UInt8]? {
    let end = SystemClock.sinceBoot() + patience
    while true {
      if let index = pending.firstIndex(of: 0x0A) {
        let line = Array(pending[..<index])
        pending.removeSubrange(...index)
        return line
      }
      guard pending.count < Self.lineLimit else { return nil }
      let left = end - SystemClock.sinceBoot()
      guard left > .zero, isReady(descriptor, Int16(POLLIN), within: left) else { return nil }
      var chunk = [UInt8](repeating: 0, count: 65536)
      let count = recv(descriptor, &chunk, chunk.count, 0)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return nil }
      pending += chunk.prefix(count)
    }
  }

  /// False when the other side is gone.
  public func write(line: [UInt8]) -> Bool {
    var rest = (line + [0x0A])[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}

public struct LocalSocketError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  init(_ what: String, _ number: Int32) {
    description = "\(what): \(String(cString: strerror(number)))"
  }
}

private let closeOnExec = Int32(SOCK_CLOEXEC.rawValue)

private func isReady(_ descriptor: Int32, _ events: Int16, within patience: TimeSpan) -> Bool {
  let end = SystemClock.sinceBoot() + patience
  while true {
    var wait = pollfd(fd: descriptor, events: events, revents: 0)
    let left = max(.zero, end - SystemClock.sinceBoot())
    let count = poll(&wait, 1, Int32(clamping: min(left, .seconds(60)).milliseconds))
    if count > 0 { return true }
    if count < 0, errno != EINTR { return false }
    if left == .zero { return false }
  }
}

/// `sun_path` holds 107 bytes. A longer path is reached through its directory's descriptor. (The last
/// part of it must be short by itself, or the kernel finds nothing.)
private func withLocalAddress(
  _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
  var path = path
  var directory: Int32 = -1
  if path.utf8.count > 107, let slash = path.lastIndex(of: "/") {
    directory = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    path = "/proc/self/fd/\(directory)" + path[slash...]
  }
  defer { if directory >= 0 { close(directory) } }
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  let bytes = Array(path.utf8.prefix(107))
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
  return withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
}
