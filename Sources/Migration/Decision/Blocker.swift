import DNSModel
import Notation

/// Why a step does not go on now. An active step either acts or has at least one of these: they *are*
/// the decision to wait, and what `explain` tells (R22).
public enum Blocker: Hashable, Sendable {
  /// A value may still sit in caches; nil while an authority may still serve it (R1).
  case exposure(ServedValue, until: UTCInstant?)
  /// The stair of the ladder is not due yet (R8).
  case stageMoment(UTCInstant)
  /// The plan asks for a later cutover.
  case cutOverMoment(UTCInstant)
  /// Written, but not served everywhere yet.
  case notServedYet(ServedValue)
  case authoritiesUnreachable
  /// No look at the authorities that is recent enough and shows them all agreeing on what we expect.
  case viewUnfit
  /// What the provider holds was not read recently.
  case providerUnread
  /// The provider holds something else than it should: its authorities will show it, or it is drift.
  case providerDiffers(ServedValue)
  /// Open until its outcome is known; the date is when it can no longer take hold.
  case openEffect(EffectPurpose, until: UTCInstant)
  case retry(EffectPurpose, at: UTCInstant)
  case evidence(EvidenceKind, Outcome)
  case evidenceStale(EvidenceKind)
  case approval(Gate, missing: Int)
  /// Nil: no window is left.
  case changeWindow(opens: UTCInstant?)
  case paused(PauseReason)
  /// The old endpoint would end before a rollback could be done with.
  case oldEndpointEnds(RollbackConstraint, UTCInstant)
  /// The minimum tail after the drain (R7).
  case tail(until: UTCInstant)
  /// Nobody measures direct traffic, and nobody attested that it is gone (R7).
  case attestation
  case soak(until: UTCInstant)
  /// The certificate is replaced then.
  case renewal(UTCInstant)
  /// A recorded overwrite is carried out first.
  case repairing
  /// R5: some authority denies the name, or cannot be asked.
  case mayNotAskResolvers

  /// When time alone can change it.
  public var until: UTCInstant? {
    switch self {
    case .exposure(_, let until): until
    case .stageMoment(let at), .cutOverMoment(let at), .retry(_, let at), .tail(let at),
      .renewal(let at):
      at
    case .openEffect(_, let until): until == .distantFuture ? nil : until
    case .changeWindow(let opens): opens
    case .soak(let until): until
    default: nil
    }
  }

  /// Who or what can unblock it.
  public var unblocker: Unblocker {
    switch self {
    case .exposure(_, .some), .stageMoment, .cutOverMoment, .retry, .tail, .soak,
      .renewal, .changeWindow(.some):
      .time
    case .exposure(_, .none), .notServedYet, .authoritiesUnreachable, .viewUnfit, .providerUnread,
      .providerDiffers,
      .openEffect, .evidenceStale, .repairing, .mayNotAskResolvers:
      .world
    case .evidence(_, let outcome): outcome == .missing ? .world : .worldOrPerson
    case .approval, .changeWindow(.none), .paused, .attestation, .oldEndpointEnds: .person
    }
  }

  public enum Unblocker: String, Hashable, Sendable { case time, world, worldOrPerson, person }
}
