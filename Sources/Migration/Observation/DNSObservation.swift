import DNSModel
import Notation

/// One question to one server and what became of it: seen, not judged.
public struct DNSObservation: Hashable, Sendable {
  public var server: AskedServer
  public var name: DomainName
  public var type: RecordType
  /// When the answer had come, or was given up: what remains of a TTL counts from here.
  public var at: UTCInstant
  public var roundTrip: TimeSpan
  public var outcome: Outcome

  public enum Outcome: Hashable, Sendable {
    case reply(DNSReply)
    case silence(Silence)
  }

  public init(
    server: AskedServer, name: DomainName, type: RecordType, at: UTCInstant,
    roundTrip: TimeSpan = .zero, outcome: Outcome
  ) {
    self.server = server
    self.name = name
    self.type = type
    self.at = at
    self.roundTrip = roundTrip
    self.outcome = outcome
  }

  public var reply: DNSReply? {
    if case .reply(let reply) = outcome { reply } else { nil }
  }

  public var silence: Silence? {
    if case .silence(let silence) = outcome { silence } else { nil }
  }
}

/// Ways of not answering, never confused with each other, and never taken for evidence (R21).
public enum Silence: Hashable, Sendable, CustomStringConvertible {
  case timedOut
  case unreachable(String)
  case answeredBySomeoneElse(String)
  case malformed(String)
  case otherQuestion(String)
  case closed
  /// Its certificate does not prove that it is the one we meant to ask; it was told nothing.
  case distrusted(String)
  /// TLS or HTTP failed, before DNS was spoken.
  case channelFailed(String)
  /// We cannot ask this way from here, or were told not to.
  case notAsked(String)

  public var description: String {
    switch self {
    case .timedOut: "timed out"
    case .unreachable(let why): "unreachable: \(safeText(why, limit: 120))"
    case .answeredBySomeoneElse(let who): "answered by someone else: \(safeText(who, limit: 80))"
    case .malformed(let why): "the answer cannot be read: \(safeText(why, limit: 120))"
    case .otherQuestion(let why):
      "the answer is to another question: \(safeText(why, limit: 120))"
    case .closed: "the connection was closed before the answer"
    case .distrusted(let why): "its certificate was refused: \(safeText(why, limit: 160))"
    case .channelFailed(let why): safeText(why, limit: 160)
    case .notAsked(let why): "not asked: \(safeText(why, limit: 120))"
    }
  }

  /// One word for JSON and tables.
  public var kind: String {
    switch self {
    case .timedOut: "timeout"
    case .unreachable: "unreachable"
    case .answeredBySomeoneElse: "someoneElse"
    case .malformed: "malformed"
    case .otherQuestion: "otherQuestion"
    case .closed: "closed"
    case .distrusted: "distrusted"
    case .channelFailed: "channelFailed"
    case .notAsked: "notAsked"
    }
  }
}
