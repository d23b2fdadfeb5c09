import Digests

/// How a zone hashes its names (RFC 5155 §5): the parameters of its NSEC3PARAM.
public struct NSEC3Hash: Hashable, Sendable {
  public let iterations: Int
  public let salt: [UInt8]

  /// From the RDATA of an NSEC3PARAM or NSEC3 record. Nil for another algorithm than SHA-1, and
  /// for a chain that is being built (flags other than opt-out).
  public init?(parameters wire: [UInt8]) {
    guard wire.count >= 5, wire[0] == 1, wire[1] & 0xFE == 0,
      wire.count >= 5 + Int(wire[4])
    else { return nil }
    iterations = Int(wire[2]) << 8 | Int(wire[3])
    salt = Array(wire[5..<(5 + Int(wire[4]))])
  }

  public func hash(_ name: DomainName) -> [UInt8] {
    var digest = HashFunction.sha1.hash(name.foldedWire + salt)
    for _ in 0..<iterations { digest = HashFunction.sha1.hash(digest + salt) }
    return digest
  }

  /// The bytes a label in base32hex stands for (RFC 4648 §7, no padding); nil where it is none.
  public static func decode(_ label: [UInt8]) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var width: UInt32 = 0
    for character in label {
      let value: UInt8
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "v"): value = character - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "V"): value = character - UInt8(ascii: "A") + 10
      default: return nil
      }
      bits = bits << 5 | UInt32(value)
      width += 5
      if width >= 8 {
        width -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> width))
        bits &= (1 << width) - 1
      }
    }
    return bits == 0 ? bytes : nil
  }
}
