import SystemIO
import TestSupport

/// One of the sixteen million addresses that the loopback has.
enum LoopbackAddress {
  /// Port 53 of an address nobody else uses: where delegations lead to, which name no ports.
  static func forDNS() throws -> SocketAddress {
    for _ in 0..<50 {
      let bytes: [UInt8] = [127] + (0..<3).map { _ in UInt8.random(in: 1...250) }
      guard let address = SocketAddress(address: bytes, port: 53) else { continue }
      if (try? TCPListener(bindingTo: address)) != nil { return address }
    }
    throw ProgramFailure(
      description: "no address of the loopback has its port 53 for us: are we root?")
  }
}
