import DNSModel
import TestSupport

/// Valid data of a type, made field by field from its schema.
struct GeneratedData {
  var random: SeededRandom

  static let types: [RecordType] = [
    .a, .aaaa, .ns, .cname, .dname, .soa, .mx, .txt, .ptr, .srv, .caa, .dnskey, .rrsig,
    .nsec, .nsec3, .nsec3param, .tlsa, .naptr, .svcb, .https, .uri, .hinfo, .rp, .afsdb, .cert,
    .smimea, .openpgpkey, .spf, .csync, .kx, .eui48, .eui64, .minfo, .rt, .px, .nid, .l32, .l64,
    .lp, .apl, .talink, .ninfo, .avc,
  ]

  mutating func data(_ type: RecordType) -> RecordData? {
    guard let schema = RecordSchema.of(type) else { return nil }
    var wire: [UInt8] = []
    switch type {
    case .naptr: wire = rewriteRule()
    // SHA-1's hashes are 20 bytes (RFC 5155 §5): BIND refuses others, which we read as they stand.
    case .nsec3: wire = [1] + exactly(3) + counted(0...20) + counted(20...20) + bytes(.typeBitmap)
    case .rrsig:
      for field in schema.fields { wire += bytes(field) }
      // No fewer labels than the signer has (RFC 4034 §3.1.3, §3.1.7): BIND refuses that, we do not.
      wire[3] |= 4
    default: for field in schema.fields { wire += bytes(field) }
    }
    return try? RecordData(checking: type, wire: wire)
  }

  private mutating func some(_ count: ClosedRange<Int>) -> [UInt8] {
    (0..<Int.random(in: count, using: &random)).map { _ in .random(in: 0...255, using: &random) }
  }

  private mutating func exactly(_ count: Int) -> [UInt8] { some(count...count) }

  private mutating func counted(_ count: ClosedRange<Int>) -> [UInt8] {
    let bytes = some(count)
    return [UInt8(bytes.count)] + bytes
  }

  mutating func name() -> [UInt8] {
    let labels = (0..<Int.random(in: 0...4, using: &random)).map { _ in some(1...12) }
    return DomainName(labels: labels)?.wire ?? [0]
  }

  private mutating func bytes(_ field: RecordField) -> [UInt8] {
    switch field {
    case .name: name()
    case .number(let count): exactly(count)
    case .period, .instant, .ipv4: exactly(4)
    case .ipv6:
      Bool.random(using: &random) ? exactly(16) : exactly(2) + Array(repeating: 0, count: 14)
    case .string, .optionalString: counted(0...40)
    case .strings: counted(0...255) + counted(0...9)
    case .type, .certificateType: exactly(2)
    case .algorithm: exactly(1)
    case .hex(let minimum), .base64(let minimum): some(max(minimum, 1)...80)
    case .countedHex: counted(0...20)
    case .countedBase32: counted(1...30)
    case .typeBitmap: [0, 2, 0x40, 0x01] + [4, 1, UInt8.random(in: 1...255, using: &random)]
    case .tag: [5] + Array("issue".utf8)
    case .longString(let minimum): some(minimum...300)
    case .serviceParameters: parameters()
    case .hardwareAddress(let count): exactly(count)
    case .nodeIdentifier: exactly(8)
    case .addressPrefixes: [0, 1, 24, 0x83, 10, 0, 1] + [0, 2, 8, 1, 0xFF]
    default: []
    }
  }

  /// BIND wants NAPTR's flags and expression of their form (RFC 3403 §4.1, RFC 3402 §3.2), which we
  /// hand on unread.
  private mutating func rewriteRule() -> [UInt8] {
    let strings = ["u", "E2U+sip", "!^(.*)$!sip:\\1@example.com!i"].flatMap {
      [UInt8($0.utf8.count)] + Array($0.utf8)
    }
    return exactly(4) + strings + name()
  }

  private mutating func parameters() -> [UInt8] {
    let protocols = counted(1...9) + counted(1...9)
    let other = some(0...30)
    return [0, 1, 0, UInt8(protocols.count)] + protocols + [0, 3, 0, 2] + exactly(2)
      + [0, 4, 0, 4] + exactly(4) + [0x02, 0x9B, 0, UInt8(other.count)] + other
  }
}
