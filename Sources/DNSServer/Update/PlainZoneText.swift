import DNSModel
import Digests
import SystemIO

/// A zone as a zone file that any server reads, every record in the generic form of RFC 3597 §5.
enum PlainZoneText {
  static let pieceCount = 1 << 16

  static func write(
    _ zone: Zone, _ write: (_ piece: [UInt8]) throws(FileError) -> Void
  ) throws(FileError) {
    var piece: [UInt8] = []
    // The SOA comes first: readers take the zone's name from it.
    if let soa = zone.rrset(at: zone.origin, .soa) { piece += lines(soa) }
    for rrset in zone.allRRsets where rrset.type != .soa || rrset.owner != zone.origin {
      piece += lines(rrset)
      guard piece.count > pieceCount else { continue }
      try write(piece)
      piece = []
    }
    try write(piece)
  }

  private static func lines(_ rrset: RRset) -> [UInt8] {
    var text: [UInt8] = []
    for data in rrset.data {
      let line =
        "\(rrset.owner) \(rrset.ttl) IN TYPE\(rrset.type.rawValue) "
        + "\\# \(data.wire.count) \(data.wire.hex)\n"
      text += Array(line.utf8)
    }
    return text
  }
}
