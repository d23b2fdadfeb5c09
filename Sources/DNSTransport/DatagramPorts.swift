import Glibc
import SystemIO

/// The UDP sockets questions leave from: a few for each family, each on a port the kernel drew, opened
/// when first needed.
struct DatagramPorts {
  let count: Int
  private(set) var sockets: [UDPSocket] = []
  private var families: [Int32: Range<Int>] = [:]
  /// Shared by all sockets: one thread reads them one after the other.
  private(set) var batch: DatagramBatch?

  init(count: Int) { self.count = count }

  /// The sockets for an address's family; those just opened are handed to `adopt`.
  mutating func range(
    for server: SocketAddress, adopt: (Int, UDPSocket) throws(SystemError) -> Void
  ) throws(SystemError) -> Range<Int> {
    if let known = families[server.family] { return known }
    if batch == nil { batch = try DatagramBatch(capacity: 64, requestRoom: 4096, replyRoom: 1) }
    let any = [UInt8](repeating: 0, count: server.isIPv6 ? 16 : 4)
    guard let wildcard = SocketAddress(address: any, port: 0) else {
      throw SystemError("an address", EINVAL)
    }
    let start = sockets.count
    for _ in 0..<count {
      let socket = try UDPSocket(bindingTo: wildcard)
      socket.collectErrors()
      sockets.append(socket)
      try adopt(sockets.count - 1, socket)
    }
    families[server.family] = start..<sockets.count
    return start..<sockets.count
  }
}
