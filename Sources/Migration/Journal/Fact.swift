import DNSModel
import Notation

/// One entry of a migration's history: what became true, and when. State is the fold of its facts;
/// nothing else is remembered.
public struct Fact: Hashable, Sendable {
  public var at: Now
  public var kind: FactKind

  public init(at: Now, _ kind: FactKind) {
    self.at = at
    self.kind = kind
  }
}

/// The kinds of facts. Each has a golden file; a kind never changes its meaning (R24).
public enum FactKind: Hashable, Sendable {
  case started(planDigest: String, startedBy: String)
  /// Another process took over; effects under way became unknown.
  case recovered
  case stepDone(step: Int)
  /// A round that opened, reopened or closed an exposure, or showed something else than the one before.
  case roundSeen(RoundSummary)
  /// What the provider holds, as far as it decides: the fence, and open writes.
  case providerRead(ProviderReading)
  /// A resolver proved that answers were handed out with a longer TTL than we knew of (R2).
  case longerTTLSeen(ServedValue, resolver: String)
  /// The provider serves another TTL than it was asked to (R3).
  case ttlRounded(asked: TTL, served: TTL)
  case evidenceSeen(EvidenceReport)
  /// Committed before the first byte leaves (R17).
  case effectIntended(Effect)
  case effectEnded(number: UInt32, EffectOutcome)
  /// An unknown outcome was resolved by reading.
  case effectResolved(number: UInt32, tookHold: Bool)
  case commanded(Command, CommandResult)
  /// We paused ourselves.
  case held(PauseReason)
  /// A reason of ours went away.
  case released(PauseReason)
  /// A soak gate's policy turned the move back.
  case turnedBack(because: EvidenceKind)
  /// The watched, good part of the running soak grew.
  case soaked(good: TimeSpan)
  /// The router could not be cleaned up; the rollback ended without it (R15).
  case leftBehind(EffectPurpose)
  case ended(Ending)
}

public enum Ending: String, Hashable, Sendable, CaseIterable {
  case moved
  case rolledBack
  /// A person let a foreign record stand.
  case handedOver
}

/// Why a migration does nothing of its own. A set: each reason goes by its own way.
public enum PauseReason: UInt8, Hashable, Sendable, CaseIterable {
  /// A person said pause.
  case person = 0
  /// DNS holds something that neither the plan nor we put there (R19).
  case drift = 1
  /// An effect failed for good, or too often.
  case failure = 2
  /// The last change window of the plan went by.
  case missedWindow = 3

  public var name: String {
    switch self {
    case .person: "person"
    case .drift: "drift"
    case .failure: "failure"
    case .missedWindow: "missedWindow"
    }
  }

  public init?(name: String) {
    guard let reason = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = reason
  }
}
