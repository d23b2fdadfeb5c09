import CLinux
import Glibc

/// A UDP socket. Many may share one address (SO_REUSEPORT): the kernel then spreads the askers over
/// them, and each thread has its own queue.
public final class UDPSocket: Sendable {
  public let descriptor: Descriptor
  /// Where it is bound, the real port included.
  public let address: SocketAddress

  public init(
    bindingTo address: SocketAddress, sharesPort: Bool = false, bufferBytes: Int32 = 4 << 20
  ) throws(SystemError) {
    descriptor = try Descriptor.socket(SOCK_DGRAM, for: address)
    if sharesPort { descriptor.set(Int(SOL_SOCKET), SO_REUSEPORT, 1) }
    descriptor.set(Int(SOL_SOCKET), SO_RCVBUF, bufferBytes)
    descriptor.set(Int(SOL_SOCKET), SO_SNDBUF, bufferBytes)
    // No fragments, and none of the attacks on them (RFC 9715 §3.1): what is too large is cut by us.
    if !address.isIPv6 { descriptor.set(Int(IPPROTO_IP), IP_MTU_DISCOVER, Self.omitMTUDiscovery) }
    // A reply must leave from the address that was asked, which on a wildcard the kernel must tell.
    if address.isWildcard { _ = clinux_want_local_address(descriptor.number, address.family) }
    try descriptor.bind(to: address)
    self.address = descriptor.localAddress ?? address
  }

  /// IP_PMTUDISC_OMIT: ignore what (spoofable) ICMP says about the path's MTU.
  private static let omitMTUDiscovery: Int32 = 5

  /// From now on receiving waits for a datagram, but wakes at least every `milliseconds` to let its
  /// thread look around. For a socket with a thread of its own: under load one call each way is all.
  public func becomeBlocking(wakingEvery milliseconds: Int) {
    let flags = fcntl(descriptor.number, F_GETFL)
    _ = fcntl(descriptor.number, F_SETFL, flags & ~O_NONBLOCK)
    var time = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
    setsockopt(
      descriptor.number, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  /// Only datagrams from `peer` are taken from now on, and only there `send` without an address goes.
  public func connect(to peer: SocketAddress) throws(SystemError) {
    guard peer.withSocketAddress({ Glibc.connect(descriptor.number, $0, $1) }) == 0 else {
      throw SystemError("\(peer) cannot be reached", errno)
    }
  }

  /// 0, or the errno of the refusal.
  @discardableResult
  public func send(_ bytes: [UInt8], to peer: SocketAddress? = nil) -> Int32 {
    let count =
      peer.map { peer in
        peer.withSocketAddress { address, length in
          sendto(descriptor.number, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length)
        }
      } ?? Glibc.send(descriptor.number, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    return count < 0 ? errno : 0
  }

  /// One datagram and who sent it; nil when none is there.
  public func receive(limit: Int = 65535) -> (bytes: [UInt8], peer: SocketAddress)? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var peer: SocketAddress?
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          let got = recvfrom(
            descriptor.number, buffer.baseAddress, limit, 0, address, &length)
          count = max(0, got)
          if got >= 0 { peer = SocketAddress(address, length: Int(length)) }
        }
      }
    }
    return peer.map { (bytes, $0) }
  }
}
