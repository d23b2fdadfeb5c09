import Notation

/// What a drill saw on the new path: before, while a region was down, and after.
public struct DrillEvidence: Hashable, Sendable {
  /// Requests by SNI over the new path during one phase.
  public struct Phase: Hashable, Sendable {
    public var sent = 0
    public var failed = 0
    public var slowest: TimeSpan = .zero
    /// The first few failures, in words.
    public var failures: [String] = []

    public init() {}
  }

  /// How a region answers somebody who goes around the router.
  public enum DoorStand: Hashable, Sendable {
    case refused(String)
    case served(status: Int)
    case unknown(String)
  }

  public struct Door: Hashable, Sendable {
    public let region: String
    public let before: DoorStand
    public let after: DoorStand

    public init(region: String, before: DoorStand, after: DoorStand) {
      self.region = region
      self.before = before
      self.after = after
    }
  }

  /// One direction of a change that the router noticed by itself, or did not in time.
  public enum Notice: Hashable, Sendable {
    case seen(after: TimeSpan)
    case notSeen(within: TimeSpan)
    /// Nothing was done that it could have noticed.
    case notTried
  }

  /// What was seen of a guard between clients and regions.
  public enum GuardStand: Hashable, Sendable {
    case met(String)
    case notMet(String)
  }

  /// A log of the router or of a region, and which of the drill's requests it has, by their ids.
  public struct Log: Hashable, Sendable {
    public let name: String
    public let isRouter: Bool
    public let found: Set<String>

    public init(name: String, isRouter: Bool, found: Set<String>) {
      self.name = name
      self.isRouter = isRouter
      self.found = found
    }
  }

  public var region: String
  /// How it was failed: by a command, or taken out at the router.
  public var isRealFailure = false
  public var calm = Phase()
  public var loss = Phase()
  public var back = Phase()
  /// While a dependency was broken and mended.
  public var ailing = Phase()
  public var seenDown = Notice.notTried
  public var seenUp = Notice.notTried
  public var dependencyDown = Notice.notTried
  public var dependencyUp = Notice.notTried
  /// The last failure, or the last answer of the lost region, counted from its loss.
  public var failover: TimeSpan = .zero
  public var cookies: [String] = []
  /// A connection that was kept open across the loss: whether its requests went on.
  public var keptConnectionServed: Bool?
  public var doors: [Door] = []
  /// By subject, as `AttestedChoice.guards` names them.
  public var guards: [String: GuardStand] = [:]
  /// Ids of requests that were answered.
  public var requestIDs: Set<String> = []
  public var logs: [Log] = []
  /// Who is told, as the plan has it.
  public var hooks: [String] = []

  public init(region: String) { self.region = region }
}
