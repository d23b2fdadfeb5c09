import DNSModel
import Notation

/// How the former value is expected to leave the caches, in thousandths, by their known caps.
///
/// Each kind of cache counts alike, and its entries are of all ages, so its share falls in a straight
/// line to nothing at the longest it keeps the answer. Caches that keep it until a restart are told as
/// a tail, not drawn: nobody knows when they restart.
public struct DrainCurve: Hashable, Sendable {
  public struct Point: Hashable, Sendable {
    public var after: TimeSpan
    public var permille: Int

    public init(after: TimeSpan, permille: Int) {
      self.after = after
      self.permille = permille
    }
  }

  public let points: [Point]
  public let tail: [String]

  public init(ttl: TTL, kinds: [ResolverProfile] = ResolverTable.kinds, steps: Int = 24) {
    let draining = kinds.filter { $0.floor < .ceiling }
    let holds = draining.map { Int64($0.longestHold(of: ttl).seconds) }
    let longest = max(1, holds.max() ?? 1)
    tail = kinds.filter { $0.floor == .ceiling }.map(\.label)
    let count = Int64(max(1, steps))
    points = (0...count).map { step in
      let second = longest * step / count
      var sum: Int64 = 0
      for hold in holds where hold > second { sum += (hold - second) * 1000 / hold }
      let mean = holds.isEmpty ? 0 : sum / Int64(holds.count)
      return Point(after: .seconds(second), permille: Int(mean))
    }
  }
}
