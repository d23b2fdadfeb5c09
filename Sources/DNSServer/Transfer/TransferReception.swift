import DNSModel
import Notation

/// Why a transfer is thrown away. The zone that is served stays as it is.
public enum TransferFailure: Error, Hashable, Sendable, CustomStringConvertible {
  case unreadable(MessageError)
  case notAnAnswer
  case refused(ResponseCode)
  case noSOA
  case foreignRecord(DomainName, RecordType)
  case malformed(DomainName, RecordDataError)
  case changedUnderway(began: Serial, ended: Serial)
  case recordsBehindTheEnd
  case tooLarge(limit: Int)
  case endedEarly
  case signature(TSIGFailure)
  case olderThanServed(offered: Serial, served: Serial)
  case connection(String)

  public var description: String {
    switch self {
    case .unreadable(let reason): "the primary sent a message that cannot be read: \(reason)"
    case .notAnAnswer: "the primary sent something that is no answer to the transfer"
    case .refused(let code): "the primary answered \(code)"
    case .noSOA: "the transfer does not begin with the zone's SOA"
    case .foreignRecord(let name, let type):
      "the transfer holds \(name) \(type.rawValue), which is not of this zone"
    case .malformed(let name, let reason): "the transfer holds \(name), and \(reason)"
    case .changedUnderway(let began, let ended):
      "the transfer began at serial \(began) and ended at \(ended)"
    case .recordsBehindTheEnd: "the transfer goes on behind its last SOA"
    case .tooLarge(let limit): "the transfer has more than \(limit) bytes of records"
    case .endedEarly: "the primary closed the connection in the middle"
    case .signature(let reason): "\(reason)"
    case .olderThanServed(let offered, let served):
      "the primary has serial \(offered), older than the \(served) served here"
    case .connection(let reason): safeText(reason)
    }
  }
}

/// The zone of one AXFR, message by message (RFC 5936 §2.2, §3): a pure machine that ends with
/// all of it or with the reason why nothing is taken.
///
/// What cannot be a record, or is none of the zone's, is refused: it would be passed on as it came. What
/// is merely unsound (an alias beside data, a name server without an address) is the primary's to
/// mend: it is served as the primary serves it, and said.
struct TransferReception {
  enum Progress: Hashable { case more, complete }

  let id: UInt16
  /// All bytes of names and data: a primary that never ends must not fill our memory.
  let byteLimit: Int

  /// What has come so far.
  var zone: Zone { check.zone }
  private var check: ZoneCheck
  private var soa: ResourceRecord?
  private var byteCount = 0
  private var isComplete = false

  init(zone: DomainName, id: UInt16, byteLimit: Int = 1 << 30) {
    check = ZoneCheck(origin: zone)
    self.id = id
    self.byteLimit = byteLimit
  }

  /// What is unsound about a complete zone.
  var problems: [ZoneProblem] { check.finish() }

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
      message.questions.allSatisfy({ $0.name == zone.origin && $0.type == .axfr })
    else { throw .notAnAnswer }
    guard soa != nil || !message.answers.isEmpty else { throw .noSOA }
    for record in message.answers {
      guard !isComplete else { throw .recordsBehindTheEnd }
      try take(record)
    }
    return isComplete ? .complete : .more
  }

  private mutating func take(_ record: ResourceRecord) throws(TransferFailure) {
    let type = record.data.type
    guard record.owner.isWithin(zone.origin), record.recordClass == .internet,
      !type.isQueryOrMeta, type != .soa || record.owner == zone.origin
    else { throw .foreignRecord(record.owner, type) }
    do throws(RecordDataError) {
      _ = try RecordData(checking: type, wire: record.data.wire)
    } catch {
      throw .malformed(record.owner, error)
    }
    guard let first = soa else {
      guard type == .soa else { throw .noSOA }
      soa = record
      check.add(record)
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
    check.add(record)
  }
}
