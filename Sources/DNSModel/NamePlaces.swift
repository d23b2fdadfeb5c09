/// Where names stand in a record's data, as far as messages care: they may be compressed there.
public struct NamePlaces {
  /// Bytes before the first name.
  public let start: Int
  /// Names, one after the other; what follows them is taken as it is.
  public let count: Int

  private init(_ start: Int, _ count: Int) {
    self.start = start
    self.count = count
  }

  /// Types whose names we may compress: those of RFC 1035 alone (RFC 3597 §4).
  public init?(compressible type: RecordType) {
    switch type.rawValue {
    case 2, 3, 4, 5, 7, 8, 9, 12: self.init(0, 1)  // NS MD MF CNAME MB MG MR PTR
    case 6, 14: self.init(0, 2)  // SOA MINFO
    case 15: self.init(2, 1)  // MX
    default: return nil
    }
  }

  /// Types whose names others may have compressed all the same (RFC 3597 §4, and DNAME, NSEC, …
  /// where old software did).
  init?(expandable type: RecordType, _ data: ArraySlice<UInt8>) {
    switch type.rawValue {
    case 17: self.init(0, 2)  // RP
    case 18, 21, 36: self.init(2, 1)  // AFSDB RT KX
    case 24, 46: self.init(18, 1)  // SIG RRSIG
    case 26: self.init(2, 2)  // PX
    case 30, 39, 47: self.init(0, 1)  // NXT DNAME NSEC
    case 33: self.init(6, 1)  // SRV
    case 35:  // NAPTR: three character strings stand before the name.
      var offset = 4
      for _ in 0..<3 {
        guard offset < data.count else { return nil }
        offset += 1 + Int(data[data.startIndex + offset])
      }
      self.init(offset, 1)
    default: self.init(compressible: type)
    }
  }
}
