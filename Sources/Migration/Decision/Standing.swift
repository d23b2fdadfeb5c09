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

  /// For people.
  public var text: String {
    switch self {
    case .acting: "acting"
    case .waiting: "waiting"
    case .approval: "waiting for an approval"
    case .paused: "paused"
    case .held: "held: a person must decide"
    case .moved: "moved"
    case .rolledBack: "rolled back"
    case .handedOver: "ended: the record was handed over as it is"
    }
  }
}
