/// The twelve bytes every message begins with (RFC 1035 §4.1.1), without the counts: those follow
/// from the sections.
///
/// ```
///   0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
/// |                      ID                       |
/// |QR|   Opcode  |AA|TC|RD|RA| Z|AD|CD|   RCODE   |
/// ```
public struct MessageHeader: Hashable, Sendable {
  public var id: UInt16
  /// Everything of the second word, RCODE included, as it stands on the wire.
  public var flags: UInt16

  public static let byteCount = 12

  public init(id: UInt16 = 0, flags: UInt16 = 0) {
    self.id = id
    self.flags = flags
  }

  public var isResponse: Bool {
    get { self[0x8000] }
    set { self[0x8000] = newValue }
  }

  public var opcode: Opcode {
    get { Opcode(rawValue: UInt8(flags >> 11 & 0xF)) }
    set { flags = flags & ~0x7800 | UInt16(newValue.rawValue & 0xF) << 11 }
  }

  public var isAuthoritative: Bool {
    get { self[0x0400] }
    set { self[0x0400] = newValue }
  }

  public var isTruncated: Bool {
    get { self[0x0200] }
    set { self[0x0200] = newValue }
  }

  public var recursionDesired: Bool {
    get { self[0x0100] }
    set { self[0x0100] = newValue }
  }

  public var recursionAvailable: Bool {
    get { self[0x0080] }
    set { self[0x0080] = newValue }
  }

  /// The one bit that is still reserved and must be zero when sent.
  public var reservedBit: Bool {
    get { self[0x0040] }
    set { self[0x0040] = newValue }
  }

  public var authenticData: Bool {
    get { self[0x0020] }
    set { self[0x0020] = newValue }
  }

  public var checkingDisabled: Bool {
    get { self[0x0010] }
    set { self[0x0010] = newValue }
  }

  /// The four bits of the header; the upper eight of an extended code stand in the OPT record.
  public var lowResponseCode: UInt16 {
    get { flags & 0xF }
    set { flags = flags & 0xFFF0 | newValue & 0xF }
  }

  private subscript(bit: UInt16) -> Bool {
    get { flags & bit != 0 }
    set { flags = newValue ? flags | bit : flags & ~bit }
  }
}

/// What a message asks for (RFC 1035 §4.1.1); the registry is open.
public struct Opcode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let query = Opcode(rawValue: 0)
  public static let inverseQuery = Opcode(rawValue: 1)
  public static let status = Opcode(rawValue: 2)
  public static let notify = Opcode(rawValue: 4)
  public static let update = Opcode(rawValue: 5)
  public static let stateful = Opcode(rawValue: 6)

  public var description: String {
    switch self {
    case .query: "QUERY"
    case .inverseQuery: "IQUERY"
    case .status: "STATUS"
    case .notify: "NOTIFY"
    case .update: "UPDATE"
    case .stateful: "DSO"
    default: "OPCODE\(rawValue)"
    }
  }
}

/// How a question was answered, extended codes included (RFC 6895 §2.3); the registry is open.
public struct ResponseCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let noError = ResponseCode(rawValue: 0)
  public static let formatError = ResponseCode(rawValue: 1)
  public static let serverFailure = ResponseCode(rawValue: 2)
  public static let nameError = ResponseCode(rawValue: 3)
  public static let notImplemented = ResponseCode(rawValue: 4)
  public static let refused = ResponseCode(rawValue: 5)
  public static let nameExists = ResponseCode(rawValue: 6)
  public static let setExists = ResponseCode(rawValue: 7)
  public static let setDoesNotExist = ResponseCode(rawValue: 8)
  public static let notAuthoritative = ResponseCode(rawValue: 9)
  public static let notInZone = ResponseCode(rawValue: 10)
  public static let badVersion = ResponseCode(rawValue: 16)
  public static let badCookie = ResponseCode(rawValue: 23)

  /// As `dig` and the zone tools write it.
  public var description: String {
    switch self {
    case .noError: "NOERROR"
    case .formatError: "FORMERR"
    case .serverFailure: "SERVFAIL"
    case .nameError: "NXDOMAIN"
    case .notImplemented: "NOTIMP"
    case .refused: "REFUSED"
    case .nameExists: "YXDOMAIN"
    case .setExists: "YXRRSET"
    case .setDoesNotExist: "NXRRSET"
    case .notAuthoritative: "NOTAUTH"
    case .notInZone: "NOTZONE"
    case .badVersion: "BADVERS"
    case .badCookie: "BADCOOKIE"
    default: "RCODE\(rawValue)"
    }
  }
}
