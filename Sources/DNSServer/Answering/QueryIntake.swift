import DNSModel

/// The first of the three steps from bytes to bytes: what kind of message is this, and is it sound?
///
/// ```
/// bytes → QueryIntake → AnswerBuilder → ResponseFitting → bytes
/// ```
public enum QueryIntake: Hashable, Sendable {
  /// No answer: it is no request (an answer to an answer could go round for ever), or not even a
  /// header.
  case silence
  /// Answered without looking at any zone.
  case refusal(Refusal)
  case query(Query)
  /// UPDATE, NOTIFY, AXFR, IXFR, and whatever carries a TSIG record: for the `RequestHandler`.
  case special(Query)

  /// What an error answer needs.
  public struct Refusal: Hashable, Sendable {
    public var code: ResponseCode
    public var header: MessageHeader
    /// Nil where it could not be read, or where the opcode does not say that there is one.
    public var question: Question?
    /// Whether the request had an OPT record that could be read: then the answer has one too
    /// (RFC 6891 §6.1.1).
    public var edns: EDNS?
    public var transport: Transport
  }

  public init(reading bytes: [UInt8], over transport: Transport) {
    guard bytes.count >= MessageHeader.byteCount else {
      self = .silence
      return
    }
    var reader = WireReader(bytes)
    guard let id = try? reader.number16(), let flags = try? reader.number16() else {
      self = .silence
      return
    }
    let header = MessageHeader(id: id, flags: flags)
    guard !header.isResponse else {
      self = .silence
      return
    }
    guard [.query, .notify, .update].contains(header.opcode) else {
      // What follows the header is that opcode's own affair (RFC 8906 §8.2).
      self = .refusal(
        Refusal(code: .notImplemented, header: header, question: nil, transport: transport))
      return
    }
    self = Self.read(&reader, header, transport)
  }

  private static func read(
    _ reader: inout WireReader, _ header: MessageHeader, _ transport: Transport
  ) -> QueryIntake {
    var refusal = Refusal(
      code: .formatError, header: header, question: nil, edns: nil, transport: transport)
    do throws(MessageError) {
      let counts = try (reader.number16(), reader.number16(), reader.number16(), reader.number16())
      // One question, not none and not two (RFC 9619 §4).
      guard counts.0 == 1 else {
        // With no question before it the OPT record can be read, and is answered (RFC 6891 §6.1.1).
        if counts == (0, 0, 0, 1), try reader.record() == nil, reader.bytes[reader.offset] == 0 {
          refusal.edns = try reader.edns().0
        }
        return .refusal(refusal)
      }
      let question = try reader.question()
      refusal.question = question
      if header.opcode != .query {
        return .special(Query(header: header, question: question, transport: transport))
      }
      // A question has no answer yet; IXFR alone brings the SOA it starts from (RFC 1995 §3).
      guard counts.1 == 0, counts.2 == 0 || (question.type == .ixfr && counts.2 == 1) else {
        return .refusal(refusal)
      }
      if counts.2 == 1 { guard try reader.record() != nil else { return .refusal(refusal) } }
      var isSigned = false
      for index in 0..<counts.3 {
        if let record = try reader.record() {
          guard record.data.type == .tsig else { continue }
          guard index == counts.3 - 1 else { return .refusal(refusal) }
          isSigned = true
        } else {
          // The OPT record: the only one, and the root's (RFC 6891 §6.1.1).
          guard refusal.edns == nil, reader.bytes[reader.offset] == 0 else {
            refusal.edns = nil
            return .refusal(refusal)
          }
          refusal.edns = try reader.edns().0
        }
      }
      guard reader.remaining == 0 else { return .refusal(refusal) }
      if let edns = refusal.edns, edns.version > 0 {
        refusal.code = .badVersion
        return .refusal(refusal)
      }
      let query = Query(
        header: header, question: question, edns: refusal.edns, transport: transport)
      if isSigned || question.type == .axfr || question.type == .ixfr { return .special(query) }
      guard let code = Self.refusedType(question.type) else { return .query(query) }
      refusal.code = code
      return .refusal(refusal)
    } catch {
      return .refusal(refusal)
    }
  }

  /// Types that are no data anyone can have. (All unknown ones are questions like any other:
  /// RFC 3597 §5, RFC 8906 §3.1.1.)
  private static func refusedType(_ type: RecordType) -> ResponseCode? {
    switch type.rawValue {
    case 0, 41, 128, 249, 250: .formatError  // reserved, OPT, NXNAME (RFC 9824 §3.5), TKEY, TSIG
    case 253, 254: .notImplemented  // MAILB, MAILA: obsolete (RFC 1035 §3.2.3)
    default: nil
    }
  }
}
