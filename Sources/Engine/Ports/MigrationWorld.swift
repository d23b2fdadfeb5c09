import Migration

/// What a turn needs of the world, for one migration: looks, which may be repeated at will, and
/// effects, which may not.
///
/// Everything is synchronous. A look that fails is an inconclusive observation, never an error. The
/// product composes it from the ports beside this file; Rehearsal models it whole.
public protocol MigrationWorld {
  /// Looks once, and tells what was seen. May be repeated at any time; bounded by the adapter's own
  /// deadline. Nil: there is nothing that could look (no such port in this plan).
  func look(_ look: Look, for migration: MigrationID, plan: CompiledPlan) -> Event?

  /// Whether the look that gave nil is going on still: it is asked about again soon.
  func isLooking(_ look: Look) -> Bool

  /// Does one effect whose intent is committed. Called at most once per intent by one process; `key` is
  /// the same after a crash. Must refuse (`.rejected(.tryAgain)`) to send a first byte after
  /// `effect.sendBy` in safe time. `epoch` goes where the other side can fence on it.
  func perform(
    _ effect: Effect, key: EffectKey, for migration: MigrationID, plan: CompiledPlan
  ) -> EffectOutcome
}

extension MigrationWorld {
  public func isLooking(_ look: Look) -> Bool { false }
}

/// What a look is at.
public enum Look: Hashable, Sendable {
  case authoritatives
  case provider
  case resolvers
  case evidence(EvidenceKind)
}

public struct MigrationID: Hashable, Sendable, CustomStringConvertible {
  public let text: String
  public init(_ text: String) { self.text = text }
  public var description: String { text }
}

/// Names one intended effect for ever: idempotency keys and audit trails carry it.
public struct EffectKey: Hashable, Sendable, CustomStringConvertible {
  public var migration: MigrationID
  public var number: UInt32
  /// The claim under which it is sent.
  public var epoch: UInt64

  public init(migration: MigrationID, number: UInt32, epoch: UInt64) {
    self.migration = migration
    self.number = number
    self.epoch = epoch
  }

  /// Without the epoch: the same key after a crash and another claim.
  public var description: String { "\(migration)/\(number)" }
}
