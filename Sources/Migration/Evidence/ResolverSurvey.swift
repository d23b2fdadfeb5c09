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

extension ResolverSurvey {
  /// Who is waited for, and what each of them said: by the names that a waiver takes.
  func text(missing wanted: RecordContent, _ waived: [String]) -> String {
    if isInconclusive { return "no resolver of the panel could be asked" }
    let awaited = sightings.filter { sighting in
      if case .value(wanted, _) = sighting.answer { return false }
      return sighting.isRequired && !waived.contains(sighting.resolver)
    }
    return awaited.map { "\($0.resolver) \($0.answer.text)" }.joined(separator: ", ")
  }
}

extension ResolverAnswer {
  fileprivate var text: String {
    switch self {
    case .value(.old, let remaining): "gives the old record for \(remaining.span) more"
    case .value(.new, let remaining): "gives the new record for \(remaining.span) more"
    case .value(_, let remaining): "gives a foreign record for \(remaining.span) more"
    case .denied(let remaining): "says no such name for \(remaining.span) more"
    case .serverFailure: "fails to answer (SERVFAIL)"
    case .unreachable: "cannot be asked"
    }
  }
}
