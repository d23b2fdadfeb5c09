import CLinux
import Glibc

/// A listening TCP socket, nonblocking.
public final class TCPListener: Sendable {
  public let descriptor: Descriptor
  /// Where it is bound, the real port included.
  public let address: SocketAddress

  public init(
    bindingTo address: SocketAddress, backlog: Int32 = 1024
  ) throws(SystemError) {
    descriptor = try Descriptor.socket(SOCK_STREAM, for: address)
    descriptor.set(Int(SOL_SOCKET), SO_REUSEADDR, 1)
    try descriptor.bind(to: address)
    // Set here it is inherited by every connection: no answer waits for an acknowledgement.
    descriptor.set(Int(IPPROTO_TCP), TCP_NODELAY, 1)
    guard listen(descriptor.number, backlog) == 0 else {
      throw SystemError("\(address) cannot be listened on", errno)
    }
    self.address = descriptor.localAddress ?? address
  }

  public enum Accepted {
    case connection(TCPConnection)
    case none
    /// No descriptor is left (EMFILE, ENFILE): stop accepting until one is.
    case exhausted
  }

  public func accept() -> Accepted {
    while true {
      let number = clinux_accept(descriptor.number, nil, nil)
      if number >= 0 { return .connection(TCPConnection(Descriptor(owning: number))) }
      switch errno {
      case EINTR, ECONNABORTED: continue
      case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
      default: return .none
      }
    }
  }
}

/// A TCP connection, nonblocking: every call does what can be done at once.
public final class TCPConnection: Sendable {
  public let descriptor: Descriptor

  init(_ descriptor: Descriptor) { self.descriptor = descriptor }

  /// Begins to connect; it is done, or has failed, when the descriptor becomes writable
  /// (`connectionError`).
  public init(
    connectingTo peer: SocketAddress, from local: SocketAddress? = nil
  ) throws(SystemError) {
    descriptor = try Descriptor.socket(SOCK_STREAM, for: peer)
    descriptor.set(Int(IPPROTO_TCP), TCP_NODELAY, 1)
    if let local { try descriptor.bind(to: local) }
    let code = peer.withSocketAddress { Glibc.connect(descriptor.number, $0, $1) }
    guard code == 0 || errno == EINPROGRESS else {
      throw SystemError("\(peer) cannot be reached", errno)
    }
  }

  /// What became of connecting: 0, or why it failed.
  public var connectionError: Int32 {
    var error: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor.number, SOL_SOCKET, SO_ERROR, &error, &length)
    return error
  }

  public enum Transfer: Equatable {
    case done(Int)
    case wouldBlock
    /// The other side sends no more (reading), or the connection is broken.
    case ended
  }

  public func read(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    while true {
      let count = recv(descriptor.number, buffer.baseAddress, buffer.count, 0)
      if count > 0 { return .done(count) }
      if count == 0 { return .ended }
      if errno == EINTR { continue }
      return errno == EAGAIN ? .wouldBlock : .ended
    }
  }

  public func write(_ bytes: ArraySlice<UInt8>) -> Transfer {
    bytes.withUnsafeBytes { buffer in
      while true {
        let count = send(
          descriptor.number, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        if count >= 0 { return .done(count) }
        if errno == EINTR { continue }
        return errno == EAGAIN ? .wouldBlock : .ended
      }
    }
  }

  /// No more will be written: the other side sees the end, and can still send.
  public func finishWriting() { shutdown(descriptor.number, Int32(SHUT_WR)) }
}
