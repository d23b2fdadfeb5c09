import Migration
import Notation

/// Asks each NS × each address of the name's zone, over UDP, then TCP. May be repeated; bounded by its
/// own deadline; an address that cannot be asked is an answer of its own.
public protocol AuthoritativeObserver {
  func look(_ plan: CompiledPlan) -> AuthoritativeRound
}

/// Asks the panel of caching resolvers. May be repeated, but not before the core says so: a question
/// that is asked too early leaves a negative answer behind (R5).
public protocol ResolverPanel {
  func survey(_ plan: CompiledPlan) -> ResolverSurvey
}

/// Looks at one kind of evidence (endpoints, parity, soak gates, traffic, lock) and judges it. May be
/// repeated. What could not be found out is `.inconclusive`, never a pass.
public protocol EvidenceProbe {
  func examine(_ kind: EvidenceKind, _ plan: CompiledPlan) -> EvidenceReport?
  /// Whether nil meant that the look takes its time: a turn is not held up by it.
  func isLooking(at kind: EvidenceKind) -> Bool
}

extension EvidenceProbe {
  public func isLooking(at kind: EvidenceKind) -> Bool { false }
}
