import Digests

/// The data of an RRSIG record (RFC 4034 §3).
public struct SignatureRecord: Hashable, Sendable {
  public let covered: RecordType
  public let algorithm: UInt8
  public let labels: Int
  public let originalTTL: UInt32
  /// Seconds that count in a circle of 2³² (§3.1.5).
  public let expiration: UInt32
  public let inception: UInt32
  public let keyTag: UInt16
  public let signer: DomainName
  public let signature: [UInt8]

  public init?(_ data: RecordData) {
    guard data.type == .rrsig, data.wire.count > 18, let signer = data.name(at: 18) else {
      return nil
    }
    covered = RecordType(rawValue: data.number16(at: 0))
    algorithm = data.wire[2]
    labels = Int(data.wire[3])
    originalTTL = data.number32(at: 4)
    expiration = data.number32(at: 8)
    inception = data.number32(at: 12)
    keyTag = data.number16(at: 16)
    self.signer = signer
    signature = Array(data.wire[(18 + signer.wire.count)...])
    self.head = Array(data.wire[..<18])
  }

  private let head: [UInt8]

  /// What was signed: this record without its signature, then the set in canonical form and order
  /// (RFC 4034 §3.1.8.1, §6). Nil where the signature cannot be of this owner.
  public func message(owner: DomainName, _ set: [RecordData]) -> [UInt8]? {
    let isWildcard = owner.labels.first == [UInt8(ascii: "*")]
    let count = owner.labels.count - (isWildcard ? 1 : 0)
    guard labels <= count else { return nil }
    var name = owner.foldedWire
    if labels < count {
      // Synthesised from a wildcard: that is what was signed.
      let rest = Array(owner.labels.suffix(labels))
      guard let source = DomainName(labels: [[UInt8(ascii: "*")]] + rest) else { return nil }
      name = source.foldedWire
    }
    var bytes = head + signer.foldedWire
    let sorted = Set(set).map(\.canonicalWire).sorted { $0.lexicographicallyPrecedes($1) }
    for data in sorted {
      bytes += name
      bytes += RecordData.bytes(covered.rawValue)
      bytes += RecordData.bytes(RecordClass.internet.rawValue)
      bytes += head[4..<8]
      bytes += RecordData.bytes(UInt16(clamping: data.count))
      bytes += data
    }
    return bytes
  }
}

/// The data of a DNSKEY record (RFC 4034 §2).
public struct KeyRecord: Hashable, Sendable {
  public let flags: UInt16
  public let algorithm: UInt8
  public let bytes: [UInt8]
  private let wire: [UInt8]

  public init?(_ data: RecordData) {
    guard data.type == .dnskey, data.wire.count > 4, data.wire[2] == 3 else { return nil }
    flags = data.number16(at: 0)
    algorithm = data.wire[3]
    bytes = Array(data.wire[4...])
    wire = data.wire
  }

  /// Signs the zone's records, and was not revoked (RFC 5011 §2.1).
  public var isZoneKey: Bool { flags & 0x0100 != 0 && flags & 0x0080 == 0 }

  /// RFC 4034, appendix B.
  public var tag: UInt16 {
    var sum: UInt32 = 0
    for (index, byte) in wire.enumerated() {
      sum += index & 1 == 0 ? UInt32(byte) << 8 : UInt32(byte)
    }
    return UInt16(truncatingIfNeeded: sum + (sum >> 16))
  }

  /// Nil for algorithms that are not known, or no longer to be trusted.
  public var check: SignatureCheck? {
    switch algorithm {
    case 5, 7: rsa(.sha1)
    case 8: rsa(.sha256)
    case 10: rsa(.sha512)
    case 13: .ecdsaP256(bytes)
    case 14: .ecdsaP384(bytes)
    case 15: .ed25519(bytes)
    case 16: .ed448(bytes)
    default: nil
    }
  }

  /// RFC 3110 §2: the exponent's length in one byte, or in three.
  private func rsa(_ hash: HashFunction) -> SignatureCheck? {
    var start = 1
    var count = Int(bytes[0])
    if count == 0 {
      guard bytes.count > 3 else { return nil }
      start = 3
      count = Int(bytes[1]) << 8 | Int(bytes[2])
    }
    guard count > 0, bytes.count > start + count else { return nil }
    return .rsa(
      exponent: Array(bytes[start..<(start + count)]), modulus: Array(bytes[(start + count)...]),
      hash)
  }
}

/// The data of a DS record (RFC 4034 §5): which key of the child the parent stands for.
public struct DelegationSigner: Hashable, Sendable {
  public let tag: UInt16
  public let algorithm: UInt8
  public let digestType: UInt8
  public let digest: [UInt8]

  public init?(_ data: RecordData) {
    guard data.type == .ds, data.wire.count > 4 else { return nil }
    tag = data.number16(at: 0)
    algorithm = data.wire[2]
    digestType = data.wire[3]
    digest = Array(data.wire[4...])
  }

  private var function: HashFunction? {
    switch digestType {
    case 1: .sha1
    case 2: .sha256
    case 4: .sha384
    default: nil
    }
  }

  /// A validator that knows neither digest nor algorithm treats the child as unsigned (RFC 4035 §5.2).
  public var isSupported: Bool {
    function != nil && [5, 7, 8, 10, 13, 14, 15, 16].contains(algorithm)
  }

  public func stands(for key: RecordData, of zone: DomainName) -> Bool {
    guard let record = KeyRecord(key), record.algorithm == algorithm, record.tag == tag,
      let function
    else { return false }
    return function.hash(zone.foldedWire + key.wire) == digest
  }
}
