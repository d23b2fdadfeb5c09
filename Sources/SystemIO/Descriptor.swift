import CLinux
import Glibc

/// A socket or file descriptor with one owner, closed when the owner is gone.
public final class Descriptor: Sendable {
  public let number: Int32

  public init(owning number: Int32) { self.number = number }

  deinit { close(number) }
}

/// A call of the operating system that failed: what was tried, on what, and why not.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  public let operation: String
  public let number: Int32

  public init(_ operation: String, _ number: Int32) {
    self.operation = operation
    self.number = number
  }

  public var description: String { "\(operation): \(String(cString: strerror(number)))" }
}

extension Descriptor {
  /// A nonblocking socket, closed on exec.
  static func socket(_ type: __socket_type, for address: SocketAddress) throws(SystemError)
    -> Descriptor
  {
    let flags = Int32(type.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let number = Glibc.socket(address.family, flags, 0)
    guard number >= 0 else { throw SystemError("a socket for \(address)", errno) }
    let descriptor = Descriptor(owning: number)
    // 0.0.0.0 and [::] may be listened on side by side, each by a socket of its own.
    if address.isIPv6 { descriptor.set(IPPROTO_IPV6, IPV6_V6ONLY, 1) }
    return descriptor
  }

  /// Sets a socket option; what a kernel does not know is left as it is.
  func set(_ level: Int, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(number, Int32(level), option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  func bind(to address: SocketAddress) throws(SystemError) {
    guard address.withSocketAddress({ Glibc.bind(number, $0, $1) }) == 0 else {
      throw SystemError("\(address) cannot be bound", errno)
    }
  }

  /// Where a socket really is bound: with port 0 the kernel chose one.
  public var localAddress: SocketAddress? { named(getsockname) }
  public var peerAddress: SocketAddress? { named(getpeername) }

  private func named(
    _ call: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard call(number, address, &length) == 0 else { return nil }
        return SocketAddress(address, length: Int(length))
      }
    }
  }
}
