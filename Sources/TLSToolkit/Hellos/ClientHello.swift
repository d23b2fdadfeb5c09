import DNSModel

/// A ClientHello and nothing behind it (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2): what a server picks from
/// it shows what it accepts, at the price of one message each way and no cryptography of ours.
public struct ClientHello: Sendable {
  public var version: TLSVersion
  public var suites: [CipherSuite]
  public var groups: [NamedGroup] = NamedGroup.all
  public var serverName: DomainName?
  /// 32 bytes that nobody has used before.
  public var random: [UInt8]

  public init(
    _ version: TLSVersion, _ suites: [CipherSuite], serverName: DomainName?, random: [UInt8]
  ) {
    self.version = version
    self.suites = suites
    self.serverName = serverName
    self.random = random
  }

  public var record: [UInt8] {
    // "TLS 1.3 is known by its extension; the version fields stay at 1.2" (RFC 8446 §4.2.1).
    let stated = min(version, .tls12).rawValue
    var body = stated.networkBytes + random.prefix(32)
    body += [UInt8](repeating: 0, count: max(0, 32 - random.count))
    body += version == .tls13 ? [32] + random.prefix(32) : [0]
    body += Self.counted16(suites.flatMap { $0.number.networkBytes })
    body += [1, 0]
    if version > .ssl3 { body += Self.counted16(extensions) }
    let message = [1] + Self.count24(body.count) + body
    let recordVersion = min(stated, TLSVersion.tls10.rawValue)
    return [22] + recordVersion.networkBytes + Self.counted16(message)
  }

  private var extensions: [UInt8] {
    var list: [UInt8] = []
    if let serverName {
      let name = Array(serverName.host.utf8)
      list += Self.field(0, Self.counted16([0] + Self.counted16(name)))
    }
    list += Self.field(10, Self.counted16(groups.flatMap { $0.number.networkBytes }))
    list += Self.field(11, [1, 0])
    if version >= .tls12 {
      list += Self.field(13, Self.counted16(Self.signatures.flatMap { $0.networkBytes }))
    }
    // An empty renegotiation_info (RFC 5746 §3.4) for servers that insist on it.
    if version < .tls13 {
      list += Self.field(0xFF01, [0])
      list += Self.field(23, [])
    } else {
      list += Self.field(43, [2] + TLSVersion.tls13.rawValue.networkBytes)
      list += Self.field(45, [1, 1])
      // No share: the server answers with a request that names the group it picks (§4.1.4).
      list += Self.field(51, [0, 0])
    }
    return list
  }

  /// Everything a server could sign with, old hashes last.
  private static let signatures: [UInt16] = [
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x0401,
    0x0501, 0x0601, 0x0303, 0x0301, 0x0203, 0x0201,
  ]

  private static func field(_ kind: UInt16, _ content: [UInt8]) -> [UInt8] {
    kind.networkBytes + counted16(content)
  }

  private static func counted16(_ content: [UInt8]) -> [UInt8] {
    UInt16(clamping: content.count).networkBytes + content
  }

  private static func count24(_ count: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: count >> 16)] + UInt16(truncatingIfNeeded: count).networkBytes
  }
}

extension UInt16 {
  var networkBytes: [UInt8] { [UInt8(self >> 8), UInt8(self & 0xFF)] }
}
