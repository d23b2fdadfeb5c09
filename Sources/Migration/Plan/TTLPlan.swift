import DNSModel
import Notation

/// How the TTL comes down before the move, and where it stays after it.
public struct TTLPlan: Hashable, Sendable {
  public enum Strategy: Hashable, Sendable {
    /// One step down.
    case direct(TTL)
    /// Each stage waits for the one before; the waits add up.
    case stages([TTL])
    /// Stages that all end together (R8): the same total wait as one step, far fewer questions.
    case ladder(stages: Int, floor: TTL)
  }

  public static let usualFloor = TTL(clamping: 60)
  public static let stageLimit = TTLLadder.stageLimit

  public var strategy: Strategy
  /// The TTL after the soak has passed.
  public var final: TTL
  /// When the TTL may rise again.
  public var raise: Raise
  /// A wait of one's own between lowering and cutting over; it can only be longer than what the caches
  /// need, never shorter.
  public var wait: TimeSpan?

  public enum Raise: String, Hashable, Sendable, CaseIterable {
    case afterSoak = "after-soak"
    /// Understood and refused: it would end the quick way back while it is still needed (R14).
    case afterCutover = "after-cutover"
  }

  public init(
    strategy: Strategy = .ladder(stages: 3, floor: usualFloor), final: TTL = TTL(clamping: 3600),
    raise: Raise = .afterSoak, wait: TimeSpan? = nil
  ) {
    self.strategy = strategy
    self.final = final
    self.raise = raise
    self.wait = wait
  }

  /// The TTLs that are published one after the other, all below `old`; none when it is low enough.
  public func published(from old: TTL) -> [TTL] {
    switch strategy {
    case .direct(let ttl): ttl < old ? [ttl] : []
    case .stages(let ttls): ttls.filter { $0 < old }
    case .ladder(let stages, let floor): TTLLadder.stages(from: old, to: floor, count: stages)
    }
  }

  /// The lowest TTL of the strategy: what the record has at the cutover.
  public var floor: TTL {
    switch strategy {
    case .direct(let ttl): ttl
    case .stages(let ttls): ttls.last ?? Self.usualFloor
    case .ladder(_, let floor): floor
    }
  }
}

/// What the waits are made of.
public struct TimingPlan: Hashable, Sendable {
  /// The longest the slowest authoritative lags behind the provider (L).
  public var lag: TimeSpan
  /// Added to every end in some cache: clocks differ, and resolvers round up.
  public var margin: TimeSpan
  /// How many rounds must show a value gone from every authoritative …
  public var cleanRounds: Int
  /// … and the time they must span.
  public var propagation: TimeSpan
  /// What a write rests on may be this old.
  public var freshness: TimeSpan
  /// Not before this moment; `--cutover-at` sets it.
  public var cutOverAt: UTCInstant?

  public init(
    lag: TimeSpan = .minutes(15), margin: TimeSpan = .minutes(5), cleanRounds: Int = 3,
    propagation: TimeSpan = .minutes(15), freshness: TimeSpan = .minutes(5),
    cutOverAt: UTCInstant? = nil
  ) {
    self.lag = lag
    self.margin = margin
    self.cleanRounds = cleanRounds
    self.propagation = propagation
    self.freshness = freshness
    self.cutOverAt = cutOverAt
  }
}
