import DNSModel

/// A record that no message of the transfer can hold: with so much data that beside it there is no room
/// for its name, the question or the signature. A transfer without it would be another zone.
struct TransferCutShort: Error, Hashable, CustomStringConvertible {
  let owner: DomainName
  let type: RecordType

  var description: String {
    "\(owner) \(type) does not fit in a message; the transfer was broken off"
  }
}

/// Packs records into the messages of a zone transfer (RFC 5936 §2.2), one message at a time: the
/// zone is never whole in memory a second time.
struct TransferWriter {
  /// Larger messages gain little, and pointers reach no further than 16 KiB.
  static let usualLimit = 16_384

  private let question: Question
  private let header: MessageHeader
  private let limit: Int
  private var records: AnyIterator<ResourceRecord>
  private var pending: ResourceRecord?
  private var isFirst = true
  private var edns: EDNS?

  /// `reserve`: what the signature adds to each message.
  init(
    answering request: Message, question: Question, records: AnyIterator<ResourceRecord>,
    reserve: Int
  ) {
    self.question = question
    self.records = records
    var header = MessageHeader(id: request.header.id)
    header.isResponse = true
    header.isAuthoritative = true
    header.recursionDesired = request.header.recursionDesired
    self.header = header
    limit = 65535 - reserve
    // §2.2.5: EDNS is answered in the first message.
    edns = request.edns.map { EDNS(dnssecOK: $0.dnssecOK) }
    pending = records.next()
  }

  /// The next message; nil after the last.
  mutating func next() throws(TransferCutShort) -> [UInt8]? {
    guard let first = pending else { return nil }
    // §2.2.1: the question stands in the first message, and may be left out of the others.
    var writer = MessageWriter(header, limit: limit, questions: isFirst ? [question] : [])
    let reserve = isFirst ? edns?.byteCount ?? 0 : 0
    var count = 0
    while let record = pending, writer.bytes.count < Self.usualLimit || count == 0 {
      guard writer.append(record, reserve: reserve) else { break }
      count += 1
      pending = records.next()
    }
    guard count > 0 else { throw TransferCutShort(owner: first.owner, type: first.type) }
    writer.count(count, in: .answer)
    if isFirst, let edns, writer.append(edns, responseCode: .noError) {
      writer.count(1, in: .additional)
    }
    isFirst = false
    return writer.bytes
  }
}
