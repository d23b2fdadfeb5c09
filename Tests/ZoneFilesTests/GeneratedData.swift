import DNSModel
import TestSupport

/// Valid data of a type, made field by field from its schema.
struct GeneratedData {
  var random: SeededRandom
  /// Names of letters and digits, with a rare byte of another kind.
  var hasPlainNames = false

  static let types: [RecordType] = [
    .a, .aaaa, .ns, .cname, .dname, .soa, .mx, .txt, .ptr, .srv, .caa, .dnskey, .rrsig,
    .nsec, .nsec3, .nsec3param, .tlsa, .naptr, .svcb, .https, .uri, .hinfo, .rp, .afsdb, .cert,
    .smimea, .openpgpkey, .spf, .csync, .kx, .eui48, .eui64, .minfo, .rt, .px, .nid, .l32, .l64,
    .lp, .apl, .talink, .ninfo, .avc, .ds, .cds, .cdnskey, .dlv, .ta, .sshfp, .loc, .zonemd, .dhcid,
    .ipseckey, .hip, .amtrelay, .key, .mb, .mg, .mr, .x25, .isdn, .nsapptr,
  ]

  mutating func data(_ type: RecordType) -> RecordData? {
    guard let schema = RecordSchema.of(type) else { return nil }
    var wire: [UInt8] = []
    switch type {
    case .naptr: wire = rewriteRule()
    // SHA-1's hashes are 20 bytes (RFC 5155 §5): BIND refuses others, which we read as they stand.
    case .nsec3: wire = [1] + exactly(3) + counted(0...20) + counted(20...20) + bytes(.typeBitmap)
    // Each digest has its length (RFC 4034 §5.1.4 and its successors, RFC 4255 §3.1.2, RFC 8976 §2.2.4).
    case .ds, .cds, .ta, .dlv: wire = exactly(3) + digest([(1, 20), (2, 32), (4, 48)])
    case .sshfp: wire = exactly(1) + digest([(1, 20), (2, 32)])
    case .zonemd: wire = exactly(4) + [1] + digest([(1, 48), (2, 64), (240, 12)])
    // Numbers of four digits and more (RFC 1183 §3.1).
    case .x25: wire = counted(4...15).enumerated().map { $0 == 0 ? $1 : 0x30 + $1 % 10 }
    case .key: wire = [0x3F & exactly(1)[0]] + exactly(2) + bytes(.algorithm) + some(1...60)
    case .ipseckey:
      wire = exactly(1) + gateway(hasAlgorithm: true)
      wire += wire[2] == 0 ? [] : some(1...80)
    case .rrsig:
      for field in schema.fields { wire += bytes(field) }
      // No fewer labels than the signer has (RFC 4034 §3.1.3, §3.1.7): BIND refuses that, we do not.
      wire[3] |= 4
      // A TTL of more than 31 bits is none (RFC 2181 §8).
      wire[4] &= 0x7F
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

  private mutating func digest(_ kinds: [(UInt8, Int)]) -> [UInt8] {
    let (kind, length) = kinds.randomElement(using: &random) ?? kinds[0]
    return [kind] + exactly(length)
  }

  mutating func name() -> [UInt8] {
    let labels = (0..<Int.random(in: 0...4, using: &random)).map { _ -> [UInt8] in
      let label = some(1...12)
      guard hasPlainNames else { return label }
      return label.map {
        $0 > 0xF8 ? $0 : Array("abcdefghijklmnopqrstuvwxyzABCDEFG0123456789-_".utf8)[Int($0) % 45]
      }
    }
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
    case .digits, .digest, .publicKey: []
    case .strings: counted(0...255) + counted(0...9)
    case .type, .certificateType: exactly(2)
    case .scheme: exactly(1)
    // 253 and 254 are private: their keys begin with a name or an identifier (RFC 4034 appendix A.1.1).
    case .algorithm: [UInt8.random(in: 0...252, using: &random)]
    case .hex(let minimum), .base64(let minimum): some(max(minimum, 1)...80)
    case .countedHex: counted(0...20)
    case .countedBase32: counted(1...30)
    case .typeBitmap: [0, 2, 0x40, 0x01] + [4, 1, UInt8.random(in: 1...255, using: &random)]
    case .tag: [5] + Array("issue".utf8)
    case .longString: some(0...300)
    case .serviceParameters: parameters()
    case .hardwareAddress(let count): exactly(count)
    case .nodeIdentifier: exactly(8)
    case .addressPrefixes: [0, 1, 24, 0x83, 10, 0, 1] + [0, 2, 8, 1, 0xFF]
    case .location: location()
    case .gateway: gateway(hasAlgorithm: true)
    case .relay: gateway(hasAlgorithm: false)
    case .hostIdentity: [16, 2, 0, 20] + exactly(36)
    case .names: name() + name()
    }
  }

  /// Its kind, IPSECKEY's algorithm, and an address of four or sixteen bytes, a name or nothing.
  private mutating func gateway(hasAlgorithm: Bool) -> [UInt8] {
    let kind = Int.random(in: 0...3, using: &random)
    let rest = hasAlgorithm ? exactly(1) : []
    switch kind {
    case 0: return [0] + rest
    case 3: return [3] + rest + name()
    default: return [UInt8(kind)] + rest + exactly(kind == 1 ? 4 : 16)
    }
  }

  private mutating func location() -> [UInt8] {
    let sizes = (0..<3).map { _ in
      UInt8.random(in: 1...9, using: &random) << 4 | UInt8.random(in: 0...9, using: &random)
    }
    let angles = [90, 180].map { degrees in
      UInt32(
        0x8000_0000 + Int.random(in: -degrees * 3_600_000...degrees * 3_600_000, using: &random))
    }
    return [0] + sizes
      + angles.flatMap { angle in (0..<4).map { UInt8(truncatingIfNeeded: angle >> (24 - 8 * $0)) }
      }
      + exactly(4)
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
