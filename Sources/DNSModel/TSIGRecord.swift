/// What a TSIG record says went wrong (RFC 8945 §3); an open set, as all registries are.
public struct TSIGErrorCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let none = TSIGErrorCode(rawValue: 0)
  public static let badSignature = TSIGErrorCode(rawValue: 16)
  public static let badKey = TSIGErrorCode(rawValue: 17)
  public static let badTime = TSIGErrorCode(rawValue: 18)
  public static let badTruncation = TSIGErrorCode(rawValue: 22)

  public var description: String {
    switch self {
    case .none: "NOERROR"
    case .badSignature: "BADSIG"
    case .badKey: "BADKEY"
    case .badTime: "BADTIME"
    case .badTruncation: "BADTRUNC"
    default: "TSIG error \(rawValue)"
    }
  }
}

/// A TSIG record (RFC 8945 §4.2).
public struct TSIGRecord: Hashable, Sendable {
  public var keyName: DomainName
  public var algorithmName: DomainName
  /// Seconds since 1970, 48 bits of them.
  public var timeSigned: UInt64
  public var fudge: UInt16
  public var mac: [UInt8]
  public var originalID: UInt16
  public var error: TSIGErrorCode
  public var otherData: [UInt8]

  /// The whole record in wire form, as it is appended to a message.
  var wire: [UInt8] {
    var data = algorithmName.wire
    data.append(bigEndian48: timeSigned)
    data.append(bigEndian16: fudge)
    data.append(bigEndian16: UInt16(clamping: mac.count))
    data += mac
    data.append(bigEndian16: originalID)
    data.append(bigEndian16: error.rawValue)
    data.append(bigEndian16: UInt16(clamping: otherData.count))
    data += otherData
    var wire = keyName.wire
    wire.append(bigEndian16: RecordType.tsig.rawValue)
    wire.append(bigEndian16: RecordClass.any.rawValue)
    wire += [0, 0, 0, 0]
    wire.append(bigEndian16: UInt16(clamping: data.count))
    return wire + data
  }

  /// RFC 8945 §4.3.3: what of the record itself is signed. The TTL is always zero there.
  var signedVariables: [UInt8] {
    var bytes = keyName.foldedWire
    bytes.append(bigEndian16: RecordClass.any.rawValue)
    bytes += [0, 0, 0, 0]
    bytes += algorithmName.foldedWire
    bytes += signedTimers
    bytes.append(bigEndian16: error.rawValue)
    bytes.append(bigEndian16: UInt16(clamping: otherData.count))
    return bytes + otherData
  }

  /// RFC 8945 §5.3.1: all that is signed of the record from the second message of a stream on.
  var signedTimers: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian48: timeSigned)
    bytes.append(bigEndian16: fudge)
    return bytes
  }

  /// Nil unless the bytes are one whole RDATA.
  init?(keyName: DomainName, data: ArraySlice<UInt8>) {
    var offset = data.startIndex
    func number(_ bytes: Int) -> UInt64? {
      guard data.endIndex - offset >= bytes else { return nil }
      defer { offset += bytes }
      return data[offset..<(offset + bytes)].reduce(0) { $0 << 8 | UInt64($1) }
    }
    func bytes(_ count: UInt64) -> [UInt8]? {
      guard UInt64(data.endIndex - offset) >= count else { return nil }
      defer { offset += Int(count) }
      return Array(data[offset..<(offset + Int(count))])
    }
    var nameEnd = offset
    while nameEnd < data.endIndex, data[nameEnd] != 0 { nameEnd += 1 + Int(data[nameEnd]) }
    guard nameEnd < data.endIndex, let algorithm = DomainName(wire: Array(data[offset...nameEnd]))
    else { return nil }
    offset = nameEnd + 1
    guard let timeSigned = number(6), let fudge = number(2), let macSize = number(2),
      let mac = bytes(macSize), let originalID = number(2), let error = number(2),
      let otherSize = number(2), let otherData = bytes(otherSize), offset == data.endIndex
    else { return nil }
    self.init(
      keyName: keyName, algorithmName: algorithm, timeSigned: timeSigned,
      fudge: UInt16(truncatingIfNeeded: fudge), mac: mac,
      originalID: UInt16(truncatingIfNeeded: originalID),
      error: TSIGErrorCode(rawValue: UInt16(truncatingIfNeeded: error)), otherData: otherData)
  }

  init(
    keyName: DomainName, algorithmName: DomainName, timeSigned: UInt64, fudge: UInt16,
    mac: [UInt8] = [], originalID: UInt16, error: TSIGErrorCode = .none, otherData: [UInt8] = []
  ) {
    self.keyName = keyName
    self.algorithmName = algorithmName
    self.timeSigned = timeSigned
    self.fudge = fudge
    self.mac = mac
    self.originalID = originalID
    self.error = error
    self.otherData = otherData
  }
}

extension [UInt8] {
  mutating func append(bigEndian16 value: UInt16) {
    append(UInt8(value >> 8))
    append(UInt8(truncatingIfNeeded: value))
  }

  mutating func append(bigEndian48 value: UInt64) {
    for shift in stride(from: 40, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }
}
