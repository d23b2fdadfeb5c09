import DNSModel

/// What is to be said, collected before any of it is encoded.
public struct Answer: Hashable, Sendable {
  public var code: ResponseCode = .noError
  public var isAuthoritative = false
  /// Cut on purpose (a fault).
  public var isTruncated = false
  /// The question spells the name, as far as it exists, the way the zone does. In any other spelling
  /// (resolvers mix the case on purpose) the answer's names are not shortened against it, so that how
  /// much is alike by chance makes no difference.
  public var isSpelledAsServed = true
  public var answers: [AnswerSet] = []
  public var authorities: [AnswerSet] = []
  public var additionals: [AnswerSet] = []
  /// What a validator has to be shown that is *not* there.
  public var denials: [Denial] = []
  /// Every name whose presence or absence decided: an answer that was compiled is made anew when one
  /// of them changes.
  public var consulted: [DomainName] = []
  /// The zone the last part came from.
  public var zone: Zone?

  public init(code: ResponseCode = .noError) { self.code = code }

  public static func == (left: Answer, right: Answer) -> Bool {
    left.code == right.code && left.isAuthoritative == right.isAuthoritative
      && left.isTruncated == right.isTruncated && left.answers == right.answers
      && left.authorities == right.authorities && left.additionals == right.additionals
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(code)
    hasher.combine(answers)
  }
}

/// A record set in a section: all of it or nothing (RFC 2181 §5.1).
public struct AnswerSet: Hashable, Sendable {
  /// The name it is given under: another than its own where a wildcard was expanded.
  public var owner: DomainName
  public var type: RecordType
  public var recordClass: RecordClass = .internet
  public var ttl: TTL
  public var data: [RecordData]
  /// The RRSIG records that cover it, where the asker wants them.
  public var signatures: [RecordData] = []
  /// Glue without which the referral leads nowhere: if it does not fit, TC is set (RFC 9471 §3).
  public var isRequired = false

  public init(_ rrset: RRset, owner: DomainName? = nil, ttl: TTL? = nil) {
    self.owner = owner ?? rrset.owner
    type = rrset.type
    self.ttl = ttl ?? rrset.ttl
    data = rrset.data
  }
}

/// Something whose absence the answer claims, for the one who adds NSEC or NSEC3 proofs to signed
/// zones (RFC 4035 §3.1.3, RFC 5155 §7.2).
public struct Denial: Hashable, Sendable {
  public enum Claim: Hashable, Sendable {
    /// The name is there, the type is not; also an empty non-terminal, and DS at an insecure cut.
    case noData(RecordType)
    /// Neither the name nor a wildcard that would cover it.
    case nameError(closestEncloser: DomainName)
    /// The name is not there, so that the wildcard below `closestEncloser` answered.
    case wildcardExpansion(closestEncloser: DomainName)
    /// As before, but the wildcard lacks the type.
    case wildcardNoData(RecordType, closestEncloser: DomainName)
  }

  public let name: DomainName
  public let claim: Claim
  /// The apex of the zone the proof is to come from.
  public let origin: DomainName
}
