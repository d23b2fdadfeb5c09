/// What the OPT pseudo-record says (RFC 6891 §6.1). The extended response code is not here: it is
/// part of `Message.responseCode`.
public struct EDNS: Hashable, Sendable {
  /// How large a UDP message the sender takes; below 512 counts as 512 (§6.2.3).
  public var payloadSize: UInt16
  public var version: UInt8
  /// DO: the sender wants DNSSEC records (RFC 3225).
  public var dnssecOK: Bool
  /// The fifteen bits behind DO, reserved.
  public var reservedFlags: UInt16
  public var options: [EDNSOption]

  /// What passes nearly every path without fragments (RFC 9715 §3.2).
  public static let usualPayloadSize: UInt16 = 1232

  public init(
    payloadSize: UInt16 = usualPayloadSize, version: UInt8 = 0, dnssecOK: Bool = false,
    reservedFlags: UInt16 = 0, options: [EDNSOption] = []
  ) {
    self.payloadSize = payloadSize
    self.version = version
    self.dnssecOK = dnssecOK
    self.reservedFlags = reservedFlags
    self.options = options
  }

  /// The bytes the record takes.
  public var byteCount: Int { options.reduce(11) { $0 + 4 + $1.data.count } }

  /// The record's last 32 bits before the length: the TTL's place, with another meaning.
  init(payloadSize: UInt16, flags: UInt32, options: [EDNSOption]) {
    self.init(
      payloadSize: payloadSize, version: UInt8(truncatingIfNeeded: flags >> 16),
      dnssecOK: flags & 0x8000 != 0, reservedFlags: UInt16(truncatingIfNeeded: flags & 0x7FFF),
      options: options)
  }

  func flags(upperResponseCode: UInt8) -> UInt32 {
    UInt32(upperResponseCode) << 24 | UInt32(version) << 16 | (dnssecOK ? 0x8000 : 0)
      | UInt32(reservedFlags & 0x7FFF)
  }
}

/// One option of the OPT record, its content untouched.
public struct EDNSOption: Hashable, Sendable {
  public var code: UInt16
  public var data: [UInt8]

  public init(code: UInt16, data: [UInt8] = []) {
    self.code = code
    self.data = data
  }

  public static let nameServerIdentifier: UInt16 = 3
  public static let clientSubnet: UInt16 = 8
  public static let expire: UInt16 = 9
  public static let cookie: UInt16 = 10
  public static let keepalive: UInt16 = 11
  public static let padding: UInt16 = 12
  public static let extendedError: UInt16 = 15
}
