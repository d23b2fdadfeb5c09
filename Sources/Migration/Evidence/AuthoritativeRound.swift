import DNSModel
import Notation

/// One authoritative server at one of its addresses.
public struct Authority: Hashable, Sendable, CustomStringConvertible {
  /// The server's name as the delegation has it.
  public let name: DomainName
  /// `192.0.2.53:53`, `[2001:db8::53]:53`.
  public let address: String
  /// What people, waivers and journals call it.
  public let description: String

  public init(name: DomainName, address: String) {
    self.name = name
    self.address = address
    description = "\(name)@\(address)"
  }
}

/// What one authority said about the name. Only answers with the AA flag set count as answers.
public enum AuthoritativeAnswer: Hashable, Sendable {
  case value(ServedValue)
  /// NXDOMAIN or NODATA, with its negative TTL: min(SOA TTL, SOA MINIMUM) (RFC 2308 §5).
  case denied(negativeTTL: TTL)
  case unreachable(UnreachableReason)
}

/// Why an authority could not be asked. None of these says anything about what it serves (R21).
public enum UnreachableReason: String, Hashable, Sendable, CaseIterable {
  case timeout, refused, serverFailure, notAuthoritative, malformed, noAddress
}

/// One look at every authoritative address: each NS × each address, UDP then TCP.
///
/// Answers lie beside `authorities`, index by index. Times are safe time.
public struct AuthoritativeRound: Hashable, Sendable {
  /// Before the first question left.
  public var startedAt: UTCInstant
  /// After the last answer came.
  public var completedAt: UTCInstant
  public var authorities: [Authority]
  public var answers: [AuthoritativeAnswer]
  /// SOA serials, nil where unknown; shown, never decided on.
  public var serials: [UInt32?]
  /// What foreign answers said, for people: not empty only in the presence of drift.
  public var foreignTexts: [String]
  /// How what is served came to be wrong, where it looks like a slip of the hand; for people as well.
  public var slips: [String] = []

  public init(
    startedAt: UTCInstant, completedAt: UTCInstant, authorities: [Authority],
    answers: [AuthoritativeAnswer], serials: [UInt32?] = [], foreignTexts: [String] = []
  ) {
    self.startedAt = startedAt
    self.completedAt = completedAt
    self.authorities = authorities
    self.answers = answers
    self.serials = serials
    self.foreignTexts = foreignTexts
  }
  /// Every authority answered, and with this.
  func isUnanimous(_ value: ServedValue) -> Bool {
    if answers.isEmpty || answers.count != authorities.count { return false }
    for answer in answers {
      switch answer {
      case .value(let served): if served != value { return false }
      case .denied, .unreachable: return false
      }
    }
    return true
  }
}
