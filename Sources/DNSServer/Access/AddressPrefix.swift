import Glibc

/// A network, as `127.0.0.0/8` or `2001:db8::/32` name it; without a length, one address.
public struct AddressPrefix: Hashable, Sendable, CustomStringConvertible {
  /// 4 or 16 bytes.
  let address: [UInt8]
  let length: Int

  /// Nil where the text is no address, the length does not fit, or bits beyond it are set (the
  /// writer meant another network than the one that would be matched).
  public init?(parsing text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let host = parts.first, let address = Self.bytes(of: String(host)) else { return nil }
    var length = address.count * 8
    if parts.count == 2 {
      guard let given = Int(parts[1]), given >= 0, given <= length else { return nil }
      length = given
    }
    self.address = address
    self.length = length
    guard Self.masked(address, to: length) == address else { return nil }
  }

  /// `address` has 4 or 16 bytes. An IPv4 peer of a two-family socket (`::ffff:192.0.2.1`) counts
  /// as the IPv4 address it is.
  public func contains(_ address: [UInt8]) -> Bool {
    let plain = Self.unmapped(address)
    return plain.count == self.address.count && Self.masked(plain, to: length) == self.address
  }

  public var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    inet_ntop(address.count == 4 ? AF_INET : AF_INET6, address, &text, socklen_t(text.count))
    let host = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return length == address.count * 8 ? host : "\(host)/\(length)"
  }

  private static func bytes(of text: String) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes[..<4]) }
    return inet_pton(AF_INET6, text, &bytes) == 1 ? unmapped(bytes) : nil
  }

  private static func unmapped(_ address: [UInt8]) -> [UInt8] {
    let isMapped =
      address.count == 16 && address[..<10].allSatisfy { $0 == 0 } && address[10] == 255
      && address[11] == 255
    return isMapped ? Array(address[12...]) : address
  }

  private static func masked(_ address: [UInt8], to length: Int) -> [UInt8] {
    address.enumerated().map { index, byte in
      let kept = min(max(length - index * 8, 0), 8)
      return kept == 0 ? 0 : byte & (0xFF << UInt8(8 - kept))
    }
  }
}
