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
  /// How far the way back is gone, while the move is rolled back.
  public var undoing: UndoStage?
  /// The answer to a command, when the event was one.
  public var answer: CommandResult?

  /// For how long all this holds if nothing is learned.
  var validity = Validity()

  public init() {}

  /// What was committed and done is over; what is waited for stands until it is decided anew. Keeps its
  /// memory: the loop decides millions of times.
  mutating func forgetTheLast() {
    if !facts.isEmpty { facts.removeAll(keepingCapacity: true) }
    if !effects.isEmpty { effects.removeAll(keepingCapacity: true) }
    answer = nil
  }

  /// Nothing is concluded from the blockers yet.
  mutating func forgetTheConclusion() {
    looks = LookPlan()
    wakeAt = nil
    standing = .acting
  }
}
