import CLinux
import Glibc

/// The machine's own way to find addresses. It asks caching resolvers, so only commands that stand
/// alone may use it, never a running migration: its question would leave an answer in their caches.
public enum SystemResolver {
  /// Every address of the name, IPv6 and IPv4, each once, in the order the machine prefers.
  public static func addresses(
    of host: String, port: UInt16
  ) throws(SystemResolverError) -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &list)
    guard code == 0 else {
      throw SystemResolverError(host: host, reason: String(cString: gai_strerror(code)))
    }
    defer { freeaddrinfo(list) }
    var found: [SocketAddress] = []
    var next = list
    while let item = next {
      if let raw = item.pointee.ai_addr,
        var address = SocketAddress(raw, length: Int(item.pointee.ai_addrlen))
      {
        address.port = port
        if !found.contains(address) { found.append(address) }
      }
      next = item.pointee.ai_next
    }
    return found
  }
}

public struct SystemResolverError: Error, Hashable, Sendable, CustomStringConvertible {
  public let host: String
  public let reason: String

  public var description: String { "\(host) cannot be looked up: \(reason)" }
}
