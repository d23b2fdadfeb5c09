import Notation

/// What a turn has to commit, and then to do.
public struct Decision: Hashable, Sendable {
  /// To be committed, in order, before anything else happens.
  public var facts: [Fact] = []
  /// To be performed once the facts are committed.
  public var effects: [Effect] = []
  /// Why nothing more happens: of every active step, in order.
  public var blockers: [Blocker] = []
  public var looks = LookPlan()
  /// Safe time at which time alone may change something; nil when it cannot.
  public var wakeAt: UTCInstant?
  public var standing = Standing.acting
  /// The answer to a command, when the event was one.
  public var answer: CommandResult?

  public init() {}

  static let blank = Decision()

  /// Empties it, keeping its memory: the loop decides millions of times.
  mutating func clear() {
    facts.removeAll(keepingCapacity: true)
    effects.removeAll(keepingCapacity: true)
    blockers.removeAll(keepingCapacity: true)
    looks = LookPlan()
    wakeAt = nil
    standing = .acting
    answer = nil
  }
}
