/// A whole message (RFC 1035 §4.1), its names uncompressed.
///
/// ```
/// Header | Question | Answer | Authority | Additional (the OPT record apart, as `edns`)
/// ```
///
/// A response code above 15 stands partly in the OPT record; here it is one value. In an UPDATE the
/// sections are zone, prerequisite, update and additional (RFC 2136 §2). A TSIG record is taken off
/// first, from the bytes (`TSIGEnvelope`).
public struct Message: Hashable, Sendable {
  public var header: MessageHeader
  public var questions: [Question]
  public var answers: [ResourceRecord]
  public var authorities: [ResourceRecord]
  public var additionals: [ResourceRecord]
  public var edns: EDNS?
  public var responseCode: ResponseCode

  public init(
    header: MessageHeader = MessageHeader(), questions: [Question] = [],
    answers: [ResourceRecord] = [], authorities: [ResourceRecord] = [],
    additionals: [ResourceRecord] = [], edns: EDNS? = nil,
    responseCode: ResponseCode = .noError
  ) {
    self.header = header
    self.questions = questions
    self.answers = answers
    self.authorities = authorities
    self.additionals = additionals
    self.edns = edns
    self.responseCode = responseCode
  }

  /// A question to ask: recursion desired or not, EDNS or not.
  public init(
    asking question: Question, id: UInt16, recursionDesired: Bool = false, edns: EDNS? = EDNS()
  ) {
    var header = MessageHeader(id: id)
    header.recursionDesired = recursionDesired
    self.init(header: header, questions: [question], edns: edns)
  }

  // MARK: Reading

  public init(parsing bytes: [UInt8]) throws(MessageError) {
    guard bytes.count >= MessageHeader.byteCount else { throw .shortHeader(bytes: bytes.count) }
    var reader = WireReader(bytes)
    header = try MessageHeader(id: reader.number16(), flags: reader.number16())
    var counts: [Int] = []
    for _ in 0..<4 { counts.append(Int(try reader.number16())) }
    responseCode = ResponseCode(rawValue: header.lowResponseCode)
    questions = []
    for _ in 0..<counts[0] { questions.append(try reader.question()) }
    var found: [[ResourceRecord]] = []
    for section in 1...3 {
      var records: [ResourceRecord] = []
      for _ in 0..<counts[section] {
        let start = reader.offset
        guard let record = try reader.record() else {
          guard section == 3, edns == nil, bytes[start] == 0 else {
            throw .misplacedOPT(offset: start)
          }
          let (options, upperCode) = try reader.edns()
          edns = options
          responseCode = ResponseCode(rawValue: UInt16(upperCode) << 4 | header.lowResponseCode)
          continue
        }
        records.append(record)
      }
      found.append(records)
    }
    (answers, authorities, additionals) = (found[0], found[1], found[2])
    guard reader.remaining == 0 else { throw .trailingBytes(reader.remaining) }
  }

  // MARK: Writing

  /// The message in wire form. What does not fit in `limit` is left out by whole record sets, TC set
  /// where that happened before the additional section (RFC 2181 §5.1, §9). The OPT record always
  /// stays.
  public func encoded(limit: Int = 65535) -> [UInt8] {
    var header = header
    header.lowResponseCode = responseCode.rawValue & 0xF
    var writer = MessageWriter(header, limit: limit, questions: questions)
    let reserve = edns?.byteCount ?? 0
    let whole =
      writer.append(answers, in: .answer, reserve: reserve)
      && writer.append(authorities, in: .authority, reserve: reserve)
    if whole {
      _ = writer.append(additionals, in: .additional, reserve: reserve)
    } else {
      header.isTruncated = true
      writer.header = header
    }
    if let edns, writer.append(edns, responseCode: responseCode) {
      writer.count(1, in: .additional)
    }
    return writer.bytes
  }
}

extension MessageWriter {
  /// Writes records set by set, and stops before the first set that does not fit: false then.
  public mutating func append(
    _ records: [ResourceRecord], in section: Section, reserve: Int = 0
  ) -> Bool {
    var index = 0
    while index < records.count {
      let mark = mark
      let first = records[index]
      var next = index
      while next < records.count, records[next].isOfSameSet(as: first) {
        guard append(records[next], reserve: reserve) else {
          rewind(to: mark)
          return false
        }
        next += 1
      }
      count(next - index, in: section)
      index = next
    }
    return true
  }

  /// One record; the caller raises the section's count.
  public mutating func append(_ record: ResourceRecord, reserve: Int = 0) -> Bool {
    append(
      owner: record.owner, type: record.data.type, recordClass: record.recordClass,
      ttl: record.ttl.seconds, data: record.data.wire, reserve: reserve)
  }
}

extension ResourceRecord {
  fileprivate func isOfSameSet(as other: ResourceRecord) -> Bool {
    data.type == other.data.type && recordClass == other.recordClass && owner == other.owner
  }
}

extension WireReader {
  /// The record here; nil, with nothing consumed, where it is an OPT pseudo-record.
  public mutating func record() throws(MessageError) -> ResourceRecord? {
    let before = self
    let owner = try name()
    let type = try RecordType(rawValue: number16())
    guard type != .opt else {
      self = before
      return nil
    }
    let recordClass = try RecordClass(rawValue: number16())
    let ttl = try TTL(received: number32())
    let length = try Int(number16())
    let data = try RecordData(type: type, wire: data(of: type, length: length))
    return ResourceRecord(owner: owner, recordClass: recordClass, ttl: ttl, data: data)
  }

  /// The OPT record here, whose owner has been seen to be the root, and the upper bits of the
  /// response code it carries.
  public mutating func edns() throws(MessageError) -> (EDNS, upperResponseCode: UInt8) {
    _ = try take(3)
    let payloadSize = try number16()
    let flags = try number32()
    let length = try Int(number16())
    let end = offset + length
    guard remaining >= length else { throw .endsInside(offset: offset) }
    var options: [EDNSOption] = []
    while offset < end {
      let start = offset
      guard end - start >= 4 else { throw .badOption(offset: start) }
      let code = try number16()
      let count = try Int(number16())
      guard end - offset >= count else { throw .badOption(offset: start) }
      options.append(EDNSOption(code: code, data: try Array(take(count))))
    }
    return (
      EDNS(payloadSize: payloadSize, flags: flags, options: options),
      UInt8(truncatingIfNeeded: flags >> 24)
    )
  }
}
