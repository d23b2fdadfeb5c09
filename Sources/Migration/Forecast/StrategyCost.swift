import DNSModel
import Notation

/// What one way down costs: the wait, and how many more questions each resolver asks for it (R8).
public struct StrategyCost: Hashable, Sendable {
  /// `direct`, `ladder k=3`, `stages`.
  public let name: String
  public let isChosen: Bool
  public let stages: [TTL]
  /// Per resolver and old TTL, beyond the one question it asks anyway; in thousandths, rounded up.
  public let extraPerMille: UInt64
  /// From the first change to the cutover.
  public let wait: TimeSpan

  /// The nearest whole number: 2,879, 105, 40, 25 for two days down to a minute in 1 … 4 stages.
  public var extraQuestions: UInt64 { (extraPerMille + 500) / 1000 }

  /// One step and ladders of two to four down to the plan's lowest TTL, and the plan's own way.
  static func all(_ plan: Plan) -> [StrategyCost] {
    let floor = plan.ttl.floor
    var ways: [(String, TTLPlan.Strategy)] = [("direct", .direct(floor))]
    for count in 2...4 { ways.append(("ladder k=\(count)", .ladder(stages: count, floor: floor))) }
    var chosen: Int?
    switch plan.ttl.strategy {
    case .direct: chosen = 0
    case .ladder(let count, _) where count <= 4: chosen = count - 1
    case .ladder(let count, _):
      chosen = ways.count
      ways.append(("ladder k=\(count)", plan.ttl.strategy))
    case .stages:
      chosen = ways.count
      ways.append(("stages", plan.ttl.strategy))
    }
    var costs: [StrategyCost] = []
    for (index, way) in ways.enumerated() {
      var variant = plan
      variant.ttl.strategy = way.1
      variant.changeWindow = nil
      variant.timing.cutOverAt = nil
      let start = UTCInstant(milliseconds: 0)
      let times = Timetable(variant, start: start, timeZone: .utc)
      let stages = times.stages.map(\.ttl)
      costs.append(
        StrategyCost(
          name: way.0, isChosen: index == chosen, stages: stages,
          extraPerMille: TTLLadder.extraQuestionsPerMille(from: plan.from.ttl, stages: stages),
          wait: times.cachesReady - start))
    }
    return costs
  }
}
