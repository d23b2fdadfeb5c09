import CLinux
import Glibc

/// A datagram that did not arrive, as ICMP told.
public struct DatagramError: Hashable, Sendable {
  public let peer: SocketAddress
  /// What had been sent, as much of it as came back.
  public let bytes: [UInt8]
  public let number: Int32

  public var description: String { String(cString: strerror(number)) }
}

extension UDPSocket {
  /// From now on `receiveError` tells which datagrams could not be delivered, for a socket that
  /// writes to many peers.
  public func collectErrors() { clinux_want_errors(descriptor.number, address.family) }

  /// The next undeliverable datagram; nil when none is queued.
  public func receiveError() -> DatagramError? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var number: Int32 = 0
    var peer: SocketAddress?
    let bytes = [UInt8](unsafeUninitializedCapacity: 512) { buffer, count in
      guard let base = buffer.baseAddress else { return }
      withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          let got = clinux_receive_error(
            descriptor.number, base, 512, address, &length, &number)
          count = max(0, got)
          if got >= 0 { peer = SocketAddress(address, length: Int(length)) }
        }
      }
    }
    return peer.map { DatagramError(peer: $0, bytes: bytes, number: number) }
  }
}
