import CLinux
import Glibc

/// An IPv4 or IPv6 address with a port: `127.0.0.1:53`, `[::1]:53`, `[fe80::1%eth0]:53`.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// The address as the network writes it: 4 or 16 bytes.
  public let address: [UInt8]
  public var port: UInt16
  /// The interface of a link-local address; 0 elsewhere.
  public let scope: UInt32

  /// Nil unless there are 4 or 16 bytes.
  public init?(address: [UInt8], port: UInt16, scope: UInt32 = 0) {
    guard address.count == 4 || address.count == 16 else { return nil }
    self.address = address
    self.port = port
    self.scope = scope
  }

  public static func loopback(port: UInt16 = 0) -> SocketAddress {
    SocketAddress(valid: [127, 0, 0, 1], port: port, scope: 0)
  }

  private init(valid address: [UInt8], port: UInt16, scope: UInt32) {
    self.address = address
    self.port = port
    self.scope = scope
  }

  public var isIPv6: Bool { address.count == 16 }
  /// 127.0.0.0/8 or ::1.
  public var isLoopback: Bool {
    isIPv6 ? address.dropLast().allSatisfy { $0 == 0 } && address.last == 1 : address.first == 127
  }
  public var isWildcard: Bool { address.allSatisfy { $0 == 0 } }

  /// Reads `ADDR:PORT`; without a port `defaultPort` is taken, where there is one.
  public init?(parsing text: some StringProtocol, defaultPort: UInt16? = nil) {
    var host = Substring(text)
    var port = defaultPort
    if host.first == "[" {
      guard let end = host.firstIndex(of: "]") else { return nil }
      let rest = host[host.index(after: end)...]
      host = host[host.index(after: host.startIndex)..<end]
      guard host.contains(":") else { return nil }
      if !rest.isEmpty {
        guard rest.first == ":", let number = Self.port(rest.dropFirst()) else { return nil }
        port = number
      }
    } else if let colon = host.lastIndex(of: ":"), host.firstIndex(of: ":") == colon {
      guard let number = Self.port(host[host.index(after: colon)...]) else { return nil }
      port = number
      host = host[..<colon]
    }
    guard let port, let (address, scope) = Self.address(host) else { return nil }
    self.init(valid: address, port: port, scope: scope)
  }

  private static func port(_ text: Substring) -> UInt16? {
    guard !text.isEmpty, text.utf8.count <= 5, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else {
      return nil
    }
    return UInt16(text)
  }

  /// The bytes of an address without a port.
  public static func address(_ text: some StringProtocol) -> (bytes: [UInt8], scope: UInt32)? {
    let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    guard let host = parts.first.map({ String($0) }), !host.utf8.contains(0) else { return nil }
    if host.contains(":") {
      var scope: UInt32 = 0
      if parts.count == 2 {
        scope = UInt32(parts[1]) ?? if_nametoindex(String(parts[1]))
        guard scope != 0 else { return nil }
      }
      var bytes = [UInt8](repeating: 0, count: 16)
      return inet_pton(AF_INET6, host, &bytes) == 1 ? (bytes, scope) : nil
    }
    var bytes = [UInt8](repeating: 0, count: 4)
    return parts.count == 1 && inet_pton(AF_INET, host, &bytes) == 1 ? (bytes, 0) : nil
  }

  /// The address without the port.
  public var host: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(isIPv6 ? AF_INET6 : AF_INET, address, &text, socklen_t(text.count)) != nil
    else { return "?" }
    let end = text.firstIndex(of: 0) ?? text.endIndex
    let host = String(decoding: text[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return scope == 0 ? host : "\(host)%\(scope)"
  }

  public var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension SocketAddress {
  /// From what the kernel wrote; nil for families other than IP.
  public init?(_ pointer: UnsafePointer<sockaddr>, length: Int) {
    let raw = UnsafeRawPointer(pointer)
    switch Int32(pointer.pointee.sa_family) {
    case AF_INET where length >= MemoryLayout<sockaddr_in>.size:
      let value = raw.loadUnaligned(as: sockaddr_in.self)
      let bytes: [UInt8] = withUnsafeBytes(of: value.sin_addr) { Array($0) }
      self.init(valid: bytes, port: UInt16(bigEndian: value.sin_port), scope: 0)
    case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size:
      let value = raw.loadUnaligned(as: sockaddr_in6.self)
      let bytes: [UInt8] = withUnsafeBytes(of: value.sin6_addr) { Array($0) }
      self.init(
        valid: bytes, port: UInt16(bigEndian: value.sin6_port), scope: value.sin6_scope_id)
    default: return nil
    }
  }

  public var family: Int32 { isIPv6 ? AF_INET6 : AF_INET }

  /// As the kernel takes it.
  public func withSocketAddress<Result>(
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    if isIPv6 {
      var value = sockaddr_in6()
      value.sin6_family = sa_family_t(AF_INET6)
      value.sin6_port = port.bigEndian
      value.sin6_scope_id = scope
      withUnsafeMutableBytes(of: &value.sin6_addr) { $0.copyBytes(from: address) }
      return Self.rebound(&value, body)
    }
    var value = sockaddr_in()
    value.sin_family = sa_family_t(AF_INET)
    value.sin_port = port.bigEndian
    withUnsafeMutableBytes(of: &value.sin_addr) { $0.copyBytes(from: address) }
    return Self.rebound(&value, body)
  }

  private static func rebound<Value, Result>(
    _ value: inout Value, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafePointer(to: &value) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<Value>.size))
      }
    }
  }
}
