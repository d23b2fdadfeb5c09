import DNSModel

/// The messages of RFC 2136 that move one alias: what must hold, and what becomes of it, in one
/// atomic change.
enum UpdateMessage {
  /// The change, under the conditions that the alias still has its old data and that the fence still
  /// has its old number. (Prerequisites do not see TTLs, RFC 2136 §2.4.2: the fence does.)
  static func change(_ change: AliasChange, of scope: ProviderScope, id: UInt16) -> Message {
    var message = empty(scope, id: id)
    message.answers = [exists(scope.name, alias: change.expected.target)]
    // An added CNAME takes the place of the one there (RFC 2136 §3.4.2.2): no instant without one.
    message.authorities = [
      ResourceRecord(
        owner: scope.name, recordClass: .internet, ttl: change.wanted.ttl,
        data: RecordData(type: .cname, wire: change.wanted.target.wire))
    ]
    if let number = change.fence, let fence = scope.fence {
      message.answers.append(condition(fence, number))
      message.authorities += [
        // The whole RRset goes, and the next number comes, in this same change.
        ResourceRecord(
          owner: fence, recordClass: .any, ttl: .zero, data: RecordData(type: .txt, wire: [])),
        ResourceRecord(
          owner: fence, recordClass: .internet, ttl: fenceTTL, data: text(number &+ 1)),
      ]
    }
    return message
  }

  /// Changes nothing, and is allowed or refused as the real change would be: the alias is replaced by
  /// itself, and a fence number that cannot be there is taken away. Should it arrive late, after a change of
  /// the TTL, the fence refuses it (R18).
  static func rehearsal(
    of record: AliasRecord, fence number: UInt64, _ scope: ProviderScope, id: UInt16
  ) -> Message {
    var message = change(AliasChange(expected: record, wanted: record), of: scope, id: id)
    if let fence = scope.fence {
      message.answers.append(condition(fence, number))
      message.authorities.append(removal(fence, .txt))
    }
    return message
  }

  /// Takes away a record that cannot be there, at a name that is none of this migration's business:
  /// a key that may do this may do more than it needs.
  static func trespass(at name: DomainName, _ scope: ProviderScope, id: UInt16) -> Message {
    var message = empty(scope, id: id)
    message.authorities = [removal(name, .txt)]
    return message
  }

  /// Nobody asks for fences, so it hardly matters; short, in case somebody did.
  private static let fenceTTL = TTL(clamping: 60)

  private static func empty(_ scope: ProviderScope, id: UInt16) -> Message {
    var header = MessageHeader(id: id)
    header.opcode = .update
    return Message(header: header, questions: [Question(scope.zone, .soa)])
  }

  private static func exists(_ name: DomainName, alias: DomainName) -> ResourceRecord {
    ResourceRecord(
      owner: name, recordClass: .internet, ttl: .zero,
      data: RecordData(type: .cname, wire: alias.wire))
  }

  private static func condition(_ fence: DomainName, _ number: UInt64) -> ResourceRecord {
    number == 0 ? absent(fence, .txt) : exists(fence, number: number)
  }

  private static func exists(_ name: DomainName, number: UInt64) -> ResourceRecord {
    ResourceRecord(owner: name, recordClass: .internet, ttl: .zero, data: text(number))
  }

  private static func absent(_ name: DomainName, _ type: RecordType) -> ResourceRecord {
    ResourceRecord(
      owner: name, recordClass: .none, ttl: .zero, data: RecordData(type: type, wire: []))
  }

  private static func removal(_ name: DomainName, _ type: RecordType) -> ResourceRecord {
    ResourceRecord(
      owner: name, recordClass: .none, ttl: .zero, data: text("cutover-preflight-probe"))
  }

  private static func text(_ number: UInt64) -> RecordData { text(String(number)) }

  private static func text(_ text: String) -> RecordData {
    let bytes = Array(text.utf8)
    return RecordData(type: .txt, wire: [UInt8(clamping: bytes.count)] + bytes)
  }

  /// The number of a fence record; nil when the text is none of ours.
  static func fenceNumber(_ data: RecordData) -> UInt64? {
    guard let count = data.wire.first, Int(count) == data.wire.count - 1 else { return nil }
    return UInt64(String(decoding: data.wire.dropFirst(), as: UTF8.self))
  }
}
