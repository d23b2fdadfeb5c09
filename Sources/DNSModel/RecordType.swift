/// A record type: any of the 65,536, known by name or not (RFC 3597).
public struct RecordType: RawRepresentable, Hashable, Comparable, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static func < (left: RecordType, right: RecordType) -> Bool {
    left.rawValue < right.rawValue
  }

  public static let a = RecordType(rawValue: 1)
  public static let ns = RecordType(rawValue: 2)
  public static let cname = RecordType(rawValue: 5)
  public static let soa = RecordType(rawValue: 6)
  public static let wks = RecordType(rawValue: 11)
  public static let ptr = RecordType(rawValue: 12)
  public static let hinfo = RecordType(rawValue: 13)
  public static let mx = RecordType(rawValue: 15)
  public static let txt = RecordType(rawValue: 16)
  public static let rp = RecordType(rawValue: 17)
  public static let afsdb = RecordType(rawValue: 18)
  public static let aaaa = RecordType(rawValue: 28)
  public static let loc = RecordType(rawValue: 29)
  public static let srv = RecordType(rawValue: 33)
  public static let naptr = RecordType(rawValue: 35)
  public static let dname = RecordType(rawValue: 39)
  public static let opt = RecordType(rawValue: 41)
  public static let ds = RecordType(rawValue: 43)
  public static let sshfp = RecordType(rawValue: 44)
  public static let rrsig = RecordType(rawValue: 46)
  public static let nsec = RecordType(rawValue: 47)
  public static let dnskey = RecordType(rawValue: 48)
  public static let nsec3 = RecordType(rawValue: 50)
  public static let nsec3param = RecordType(rawValue: 51)
  public static let tlsa = RecordType(rawValue: 52)
  public static let cds = RecordType(rawValue: 59)
  public static let cdnskey = RecordType(rawValue: 60)
  public static let svcb = RecordType(rawValue: 64)
  public static let https = RecordType(rawValue: 65)
  public static let tsig = RecordType(rawValue: 250)
  public static let ixfr = RecordType(rawValue: 251)
  public static let axfr = RecordType(rawValue: 252)
  public static let any = RecordType(rawValue: 255)
  public static let uri = RecordType(rawValue: 256)
  public static let caa = RecordType(rawValue: 257)
}

/// A record class (RFC 1035 §3.2.4); zones here are of class IN.
public struct RecordClass: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let internet = RecordClass(rawValue: 1)
  public static let chaos = RecordClass(rawValue: 3)
  public static let none = RecordClass(rawValue: 254)
  public static let any = RecordClass(rawValue: 255)
}
