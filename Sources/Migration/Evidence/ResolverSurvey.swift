import DNSModel
import Notation

/// What one caching resolver said, as it said it. Judged by `Propagation`.
public struct ResolverSighting: Hashable, Sendable {
  /// The panel's name for it.
  public var resolver: String
  /// The move cannot pass verification without it; others are tolerated, and shown.
  public var isRequired: Bool
  public var answer: ResolverAnswer

  public init(resolver: String, isRequired: Bool, answer: ResolverAnswer) {
    self.resolver = resolver
    self.isRequired = isRequired
    self.answer = answer
  }
}

public enum ResolverAnswer: Hashable, Sendable {
  /// The data, and the TTL that is left of it there.
  case value(RecordContent, remaining: TTL)
  /// A negative answer, and how long it may still be given.
  case denied(remaining: TTL)
  case serverFailure
  case unreachable
}

/// One round of the resolver panel. Time is safe time.
public struct ResolverSurvey: Hashable, Sendable {
  public var completedAt: UTCInstant
  public var sightings: [ResolverSighting]
  /// Any failure that is the panel's own (no network): the survey says nothing then.
  public var isInconclusive: Bool

  public init(
    completedAt: UTCInstant, sightings: [ResolverSighting], isInconclusive: Bool = false
  ) {
    self.completedAt = completedAt
    self.sightings = sightings
    self.isInconclusive = isInconclusive
  }
}
