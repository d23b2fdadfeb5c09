/// Where a migration stands, in one word: for lists and rows. Derived from the state, never stored as a
/// thing of its own that could contradict it.
public enum Standing: String, Hashable, Sendable, CaseIterable {
  /// Something is due, or under way.
  case acting
  /// Only time, or the world, is being waited for.
  case waiting
  /// A person has to approve.
  case approval
  /// A person paused it.
  case paused
  /// Something is wrong and a person must decide.
  case held
  case moved
  case rolledBack
  case handedOver

  public var isEnd: Bool { self == .moved || self == .rolledBack || self == .handedOver }
}
