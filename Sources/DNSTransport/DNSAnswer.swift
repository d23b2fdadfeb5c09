import DNSModel
import Notation
import SystemIO

/// What came back, believed: right server, right id, right question.
public struct DNSAnswer: Sendable {
  public let message: Message
  /// Over TCP: asked there from the start, or after a cut or untrustworthy datagram.
  public let cameOverStream: Bool
  /// A datagram said TC first.
  public let wasTruncated: Bool
  /// The server did not understand EDNS and was asked without.
  public let withoutEDNS: Bool
  /// From the last time the question was sent.
  public let roundTrip: TimeSpan
  public let attempts: Int
}

/// Why there is no answer. None of these says anything about what the server knows (R21).
public struct DNSFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    case timedOut
    /// The network or the other machine said so.
    case unreachable(String)
    /// Nothing came from the server that was asked, but something from elsewhere.
    case answeredBySomeoneElse(String)
    /// What came cannot be read.
    case malformed(String)
    /// What came answers another question, or is no answer.
    case otherQuestion(String)
    case signature(TSIGFailure)
    /// The connection ended before the answer.
    case closed
    /// The whole run's time was over.
    case deadline

    /// Nothing came that counts, however long it was waited for.
    var isSilence: Bool {
      switch self {
      case .timedOut, .answeredBySomeoneElse, .otherQuestion: true
      default: false
      }
    }
  }

  public let reason: Reason
  /// Whether the server may have got the message: then its effect is unknown.
  public let mayHaveArrived: Bool

  public var description: String {
    switch reason {
    case .timedOut: "no answer in time"
    case .unreachable(let why): "unreachable: \(why)"
    case .answeredBySomeoneElse(let who): "answered by \(who), which was not asked"
    case .malformed(let why): "the answer cannot be read: \(why)"
    case .otherQuestion(let why): "the answer is to something else: \(why)"
    case .signature(let failure): failure.description
    case .closed: "the connection was closed before the answer"
    case .deadline: "the time for all questions was over"
    }
  }
}

public typealias DNSResult = Result<DNSAnswer, DNSFailure>
