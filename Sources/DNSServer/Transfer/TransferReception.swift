import DNSModel
import Notation

/// Why a transfer is thrown away. The zone that is served stays as it is.
public enum TransferFailure: Error, Hashable, Sendable, CustomStringConvertible {
  case unreadable(MessageError)
  case notAnAnswer
  case refused(ResponseCode)
  case noSOA
  case foreignRecord(DomainName, RecordType)
  case changedUnderway(began: Serial, ended: Serial)
  case recordsBehindTheEnd
  case tooLarge(limit: Int)
  case endedEarly
  case signature(TSIGFailure)
  case olderThanServed(offered: Serial, served: Serial)
  case unusable([String])
  case connection(String)

  public var description: String {
    switch self {
    case .unreadable(let reason): "the primary sent a message that cannot be read: \(reason)"
    case .notAnAnswer: "the primary sent something that is no answer to the transfer"
    case .refused(let code): "the primary answered \(code)"
    case .noSOA: "the transfer does not begin with the zone's SOA"
    case .foreignRecord(let name, let type):
      "the transfer holds \(name) \(type.rawValue), which is not of this zone"
    case .changedUnderway(let began, let ended):
      "the transfer began at serial \(began) and ended at \(ended)"
    case .recordsBehindTheEnd: "the transfer goes on behind its last SOA"
    case .tooLarge(let limit): "the transfer has more than \(limit) bytes of records"
    case .endedEarly: "the primary closed the connection in the middle"
    case .signature(let reason): "\(reason)"
    case .olderThanServed(let offered, let served):
      "the primary has serial \(offered), older than the \(served) served here"
    case .unusable(let problems):
      "the zone that was transferred cannot be served: " + problems.joined(separator: "; ")
    case .connection(let reason): safeText(reason)
    }
  }
}

/// The records of one AXFR, message by message (RFC 5936 §2.2, §3): a pure machine that ends with
/// all of them or with the reason why none is taken.
struct TransferReception {
  enum Progress: Hashable { case more, complete }

  let zone: DomainName
  let id: UInt16
  /// All bytes of names and data: a primary that never ends must not fill our memory.
  let byteLimit: Int

  /// In the order they came; the SOA once, in front.
  private(set) var records: [ResourceRecord] = []
  private var byteCount = 0
  private var isComplete = false

  init(zone: DomainName, id: UInt16, byteLimit: Int = 1 << 30) {
    self.zone = zone
    self.id = id
    self.byteLimit = byteLimit
  }

  mutating func receive(_ bytes: [UInt8]) throws(TransferFailure) -> Progress {
    let message: Message
    do {
      message = try Message(parsing: bytes)
    } catch {
      throw .unreadable(error)
    }
    guard message.header.id == id, message.header.isResponse, message.header.opcode == .query
    else { throw .notAnAnswer }
    guard message.responseCode == .noError else { throw .refused(message.responseCode) }
    guard !message.header.isTruncated,
      message.questions.allSatisfy({ $0.name == zone && $0.type == .axfr })
    else { throw .notAnAnswer }
    guard !records.isEmpty || !message.answers.isEmpty else { throw .noSOA }
    for record in message.answers {
      guard !isComplete else { throw .recordsBehindTheEnd }
      try take(record)
    }
    return isComplete ? .complete : .more
  }

  private mutating func take(_ record: ResourceRecord) throws(TransferFailure) {
    let type = record.data.type
    guard record.owner.isWithin(zone), record.recordClass == .internet, !type.isQueryOrMeta,
      type != .soa || record.owner == zone
    else { throw .foreignRecord(record.owner, type) }
    guard let first = records.first else {
      guard type == .soa else { throw .noSOA }
      records.append(record)
      return
    }
    if type == .soa {
      guard let began = first.data.soa?.serial, let ended = record.data.soa?.serial else {
        throw .noSOA
      }
      guard began == ended else { throw .changedUnderway(began: began, ended: ended) }
      isComplete = true
      return
    }
    byteCount += record.owner.wire.count + record.data.wire.count + 10
    guard byteCount <= byteLimit else { throw .tooLarge(limit: byteLimit) }
    records.append(record)
  }
}
