import Migration
import Notation

/// Obtains the new endpoint's certificate. `obtain` may be called again after `.unknown` or a crash:
/// the adapter finds its stored order by `key` and goes on with it instead of ordering anew.
public protocol CertificateIssuer {
  func obtain(key: EffectKey, plan: CompiledPlan) -> EffectOutcome
  /// The next one: `.applied` once there is one that ends later than `end`, however often it is called.
  func renew(endingAt end: UTCInstant, key: EffectKey, plan: CompiledPlan) -> EffectOutcome
  /// Nothing more is wanted: what was published to prove control goes. May be repeated.
  func withdraw(plan: CompiledPlan)
}

extension CertificateIssuer {
  public func withdraw(plan: CompiledPlan) {}
}

/// The global router. Each call states a wish about the name and may be repeated: what is so already is
/// `.applied`.
public protocol GlobalRouter {
  func ownHostname(key: EffectKey, plan: CompiledPlan) -> EffectOutcome
  func bindHostname(key: EffectKey, plan: CompiledPlan) -> EffectOutcome
  /// Takes the name off again. Never needed for a rollback to end (R15).
  func clean(key: EffectKey, plan: CompiledPlan) -> EffectOutcome
  /// Seen in the router's own account: `EvidenceKind.router`.
  func progress(_ plan: CompiledPlan) -> EvidenceReport
}

/// The old endpoint's doors. Each call states a wish and may be repeated.
public protocol OriginGuard {
  func lock(key: EffectKey, plan: CompiledPlan) -> EffectOutcome
  func unlock(key: EffectKey, plan: CompiledPlan) -> EffectOutcome
  func retire(key: EffectKey, plan: CompiledPlan) -> EffectOutcome
}

/// Tells people. Delivered at least once from the outbox; `deduplication` is the same for the same
/// occasion, so that the far side can drop a repeat.
public protocol Notifier {
  func send(_ notice: Notice) -> Bool
}
