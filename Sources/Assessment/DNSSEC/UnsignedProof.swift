import DNSModel
import Digests
import Migration

/// The parent's proof that a delegation is unsigned: a signed NSEC or NSEC3 that has no DS at the zone's
/// name (RFC 4035 §5.2, RFC 5155 §8.9). Without it, a forger could take any DS away.
struct UnsignedProof {
  let zone: DomainName
  let parent: DomainName
  let keys: [RecordData]

  func holds(_ reply: DNSReply, _ verifier: inout SetVerifier) -> Bool {
    let signatures = reply.authorities.filter { $0.data.type == .rrsig }
    for record in reply.authorities.prefix(16) where shows(record) {
      let outcome = verifier.verify(
        record.owner, [record.data], signatures, zone: parent, keys: keys)
      if case .valid = outcome { return true }
    }
    return false
  }

  private func shows(_ record: ResourceRecord) -> Bool {
    let wire = record.data.wire
    if record.data.type == .nsec {
      guard record.owner == zone, let next = record.data.names.first else { return false }
      return isUnsignedCut(Array(wire[next.wire.count...]))
    }
    guard record.data.type == .nsec3, wire.count > 5, wire[0] == 1 else { return false }
    let isOptOut = wire[1] & 1 == 1
    let iterations = Int(wire[2]) << 8 | Int(wire[3])
    let saltEnd = 5 + Int(wire[4])
    // More rounds than this nobody has to follow (RFC 9276 §3.2).
    guard iterations <= 150, wire.count > saltEnd, record.owner.parent == parent else {
      return false
    }
    let nextEnd = saltEnd + 1 + Int(wire[saltEnd])
    guard wire.count >= nextEnd, let label = record.owner.labels.first,
      let own = Self.base32hex(label)
    else { return false }
    let next = Array(wire[(saltEnd + 1)..<nextEnd])
    let salt = Array(wire[5..<saltEnd])
    let hash = Self.hash(zone, salt: salt, iterations: iterations)
    if own == hash { return isUnsignedCut(Array(wire[nextEnd...])) }
    guard isOptOut else { return false }
    // The name the cut hangs from: with opt-out, an unsigned cut lies between two hashes.
    let isAbove = own.lexicographicallyPrecedes(hash)
    let isBelow = hash.lexicographicallyPrecedes(next)
    return own.lexicographicallyPrecedes(next) ? isAbove && isBelow : isAbove || isBelow
  }

  /// NS without DS and SOA, by the map of types.
  private func isUnsignedCut(_ map: [UInt8]) -> Bool {
    Self.has(.ns, map) && !Self.has(.ds, map) && !Self.has(.soa, map)
  }

  static func has(_ type: RecordType, _ map: [UInt8]) -> Bool {
    var offset = 0
    while offset + 2 <= map.count {
      let (window, count) = (Int(map[offset]), Int(map[offset + 1]))
      let end = offset + 2 + count
      guard count > 0, end <= map.count else { return false }
      let place = Int(type.rawValue & 0xFF)
      if window == Int(type.rawValue >> 8), place / 8 < count {
        return map[offset + 2 + place / 8] & (0x80 >> UInt8(place % 8)) != 0
      }
      offset = end
    }
    return false
  }

  /// RFC 5155 §5.
  static func hash(_ name: DomainName, salt: [UInt8], iterations: Int) -> [UInt8] {
    var digest = HashFunction.sha1.hash(name.foldedWire + salt)
    for _ in 0..<iterations { digest = HashFunction.sha1.hash(digest + salt) }
    return digest
  }

  static func base32hex(_ label: [UInt8]) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var width = 0
    for byte in label {
      let value: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "v"): value = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "V"): value = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      bits = bits << 5 | UInt32(value)
      width += 5
      if width >= 8 {
        width -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(width)))
        bits &= (1 << UInt32(width)) - 1
      }
    }
    return bytes
  }
}
