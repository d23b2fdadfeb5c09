/// A cipher suite by its number in IANA's registry.
public struct CipherSuite: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let number: UInt16
  public init(_ number: UInt16) { self.number = number }

  public static func < (left: CipherSuite, right: CipherSuite) -> Bool {
    left.number < right.number
  }

  /// IANA's name, or the number.
  public var description: String {
    Self.names.first { $0.0 == number }?.1 ?? "0x" + String(number, radix: 16)
  }

  /// All that TLS 1.3 has (RFC 8446 §B.4).
  public static let modern = names.filter { $0.0 >> 8 == 0x13 }.map { CipherSuite($0.0) }
  /// All of the older versions that a server is likely to speak, the good ones first.
  public static let older = names.filter { $0.0 >> 8 != 0x13 }.map { CipherSuite($0.0) }

  /// Key exchanges that name a curve.
  public var usesCurves: Bool { description.hasPrefix("ECDH") }

  private static let names: [(UInt16, String)] =
    modernNames + [(0xCCA8, "ECDHE_RSA_CHACHA20_POLY1305_SHA256")]
    + [(0xCCA9, "ECDHE_ECDSA_CHACHA20_POLY1305_SHA256")]
    + [(0xCCAA, "DHE_RSA_CHACHA20_POLY1305_SHA256")] + highNames + lowNames

  private static let modernNames: [(UInt16, String)] = [
    (0x1301, "AES_128_GCM_SHA256"), (0x1302, "AES_256_GCM_SHA384"),
    (0x1303, "CHACHA20_POLY1305_SHA256"), (0x1304, "AES_128_CCM_SHA256"),
    (0x1305, "AES_128_CCM_8_SHA256"),
  ]

  private static let highNames: [(UInt16, String)] = [
    (0xC02B, "ECDHE_ECDSA_AES_128_GCM_SHA256"), (0xC02C, "ECDHE_ECDSA_AES_256_GCM_SHA384"),
    (0xC02F, "ECDHE_RSA_AES_128_GCM_SHA256"), (0xC030, "ECDHE_RSA_AES_256_GCM_SHA384"),
    (0x009E, "DHE_RSA_AES_128_GCM_SHA256"), (0x009F, "DHE_RSA_AES_256_GCM_SHA384"),
    (0xC0AC, "ECDHE_ECDSA_AES_128_CCM"), (0xC0AD, "ECDHE_ECDSA_AES_256_CCM"),
    (0xC0AE, "ECDHE_ECDSA_AES_128_CCM_8"), (0xC0AF, "ECDHE_ECDSA_AES_256_CCM_8"),
    (0xC09E, "DHE_RSA_AES_128_CCM"), (0xC09F, "DHE_RSA_AES_256_CCM"),
    (0xC0A2, "DHE_RSA_AES_128_CCM_8"), (0xC0A3, "DHE_RSA_AES_256_CCM_8"),
    (0xC05C, "ECDHE_ECDSA_ARIA_128_GCM_SHA256"), (0xC05D, "ECDHE_ECDSA_ARIA_256_GCM_SHA384"),
    (0xC060, "ECDHE_RSA_ARIA_128_GCM_SHA256"), (0xC061, "ECDHE_RSA_ARIA_256_GCM_SHA384"),
    (0xC052, "DHE_RSA_ARIA_128_GCM_SHA256"), (0xC053, "DHE_RSA_ARIA_256_GCM_SHA384"),
    (0xC023, "ECDHE_ECDSA_AES_128_CBC_SHA256"), (0xC024, "ECDHE_ECDSA_AES_256_CBC_SHA384"),
    (0xC027, "ECDHE_RSA_AES_128_CBC_SHA256"), (0xC028, "ECDHE_RSA_AES_256_CBC_SHA384"),
    (0x0067, "DHE_RSA_AES_128_CBC_SHA256"), (0x006B, "DHE_RSA_AES_256_CBC_SHA256"),
    (0xC072, "ECDHE_ECDSA_CAMELLIA_128_CBC_SHA256"),
    (0xC073, "ECDHE_ECDSA_CAMELLIA_256_CBC_SHA384"),
    (0xC076, "ECDHE_RSA_CAMELLIA_128_CBC_SHA256"), (0xC077, "ECDHE_RSA_CAMELLIA_256_CBC_SHA384"),
    (0x00BE, "DHE_RSA_CAMELLIA_128_CBC_SHA256"), (0x00C4, "DHE_RSA_CAMELLIA_256_CBC_SHA256"),
    (0xC009, "ECDHE_ECDSA_AES_128_CBC_SHA"), (0xC00A, "ECDHE_ECDSA_AES_256_CBC_SHA"),
    (0xC013, "ECDHE_RSA_AES_128_CBC_SHA"), (0xC014, "ECDHE_RSA_AES_256_CBC_SHA"),
    (0x0033, "DHE_RSA_AES_128_CBC_SHA"), (0x0039, "DHE_RSA_AES_256_CBC_SHA"),
    (0x0045, "DHE_RSA_CAMELLIA_128_CBC_SHA"), (0x0088, "DHE_RSA_CAMELLIA_256_CBC_SHA"),
    (0x009C, "RSA_AES_128_GCM_SHA256"), (0x009D, "RSA_AES_256_GCM_SHA384"),
    (0xC09C, "RSA_AES_128_CCM"), (0xC09D, "RSA_AES_256_CCM"), (0xC0A0, "RSA_AES_128_CCM_8"),
    (0xC0A1, "RSA_AES_256_CCM_8"), (0xC050, "RSA_ARIA_128_GCM_SHA256"),
    (0xC051, "RSA_ARIA_256_GCM_SHA384"), (0x003C, "RSA_AES_128_CBC_SHA256"),
    (0x003D, "RSA_AES_256_CBC_SHA256"), (0x00BA, "RSA_CAMELLIA_128_CBC_SHA256"),
    (0x00C0, "RSA_CAMELLIA_256_CBC_SHA256"), (0x002F, "RSA_AES_128_CBC_SHA"),
    (0x0035, "RSA_AES_256_CBC_SHA"), (0x0041, "RSA_CAMELLIA_128_CBC_SHA"),
    (0x0084, "RSA_CAMELLIA_256_CBC_SHA"),
  ]

  private static let lowNames: [(UInt16, String)] = [
    (0x0096, "RSA_SEED_CBC_SHA"), (0x009A, "DHE_RSA_SEED_CBC_SHA"), (0x0007, "RSA_IDEA_CBC_SHA"),
    (0xC008, "ECDHE_ECDSA_3DES_EDE_CBC_SHA"), (0xC012, "ECDHE_RSA_3DES_EDE_CBC_SHA"),
    (0x0016, "DHE_RSA_3DES_EDE_CBC_SHA"), (0x000A, "RSA_3DES_EDE_CBC_SHA"),
    (0x0015, "DHE_RSA_DES_CBC_SHA"), (0x0009, "RSA_DES_CBC_SHA"),
    (0xC007, "ECDHE_ECDSA_RC4_128_SHA"), (0xC011, "ECDHE_RSA_RC4_128_SHA"),
    (0x0005, "RSA_RC4_128_SHA"), (0x0004, "RSA_RC4_128_MD5"),
    (0x0014, "DHE_RSA_EXPORT_DES40_CBC_SHA"), (0x0008, "RSA_EXPORT_DES40_CBC_SHA"),
    (0x0003, "RSA_EXPORT_RC4_40_MD5"), (0xC018, "ECDH_anon_AES_128_CBC_SHA"),
    (0xC019, "ECDH_anon_AES_256_CBC_SHA"), (0xC016, "ECDH_anon_RC4_128_SHA"),
    (0x00A6, "DH_anon_AES_128_GCM_SHA256"), (0x00A7, "DH_anon_AES_256_GCM_SHA384"),
    (0x006C, "DH_anon_AES_128_CBC_SHA256"), (0x006D, "DH_anon_AES_256_CBC_SHA256"),
    (0x0034, "DH_anon_AES_128_CBC_SHA"), (0x003A, "DH_anon_AES_256_CBC_SHA"),
    (0x001B, "DH_anon_3DES_EDE_CBC_SHA"), (0x0018, "DH_anon_RC4_128_MD5"),
    (0xC006, "ECDHE_ECDSA_NULL_SHA"), (0xC010, "ECDHE_RSA_NULL_SHA"), (0x003B, "RSA_NULL_SHA256"),
    (0x0002, "RSA_NULL_SHA"), (0x0001, "RSA_NULL_MD5"),
  ]
}

/// A key exchange group by its number in IANA's registry.
public struct NamedGroup: Hashable, Sendable, CustomStringConvertible {
  public let number: UInt16
  public init(_ number: UInt16) { self.number = number }

  public static let all = names.map { NamedGroup($0.0) }

  public var description: String {
    Self.names.first { $0.0 == number }?.1 ?? "0x" + String(number, radix: 16)
  }

  private static let names: [(UInt16, String)] = [
    (0x11EC, "X25519MLKEM768"), (29, "X25519"), (23, "P-256"), (24, "P-384"), (25, "P-521"),
    (30, "X448"), (0x11EB, "SecP256r1MLKEM768"), (0x11ED, "SecP384r1MLKEM1024"),
    (256, "ffdhe2048"), (257, "ffdhe3072"), (258, "ffdhe4096"),
    (259, "ffdhe6144"), (260, "ffdhe8192"), (31, "brainpoolP256r1tls13"),
    (32, "brainpoolP384r1tls13"), (33, "brainpoolP512r1tls13"), (26, "brainpoolP256r1"),
    (27, "brainpoolP384r1"), (28, "brainpoolP512r1"), (22, "secp256k1"), (21, "secp224r1"),
    (19, "secp192r1"),
  ]
}
