/// One part of a record's data. A type's data is a row of these (`RecordSchema`), and everything
/// that must understand data goes by that row: wire validation, canonical form, text in and out.
public enum RecordField: Hashable, Sendable {
  case name(NameUse)
  /// An unsigned number of 1, 2 or 4 bytes.
  case number(Int)
  /// 32 bits of seconds; zone text may write units (`1h30m`).
  case period
  case ipv4
  case ipv6
  /// One <character-string> (RFC 1035 §3.3).
  case string
  /// One or more of them, to the end.
  case strings
  /// ISDN's second string, which may be left out (RFC 1183 §3.2).
  case optionalString
  /// A record type's number.
  case type
  /// A number of one byte that zone text may write as DNSSEC's mnemonic (RFC 4034 appendix A.1).
  case algorithm
  /// CERT's type, a number or a mnemonic (RFC 4398 §2.1).
  case certificateType
  /// DSYNC's scheme, a number or a name (RFC 9859 §4).
  case scheme
  /// 32 bits of seconds since 1970, written as YYYYMMDDHHmmSS (RFC 4034 §3.2).
  case instant
  /// Everything to the end, at least so many bytes.
  case hex(minimum: Int)
  case base64(minimum: Int)
  /// Everything to the end, as long as the digest type in the byte before wants it.
  case digest(DigestUse)
  /// Everything to the end: base64, and there must be some unless the flags say that there is no key
  /// (RFC 2535 §3.1.2).
  case publicKey
  /// One <character-string> of digits, at least four (X.25's addresses, RFC 1183 §3.1).
  case digits
  /// A length and so many bytes: hex, `-` where there are none (RFC 5155 §3.3).
  case countedHex
  /// A length and so many bytes: base32hex without padding (RFC 5155 §3.3).
  case countedBase32
  /// The types present at a name, in windows of 256 (RFC 4034 §4.1.2).
  case typeBitmap
  /// CAA's tag: a length and letters and digits (RFC 8659 §4.1).
  case tag
  /// Everything to the end as one string without a length (CAA's value, URI's target).
  case longString
  /// SVCB's parameters (RFC 9460 §2.1).
  case serviceParameters
  /// LOC's sixteen bytes (RFC 1876).
  case location
  /// Pairs of hex digits with dashes (RFC 7043).
  case hardwareAddress(Int)
  /// Four groups of four hex digits with colons (RFC 6742).
  case nodeIdentifier
  /// APL's items (RFC 3123).
  case addressPrefixes
  /// IPSECKEY's gateway type, algorithm and gateway (RFC 4025 §2).
  case gateway
  /// AMTRELAY's discovery bit, relay type and relay (RFC 8777 §4).
  case relay
  /// HIP's lengths, algorithm, identity tag and public key (RFC 8005 §5).
  case hostIdentity
  /// Names to the end, perhaps none (HIP's servers).
  case names

  /// Whose digest types count.
  public enum DigestUse: Sendable {
    /// RFC 4034 §5.1.4 and appendix A.2, RFC 4509 §2.1, RFC 6605 §2.
    case delegation
    /// RFC 4255 §3.1.2, RFC 6594 §3.
    case hostKey
    /// RFC 8976 §2.2.3 and §2.2.4.
    case zone

    var minimum: Int { self == .zone ? 12 : 1 }

    /// Nil: a type we know no length of.
    func length(of type: UInt8) -> Int? {
      switch (self, type) {
      case (.delegation, 1), (.hostKey, 1): 20
      case (.delegation, 2), (.hostKey, 2): 32
      case (.delegation, 4), (.zone, 1): 48
      case (.zone, 2): 64
      default: nil
      }
    }
  }

  public enum NameUse: Sendable {
    /// RFC 1035's own types: compressed in messages, folded in the canonical form.
    case compressible
    /// Folded in the canonical form (RFC 4034 §6.2), never compressed by us (RFC 3597 §4).
    case folded
    /// Neither: younger than RFC 3597, or NSEC (RFC 6840 §5.1).
    case verbatim
    /// A mailbox written as a name; otherwise as `compressible`.
    case mailbox
  }
}

/// The row of fields of one type.
public struct RecordSchema: Sendable {
  public let fields: [RecordField]
  /// Whether any name in it is folded in the canonical form.
  public let hasFoldedNames: Bool

  init(_ fields: [RecordField]) {
    self.fields = fields
    hasFoldedNames = fields.contains { field in
      if case .name(let use) = field { return use != .verbatim }
      return false
    }
  }

  /// Nil for a type we know no fields of: its data is opaque (RFC 3597).
  @inline(__always)
  public static func of(_ type: RecordType) -> RecordSchema? {
    let number = Int(type.rawValue)
    if number < lowTypes.count { return lowTypes[number] }
    return type == .ta || type == .dlv ? lowTypes[Int(RecordType.ds.rawValue)] : nil
  }

  /// The types below 263, at the place of their number.
  private static let lowTypes: [RecordSchema?] = {
    var schemas = [RecordSchema?](repeating: nil, count: 263)
    for (type, fields) in table { schemas[Int(type.rawValue)] = RecordSchema(fields) }
    return schemas
  }()

  private static let delegationSigner: [RecordField] = [
    .number(2), .algorithm, .number(1), .digest(.delegation),
  ]
  private static let key: [RecordField] = [
    .number(2), .number(1), .algorithm, .publicKey,
  ]
  /// Unlike KEY (RFC 2535 §3.1.2) it has no flags that say there is no key (RFC 4034 §2.1).
  private static let zoneKey: [RecordField] = [
    .number(2), .number(1), .algorithm, .base64(minimum: 1),
  ]
  private static let signature: [RecordField] = [
    .type, .algorithm, .number(1), .number(4), .instant, .instant, .number(2), .name(.folded),
    .base64(minimum: 1),
  ]
  private static let certificateUse: [RecordField] = [
    .number(1), .number(1), .number(1), .hex(minimum: 1),
  ]

  private static let table: [(RecordType, [RecordField])] = [
    // RFC 1035
    (.a, [.ipv4]),
    (.ns, [.name(.compressible)]), (.md, [.name(.compressible)]), (.mf, [.name(.compressible)]),
    (.cname, [.name(.compressible)]), (.mb, [.name(.compressible)]),
    (.mg, [.name(.compressible)]), (.mr, [.name(.compressible)]), (.ptr, [.name(.compressible)]),
    (
      .soa,
      [.name(.compressible), .name(.mailbox), .number(4), .period, .period, .period, .period]
    ),
    (.hinfo, [.string, .string]), (.minfo, [.name(.compressible), .name(.compressible)]),
    (.mx, [.number(2), .name(.compressible)]), (.txt, [.strings]),
    // RFC 1183, 1348, 1664, 1712, 1876, 1982
    (.rp, [.name(.folded), .name(.folded)]), (.afsdb, [.number(2), .name(.folded)]),
    (.x25, [.digits]), (.isdn, [.string, .optionalString]),
    (.rt, [.number(2), .name(.folded)]), (.nsapptr, [.name(.folded)]),
    (.px, [.number(2), .name(.folded), .name(.folded)]),
    (.gpos, [.string, .string, .string]), (.loc, [.location]),
    // RFC 3596, 2782, 3403, 2230, 4398, 6672, 3123
    (.aaaa, [.ipv6]), (.srv, [.number(2), .number(2), .number(2), .name(.folded)]),
    (.naptr, [.number(2), .number(2), .string, .string, .string, .name(.folded)]),
    (.kx, [.number(2), .name(.folded)]),
    (.cert, [.certificateType, .number(2), .algorithm, .base64(minimum: 1)]),
    (.dname, [.name(.folded)]), (.apl, [.addressPrefixes]),
    // RFC 4034, 5155, 7344, 2931, 8078
    (.ds, delegationSigner), (.cds, delegationSigner), (.dnskey, zoneKey), (.cdnskey, zoneKey),
    (.key, key), (.rkey, key), (.rrsig, signature), (.sig, signature),
    (.nsec, [.name(.verbatim), .typeBitmap]),
    (
      .nsec3,
      [.number(1), .number(1), .number(2), .countedHex, .countedBase32, .typeBitmap]
    ),
    (.nsec3param, [.number(1), .number(1), .number(2), .countedHex]),
    // RFC 4255, 4025, 4701, 6698, 8162, 8005, 7929, 7477, 8976, 9460
    (.sshfp, [.number(1), .number(1), .digest(.hostKey)]),
    (.ipseckey, [.number(1), .gateway, .base64(minimum: 0)]), (.dhcid, [.base64(minimum: 1)]),
    (.tlsa, certificateUse), (.smimea, certificateUse), (.hip, [.hostIdentity, .names]),
    (.ninfo, [.strings]), (.talink, [.name(.verbatim), .name(.verbatim)]),
    (.openpgpkey, [.base64(minimum: 1)]), (.csync, [.number(4), .number(2), .typeBitmap]),
    (.zonemd, [.number(4), .number(1), .number(1), .digest(.zone)]),
    (.svcb, [.number(2), .name(.verbatim), .serviceParameters]),
    (.https, [.number(2), .name(.verbatim), .serviceParameters]),
    (.dsync, [.type, .scheme, .number(2), .name(.verbatim)]),
    (.hhit, [.base64(minimum: 1)]), (.brid, [.base64(minimum: 1)]),
    // RFC 4408, 6742, 7043, 7553, 8659, 8777, 9606
    (.spf, [.strings]), (.nid, [.number(2), .nodeIdentifier]), (.l32, [.number(2), .ipv4]),
    (.l64, [.number(2), .nodeIdentifier]), (.lp, [.number(2), .name(.verbatim)]),
    (.eui48, [.hardwareAddress(6)]), (.eui64, [.hardwareAddress(8)]),
    (.uri, [.number(2), .number(2), .longString]),
    (.caa, [.number(1), .tag, .longString]), (.avc, [.strings]),
    (.amtrelay, [.number(1), .relay]), (.resinfo, [.strings]), (.wallet, [.strings]),
  ]
}
