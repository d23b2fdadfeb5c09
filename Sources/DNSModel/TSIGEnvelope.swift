/// A message with its TSIG record taken off, byte for byte as it was signed.
///
/// The MAC covers the bytes as they were sent, so this works on the bytes and never on a parsed
/// and printed-again message (RFC 8945 §4.3.2).
public enum TSIGEnvelope: Hashable, Sendable {
  case unsigned
  /// `message` has the record removed and ARCOUNT one less.
  case signed(TSIGRecord, message: [UInt8])

  public init(opening message: [UInt8]) throws(TSIGFormatError) {
    guard message.count >= 12 else { throw .shortMessage }
    let additional = Self.number(message, at: 10)
    let before = Self.number(message, at: 6) + Self.number(message, at: 8)
    guard additional + before > 0 else {
      self = .unsigned
      return
    }
    var walk = MessageWalk(message: message)
    for _ in 0..<Self.number(message, at: 4) { try walk.skipQuestion() }
    // One in another section is a mistake whether or not the message is signed (§5.1).
    for _ in 0..<before {
      guard try walk.nextRecord().type != .tsig else { throw .misplaced }
    }
    for position in 0..<additional {
      let start = walk.offset
      let record = try walk.nextRecord()
      guard record.type == .tsig else { continue }
      guard position == additional - 1, walk.offset == message.count else { throw .misplaced }
      guard record.recordClass == .any, let keyName = walk.name(at: start),
        let tsig = TSIGRecord(keyName: keyName, data: message[record.data])
      else { throw .badRecord }
      var stripped = Array(message[..<start])
      stripped.write(UInt16(additional - 1), at: 10)
      self = .signed(tsig, message: stripped)
      return
    }
    self = .unsigned
  }

  private static func number(_ message: [UInt8], at offset: Int) -> Int {
    Int(message[offset]) << 8 | Int(message[offset + 1])
  }
}

/// Why a message cannot be taken apart; the answer to each is FORMERR (RFC 8945 §5.2).
public enum TSIGFormatError: Error, Hashable, Sendable, CustomStringConvertible {
  case shortMessage
  case badMessage
  case misplaced
  case badRecord

  public var description: String {
    switch self {
    case .shortMessage: "the message is shorter than its header"
    case .badMessage: "the message ends inside a record, or a name in it is malformed"
    case .misplaced: "a TSIG record must be the only one and the last (RFC 8945 §5.1)"
    case .badRecord: "the TSIG record cannot be read"
    }
  }
}

/// Steps over the records of a message without reading more of them than is needed.
private struct MessageWalk {
  let message: [UInt8]
  var offset = 12

  mutating func skipName() throws(TSIGFormatError) {
    while offset < message.count {
      let length = message[offset]
      if length >= 0xC0 {
        offset += 2
        return
      }
      guard length < 64 else { throw .badMessage }
      offset += 1 + Int(length)
      if length == 0 { return }
    }
    throw .badMessage
  }

  mutating func skipQuestion() throws(TSIGFormatError) {
    try skipName()
    offset += 4
    guard offset <= message.count else { throw .badMessage }
  }

  mutating func nextRecord() throws(TSIGFormatError)
    -> (type: RecordType, recordClass: RecordClass, data: Range<Int>)
  {
    try skipName()
    guard offset + 10 <= message.count else { throw .badMessage }
    let fields = message[offset..<(offset + 10)].map(UInt16.init)
    let start = offset + 10
    let end = start + Int(fields[8] << 8 | fields[9])
    guard end <= message.count else { throw .badMessage }
    offset = end
    return (
      RecordType(rawValue: fields[0] << 8 | fields[1]),
      RecordClass(rawValue: fields[2] << 8 | fields[3]), start..<end
    )
  }

  /// Pointers may only lead backwards, so there are no loops.
  func name(at start: Int) -> DomainName? {
    var wire: [UInt8] = []
    var offset = start
    var limit = start
    while offset < message.count, wire.count <= DomainName.wireLimit {
      let length = Int(message[offset])
      if length >= 0xC0 {
        guard offset + 1 < message.count else { return nil }
        let target = (length & 0x3F) << 8 | Int(message[offset + 1])
        guard target < limit else { return nil }
        limit = target
        offset = target
      } else {
        guard offset + 1 + length <= message.count else { return nil }
        wire += message[offset...(offset + length)]
        if length == 0 { return DomainName(wire: wire) }
        offset += 1 + length
      }
    }
    return nil
  }
}

extension [UInt8] {
  mutating func write(_ value: UInt16, at offset: Int) {
    self[offset] = UInt8(value >> 8)
    self[offset + 1] = UInt8(truncatingIfNeeded: value)
  }

  /// The message as it was when it was signed: forwarders may change the ID (RFC 8945 §5.5).
  func restoringID(_ originalID: UInt16) -> [UInt8] {
    var message = self
    message.write(originalID, at: 0)
    return message
  }

  /// With `record` as the last of the additional section.
  func appendingTSIG(_ record: TSIGRecord) -> [UInt8] {
    var message = self
    message.write(UInt16(self[10]) << 8 | UInt16(self[11]) &+ 1, at: 10)
    return message + record.wire
  }
}
