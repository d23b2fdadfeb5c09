import DNSModel
import Migration
import Notation

/// How clients leave the old endpoint after the cutover, by the habit of what stands between them and the
/// authorities: every cache there could be, filled at every moment it could have been filled.
public struct DrainStudy: Hashable, Sendable {
  /// Shares in thousandths of all clients. Only that of the over-holders was ever measured (8.74 % of 8,524
  /// resolvers); the others are estimates, and every output says so: most resolvers keep to the TTL, big ones
  /// cap it, some floors and stale answers exist, and some clients never ask again while they run.
  public enum Class: String, Hashable, Sendable, CaseIterable {
    case honest, capping, flooring
    case overHolding = "over-holding"
    case servesStale = "serve-stale"
    case forever

    public var perMille: Int {
      switch self {
      case .honest: 613
      case .capping: 180
      case .flooring: 60
      case .overHolding: 87
      case .servesStale: 50
      case .forever: 10
      }
    }

    /// Whether anyone measured that share.
    public var basis: String { self == .overHolding ? "measured" : "estimated" }

    /// As it is told: no figure without what it rests on.
    public var legend: String { "\(perMille / 10).\(perMille % 10) % \(label), \(basis)" }

    public var label: String {
      switch self {
      case .honest: "keep to the TTL"
      case .capping: "cap it at an hour"
      case .flooring: "never below ten minutes"
      case .overHolding: "hold three times as long"
      case .servesStale: "serve stale for half an hour more"
      case .forever: "never ask again while they run (a week)"
      }
    }

    /// How long an answer with this TTL is kept.
    func hold(_ ttl: TimeSpan) -> TimeSpan {
      switch self {
      case .honest: ttl
      case .capping: min(ttl, .hours(1))
      case .flooring: max(ttl, .minutes(10))
      case .overHolding: ttl * 3
      case .servesStale: ttl + .minutes(30)
      case .forever: .days(7)
      }
    }
  }

  public struct Point: Hashable, Sendable {
    public let after: TimeSpan
    /// Thousandths of this class that still go to the old endpoint.
    public let perMille: Int
  }

  public struct Curve: Hashable, Sendable {
    public let kind: Class
    public let points: [Point]
  }

  public let curves: [Curve]
  /// Thousandths of all clients, at the same moments.
  public let total: [Point]

  /// The lag of each authority is drawn up to what the plan allows; each cache asked its authority at a moment
  /// drawn within its last hold.
  public init(_ plan: CompiledPlan, seed: UInt64) {
    var chance = Chance(seed: seed)
    let ttl = plan.waits.lowTTL.span
    let moments = Self.moments(plan)
    var curves: [Curve] = []
    for kind in Class.allCases {
      let hold = kind.hold(ttl)
      let gone = Self.departures(holding: hold, lag: plan.waits.authoritativeLag, &chance)
      curves.append(
        Curve(
          kind: kind,
          points: moments.map { moment in
            let left = gone.count - gone.prefix { $0 <= moment }.count
            return Point(after: moment, perMille: left * 1000 / gone.count)
          }))
    }
    self.curves = curves
    total = moments.indices.map { index in
      var sum = 0
      for curve in curves { sum += curve.points[index].perMille * curve.kind.perMille }
      return Point(after: moments[index], perMille: (sum + 500) / 1000)
    }
  }

  /// When each of many caches that keep an answer for so long lets go of what was replaced, in order: it asked
  /// at some moment before the change arrived, and keeps what is left of its hold.
  static func departures(
    holding hold: TimeSpan, lag: TimeSpan, _ chance: inout Chance
  ) -> [TimeSpan] {
    var gone: [TimeSpan] = []
    for _ in 0..<caches { gone.append(chance.span(.zero, lag) + chance.span(.zero, hold)) }
    return gone.sorted()
  }

  static let caches = 2000

  /// Denser at the beginning, where most of it happens.
  private static func moments(_ plan: CompiledPlan) -> [TimeSpan] {
    let first = plan.waits.authoritativeLag + plan.waits.lowTTL.span
    var moments: [TimeSpan] = []
    for step in 0...24 {
      moments.append(TimeSpan(milliseconds: first.milliseconds * Int64(step) / 24))
    }
    var next = max(first, .seconds(1))
    while next < .days(7) {
      next = min(TimeSpan(milliseconds: next.milliseconds * 5 / 4), .days(7))
      moments.append(next)
    }
    return moments
  }

  /// Thousandths of all clients still at the old endpoint so long after the cutover.
  public func remaining(after span: TimeSpan) -> Int {
    total.last { $0.after <= span }?.perMille ?? 1000
  }

  public var json: JSON {
    func list(_ points: [Point]) -> JSON {
      .array(
        points.map {
          ["afterSeconds": .integer($0.after.secondsRoundedUp), "perMille": .integer($0.perMille)]
        })
    }
    return [
      "total": list(total),
      "classes": .array(
        curves.map {
          [
            "class": .string($0.kind.rawValue), "sharePerMille": .integer($0.kind.perMille),
            "shareBasis": .string($0.kind.basis),
            "points": list($0.points),
          ]
        }),
    ]
  }
}
