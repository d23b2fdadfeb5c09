/// The way back, in the order in which it is gone (`Deliberation.rollBack`). What need not be undone is passed
/// at once.
public enum UndoStage: String, Hashable, Sendable, CaseIterable {
  /// The old endpoint takes clients again.
  case unlock
  /// The old record is served everywhere.
  case restore
  /// No cache holds the new record any more.
  case drain
  /// The router has forgotten the name.
  case clean
  /// The old record has its old TTL again.
  case oldTTL
}

extension MigrationState {
  /// A restored record is as short-lived as the one it replaces: it stays low (R14).
  public func restoredValue(_ plan: CompiledPlan) -> ServedValue {
    ServedValue(.old, min(plan.waits.lowTTL, baseline?.ttl ?? plan.waits.lowTTL))
  }

  /// The TTL to give back at the end of the way back; nil where it was not lowered, or is to stay low.
  public var lostTTL: ServedValue? {
    maybe.contains(.lowered) && !hasDeclinedTTL ? baseline : nil
  }
}
