import DNSModel

/// The third step: an answer into the bytes that fit. Record sets are left out whole, never cut
/// (RFC 2181 §5.1, §9).
public struct ResponseFitting: Sendable {
  /// What we take and send over UDP: fits every path without fragments (RFC 9715 §3.2).
  public static let udpLimit = Int(EDNS.usualPayloadSize)
  /// Without EDNS (RFC 1035 §4.2.1).
  public static let plainLimit = 512

  /// Room for what is put behind the message later: its TSIG record.
  public var reserve = 0
  /// How long an idle connection is kept, in tenths of a second, for those who ask (RFC 7828).
  public var keepalive: UInt16?

  public init(reserve: Int = 0, keepalive: UInt16? = nil) {
    self.reserve = reserve
    self.keepalive = keepalive
  }

  public func encode(_ answer: Answer, to query: Query) -> [UInt8] {
    var header = Self.header(answering: query.header)
    header.isAuthoritative = answer.isAuthoritative
    header.lowResponseCode = answer.code.rawValue
    var writer = MessageWriter(
      header, limit: limit(query.edns, query.transport), questions: [query.question],
      sharesQuestion: answer.isSpelledAsServed)
    let edns = responseEDNS(query.edns, query.transport)
    let room = reserve + (edns?.byteCount ?? 0)
    var isWhole =
      !answer.isTruncated
      && append(answer.answers, in: .answer, to: &writer, room)
      && append(answer.authorities, in: .authority, to: &writer, room)
    if isWhole {
      for set in answer.additionals
      where !append([set], in: .additional, to: &writer, room) && set.isRequired {
        isWhole = false
      }
    }
    if !isWhole {
      header.isTruncated = true
      writer.header = header
    }
    finish(&writer, edns, answer.code)
    return writer.bytes
  }

  /// An answer that says only that there is none.
  public func encode(_ refusal: QueryIntake.Refusal) -> [UInt8] {
    var header = Self.header(answering: refusal.header)
    header.lowResponseCode = refusal.code.rawValue
    var writer = MessageWriter(
      header, limit: limit(refusal.edns, refusal.transport),
      questions: refusal.question.map { [$0] } ?? [])
    finish(&writer, responseEDNS(refusal.edns, refusal.transport), refusal.code)
    return writer.bytes
  }

  /// ID, opcode, RD and CD come back (RFC 1035 §4.1.1, RFC 4035 §3.1.6); the rest is ours.
  static func header(answering request: MessageHeader) -> MessageHeader {
    MessageHeader(id: request.id, flags: 0x8000 | request.flags & 0x7910)
  }

  func limit(_ edns: EDNS?, _ transport: Transport) -> Int {
    guard transport == .udp else { return 65535 }
    guard let edns else { return Self.plainLimit }
    return min(max(Int(edns.payloadSize), Self.plainLimit), Self.udpLimit)
  }

  /// Ours, where the request had one: version 0, DO as asked (RFC 3225 §3), no options but those
  /// that were asked for and are known here. Unknown ones are passed over (RFC 6891 §6.1.2).
  private func responseEDNS(_ edns: EDNS?, _ transport: Transport) -> EDNS? {
    guard let edns else { return nil }
    var response = EDNS(dnssecOK: edns.dnssecOK)
    if transport == .tcp, let keepalive,
      edns.options.contains(where: { $0.code == EDNSOption.keepalive })
    {
      let time = [UInt8(keepalive >> 8), UInt8(truncatingIfNeeded: keepalive)]
      response.options.append(EDNSOption(code: EDNSOption.keepalive, data: time))
    }
    return response
  }

  private func finish(_ writer: inout MessageWriter, _ edns: EDNS?, _ code: ResponseCode) {
    if let edns, writer.append(edns, responseCode: code) { writer.count(1, in: .additional) }
  }

  /// Set by set, each with its signatures; stops at the first that does not fit.
  private func append(
    _ sets: [AnswerSet], in section: MessageWriter.Section, to writer: inout MessageWriter,
    _ room: Int
  ) -> Bool {
    for set in sets {
      let mark = writer.mark
      for data in set.data + set.signatures {
        guard
          writer.append(
            owner: set.owner, type: data.type, recordClass: set.recordClass, ttl: set.ttl.seconds,
            data: data.wire, reserve: room)
        else {
          writer.rewind(to: mark)
          return false
        }
      }
      writer.count(set.data.count + set.signatures.count, in: section)
    }
    return true
  }
}
