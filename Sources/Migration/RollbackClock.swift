import DNSModel
import Notation

/// Which end makes a rollback impossible first.
public enum RollbackConstraint: String, Hashable, Sendable, CaseIterable {
  case oldCertificate
  case oldEndpoint
  case oldBinding

  /// For people.
  public var text: String {
    switch self {
    case .oldCertificate: "the old endpoint's certificate"
    case .oldEndpoint: "the old endpoint"
    case .oldBinding: "the old endpoint's binding of the name"
    }
  }
}

/// Until when, and how fast, the move can still be undone (R12).
public struct RollbackClock: Hashable, Sendable {
  /// From the decision to roll back until the last client is back on the old endpoint.
  public var timeToEffect: TimeSpan
  /// The last moment at which deciding still helps; nil when nothing known ends.
  public var decideBy: UTCInstant?
  public var binding: RollbackConstraint?
  /// The irreversible end itself.
  public var end: UTCInstant?

  public init(_ state: MigrationState, _ plan: CompiledPlan, at now: Now) {
    let span = Self.timeToEffect(
      plan, isLocked: state.maybe.contains(.locked),
      longest: Self.largestLiveExposure(of: .new, in: state.ledger, at: now.safe))
    timeToEffect = span
    let ends = Self.ends(state, plan)
    guard let first = ends.min(by: { $0.at < $1.at }) else { return }
    binding = first.constraint
    end = first.at
    decideBy = first.at - span - plan.rollback.minimumStay
  }

  /// Opening the doors, the slowest authority, and the longest that an answer of the new side may be kept.
  /// A reversible lock-down adds time; it is no deadline. Forecast and running migration reckon alike.
  static func timeToEffect(_ plan: CompiledPlan, isLocked: Bool, longest: TimeSpan) -> TimeSpan {
    (isLocked ? plan.rollback.unlockTime : .zero) + plan.waits.authoritativeLag + longest
  }

  /// Every irreversible end that is known.
  static func ends(
    _ state: MigrationState, _ plan: CompiledPlan
  ) -> [(constraint: RollbackConstraint, at: UTCInstant)] {
    var ends: [(RollbackConstraint, UTCInstant)] = []
    if let at = state.evidence(.oldEndpoint).certificateEnds { ends.append((.oldCertificate, at)) }
    if let at = plan.rollback.oldEndpointEnds { ends.append((.oldEndpoint, at)) }
    if let at = plan.rollback.oldBindingEnds { ends.append((.oldBinding, at)) }
    return ends
  }

  /// How long the longest-lived answer with this data can still be met, seen from now.
  static func largestLiveExposure(
    of content: RecordContent, in ledger: ExposureLedger, at now: UTCInstant
  ) -> TimeSpan {
    var longest = TimeSpan.zero
    for exposure in ledger.exposures where exposure.value.content == content {
      if let end = exposure.end(margin: .zero) {
        longest = max(longest, end - now)
      } else {
        longest = max(longest, exposure.value.ttl.span)
      }
    }
    return longest
  }
}
