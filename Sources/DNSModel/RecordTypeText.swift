/// The mnemonics of IANA's registry of record types, and the generic `TYPE123` of RFC 3597 §5.
extension RecordType: CustomStringConvertible {
  private static let registry: [(number: UInt16, mnemonic: String)] = [
    (1, "A"),
    (2, "NS"),
    (3, "MD"),
    (4, "MF"),
    (5, "CNAME"),
    (6, "SOA"),
    (7, "MB"),
    (8, "MG"),
    (9, "MR"),
    (10, "NULL"),
    (11, "WKS"),
    (12, "PTR"),
    (13, "HINFO"),
    (14, "MINFO"),
    (15, "MX"),
    (16, "TXT"),
    (17, "RP"),
    (18, "AFSDB"),
    (19, "X25"),
    (20, "ISDN"),
    (21, "RT"),
    (22, "NSAP"),
    (23, "NSAP-PTR"),
    (24, "SIG"),
    (25, "KEY"),
    (26, "PX"),
    (27, "GPOS"),
    (28, "AAAA"),
    (29, "LOC"),
    (30, "NXT"),
    (31, "EID"),
    (32, "NIMLOC"),
    (33, "SRV"),
    (34, "ATMA"),
    (35, "NAPTR"),
    (36, "KX"),
    (37, "CERT"),
    (38, "A6"),
    (39, "DNAME"),
    (40, "SINK"),
    (41, "OPT"),
    (42, "APL"),
    (43, "DS"),
    (44, "SSHFP"),
    (45, "IPSECKEY"),
    (46, "RRSIG"),
    (47, "NSEC"),
    (48, "DNSKEY"),
    (49, "DHCID"),
    (50, "NSEC3"),
    (51, "NSEC3PARAM"),
    (52, "TLSA"),
    (53, "SMIMEA"),
    (55, "HIP"),
    (56, "NINFO"),
    (57, "RKEY"),
    (58, "TALINK"),
    (59, "CDS"),
    (60, "CDNSKEY"),
    (61, "OPENPGPKEY"),
    (62, "CSYNC"),
    (63, "ZONEMD"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (66, "DSYNC"),
    (67, "HHIT"),
    (68, "BRID"),
    (99, "SPF"),
    (104, "NID"),
    (105, "L32"),
    (106, "L64"),
    (107, "LP"),
    (108, "EUI48"),
    (109, "EUI64"),
    (128, "NXNAME"),
    (249, "TKEY"),
    (250, "TSIG"),
    (251, "IXFR"),
    (252, "AXFR"),
    (253, "MAILB"),
    (254, "MAILA"),
    (255, "ANY"),
    (256, "URI"),
    (257, "CAA"),
    (258, "AVC"),
    (259, "DOA"),
    (260, "AMTRELAY"),
    (261, "RESINFO"),
    (262, "WALLET"),
    (32768, "TA"),
    (32769, "DLV"),
  ]

  private static let mnemonics = Dictionary(
    uniqueKeysWithValues: registry.map { ($0.number, $0.mnemonic) })
  private static let numbers = Dictionary(
    uniqueKeysWithValues: registry.map { ($0.mnemonic, $0.number) })

  /// Mnemonics of up to eight letters, as one number.
  private static let shortNumbers = Dictionary(
    uniqueKeysWithValues: registry.filter { $0.mnemonic.utf8.count <= 8 }.map { row in
      (row.mnemonic.utf8.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }, row.number)
    })

  public var description: String { Self.mnemonics[rawValue] ?? "TYPE\(rawValue)" }

  /// Nil unless the text is a mnemonic, in any case, or `TYPE` and a number up to 65535.
  public init?(parsing text: some StringProtocol) { self.init(mnemonic: Array(text.utf8)) }

  init?(mnemonic text: some Collection<UInt8>) {
    guard text.count <= 10, let first = text.first, isLetter(first) else { return nil }
    // The hot path of loading a zone: no string is made.
    if text.count <= 8 {
      let key = text.reduce(UInt64(0)) { $0 << 8 | UInt64(isLetter($1) ? $1 & 0xDF : $1) }
      if let number = Self.shortNumbers[key] {
        self.init(rawValue: number)
        return
      }
    }
    let upper = String(decoding: text.map { isLetter($0) ? $0 & 0xDF : $0 }, as: UTF8.self)
    if let number = Self.numbers[upper] {
      self.init(rawValue: number)
    } else if upper.hasPrefix("TYPE"), let number = UInt16(decimal: text.dropFirst(4)) {
      self.init(rawValue: number)
    } else {
      return nil
    }
  }

  /// Types that ask or carry protocol matters and are never records of a zone (RFC 6895 §3.1: OPT,
  /// NXNAME and the range of question types, 128 to 255), and the reserved number 0.
  public var isMeta: Bool { rawValue == 0 || self == .opt || (128...255).contains(rawValue) }
}

extension RecordClass: CustomStringConvertible {
  public var description: String {
    switch rawValue {
    case 1: "IN"
    case 3: "CH"
    case 4: "HS"
    case 254: "NONE"
    case 255: "ANY"
    default: "CLASS\(rawValue)"
    }
  }

  /// Nil unless the text is a mnemonic, in any case, or `CLASS` and a number up to 65535.
  public init?(parsing text: some StringProtocol) { self.init(mnemonic: Array(text.utf8)) }

  init?(mnemonic text: some Collection<UInt8>) {
    guard (2...10).contains(text.count), let first = text.first,
      [UInt8(ascii: "C"), UInt8(ascii: "I"), UInt8(ascii: "H")].contains(first & 0xDF)
    else { return nil }
    switch String(decoding: text.map { isLetter($0) ? $0 & 0xDF : $0 }, as: UTF8.self) {
    case "IN": self = .internet
    case "CH": self = .chaos
    case "HS": self.init(rawValue: 4)
    case let other:
      guard other.hasPrefix("CLASS"), let number = UInt16(decimal: text.dropFirst(5)) else {
        return nil
      }
      self.init(rawValue: number)
    }
  }
}

@inline(__always)
func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

@inline(__always)
func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

extension FixedWidthInteger where Self: UnsignedInteger {
  /// Decimal digits only, at least one, no sign; nil where the number does not fit.
  init?(decimal digits: some Collection<UInt8>) {
    guard !digits.isEmpty else { return nil }
    var value: Self = 0
    for digit in digits {
      guard isDigit(digit) else { return nil }
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Self(digit & 15))
      guard !overflow, !carry else { return nil }
      value = sum
    }
    self = value
  }
}
