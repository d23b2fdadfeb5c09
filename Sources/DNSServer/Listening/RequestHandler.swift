import DNSModel
import SystemIO

/// Who takes what changes, transfers or is signed: UPDATE, NOTIFY, AXFR, IXFR, and every message
/// with a TSIG record.
public protocol RequestHandler: Sendable {
  /// Answers through `reply`, once, at once or later, from any thread; an answer may have to wait for
  /// a disk. Must not block: the thread that calls also answers questions.
  func handle(_ request: SpecialRequest, reply: @escaping @Sendable (SpecialReply) -> Void)
}

public struct SpecialRequest: Sendable {
  /// As received: a signature covers these bytes.
  public let bytes: [UInt8]
  /// Header and question; for opcode QUERY also the OPT record.
  public let query: Query
  public let peer: SocketAddress
  /// What is served at this moment.
  public let zones: ServedZones

  public init(bytes: [UInt8], query: Query, peer: SocketAddress, zones: ServedZones) {
    self.bytes = bytes
    self.query = query
    self.peer = peer
    self.zones = zones
  }
}

public enum SpecialReply: Sendable {
  case silence
  case message([UInt8])
  /// Message after message until the end, asked for as the connection takes them. Over TCP only.
  case stream(@Sendable () -> StreamPiece)
}

public enum StreamPiece: Sendable {
  case message([UInt8])
  case end
  /// It cannot be finished: the connection is closed, so that nobody takes what was sent for the whole.
  case broken
}

/// Takes nothing: REFUSED, or NOTAUTH where a key was used that nobody here knows (RFC 8945 §5.2.1).
public struct RefusingHandler: RequestHandler {
  public init() {}

  public func handle(
    _ request: SpecialRequest, reply: @escaping @Sendable (SpecialReply) -> Void
  ) {
    let code: ResponseCode = request.query.header.opcode == .notify ? .notAuthoritative : .refused
    reply(.message(ResponseFitting().encode(request.query.refusal(code))))
  }
}

extension Query {
  public func refusal(_ code: ResponseCode) -> QueryIntake.Refusal {
    QueryIntake.Refusal(
      code: code, header: header, question: question, edns: edns, transport: transport)
  }
}
