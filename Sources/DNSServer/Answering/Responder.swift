import DNSModel

/// Bytes in, bytes out: the three steps in a row. No socket, clock or randomness in here.
public struct Responder: Sendable {
  public enum Outcome: Sendable {
    case silence
    case reply([UInt8], Summary)
    /// UPDATE, NOTIFY, a transfer, or signed: the `RequestHandler`'s.
    case special(Query)
  }

  /// What the log and the counters say about an answer.
  public struct Summary: Hashable, Sendable {
    public var question: Question?
    public var code: ResponseCode
    public var isTruncated: Bool
    /// Of the zone the answer came from.
    public var origin: DomainName?
    public var serial: Serial?
  }

  private(set) var zones: ServedZones
  let identity: ServerIdentity
  public var fitting = ResponseFitting()

  public init(_ zones: ServedZones, version: String) {
    self.zones = zones
    identity = ServerIdentity(version: version)
  }

  public func respond(to bytes: [UInt8], over transport: Transport) -> Outcome {
    switch QueryIntake(reading: bytes, over: transport) {
    case .silence: return .silence
    case .special(let query): return .special(query)
    case .refusal(let refusal):
      return .reply(
        fitting.encode(refusal),
        Summary(
          question: refusal.question, code: refusal.code, isTruncated: false, origin: nil,
          serial: nil))
    case .query(let query): return reply(to: query, with: answer(query))
    }
  }

  public func answer(_ query: Query) -> Answer {
    switch query.question.recordClass {
    case .internet where identity.isAsked(in: query.question, beside: zones):
      identity.answer(query.question)
    case .internet, .any: AnswerBuilder(zones, dnssecOK: query.dnssecOK).answer(query.question)
    case .chaos: identity.answer(query.question)
    default: Answer(code: .refused)
    }
  }

  public func reply(to query: Query, with answer: Answer) -> Outcome {
    let reply = fitting.encode(answer, to: query)
    let apex = answer.zone.flatMap { $0.rrset(at: $0.origin, .soa)?.data.first?.soa }
    return .reply(
      reply,
      Summary(
        question: query.question, code: answer.code, isTruncated: reply[2] & 0x02 != 0,
        origin: answer.zone?.origin, serial: apex?.serial))
  }

  /// The same with other zones.
  func serving(_ zones: ServedZones) -> Responder {
    var responder = self
    responder.zones = zones
    return responder
  }

  /// The authority section of a negative answer for `name`.
  func negativeAuthority(for name: DomainName) -> [AnswerSet] {
    var work = AnswerWork(question: Question(name, .a), dnssecOK: false)
    work.zone = zones.zone(enclosing: name)
    work.addSOA()
    return work.answer.authorities
  }
}
