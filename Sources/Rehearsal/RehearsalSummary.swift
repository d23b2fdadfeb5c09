import DNSModel
import Migration
import Notation

/// What many rehearsals come to. No timings of the machine: the same seeds give the same bytes.
public struct RehearsalSummary: Sendable {
  public private(set) var schedules = 0
  public private(set) var moved = 0
  public private(set) var rolledBack = 0
  public private(set) var handedOver = 0
  public private(set) var crashes = 0
  /// The first violation of each rule, with its seed.
  public private(set) var violations: [(seed: UInt64, violation: Violation, count: Int)] = []
  private var forward: [TimeSpan] = []
  private var back: [TimeSpan] = []
  /// By the step that was in hand when the move was turned back, in the plan's order.
  private var backFrom: [(step: String, spans: [TimeSpan])] = []

  public init(_ plan: CompiledPlan) { backFrom = plan.steps.map { ($0.id, []) } }

  public mutating func add(_ result: Rehearsal.Result) {
    schedules += 1
    crashes += result.crashes
    switch result.ending {
    case .moved:
      moved += 1
      forward.append(result.lasted)
    case .rolledBack:
      rolledBack += 1
      if let span = result.rollback { back.append(span) }
      if let span = result.rollback, let step = result.turnedBackAt,
        let index = backFrom.firstIndex(where: { $0.step == step })
      {
        backFrom[index].spans.append(span)
      }
    case .handedOver: handedOver += 1
    case nil: break
    }
    guard let violation = result.violations.first else { return }
    if let index = violations.firstIndex(where: { $0.violation.rule == violation.rule }) {
      violations[index].count += 1
    } else {
      violations.append((result.seed, violation, 1))
    }
  }

  public var holds: Bool { violations.isEmpty && schedules > 0 }

  /// Median, 95 %, worst.
  public struct Spread: Hashable, Sendable {
    public var median: TimeSpan
    public var most: TimeSpan
    public var worst: TimeSpan

    init?(_ spans: [TimeSpan]) {
      guard !spans.isEmpty else { return nil }
      let sorted = spans.sorted()
      median = sorted[sorted.count / 2]
      most = sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
      worst = sorted[sorted.count - 1]
    }

    public var json: JSON {
      [
        "medianSeconds": .integer(median.secondsRoundedUp),
        "p95Seconds": .integer(most.secondsRoundedUp),
        "worstSeconds": .integer(worst.secondsRoundedUp),
      ]
    }
  }

  public var forwardTime: Spread? { Spread(forward) }
  public var rollbackTime: Spread? { Spread(back) }
  public var rollbackTimes: [(step: String, worlds: Int, spread: Spread)] {
    backFrom.compactMap { step, spans in Spread(spans).map { (step, spans.count, $0) } }
  }

  public var json: JSON {
    .record([
      ("schedules", .integer(schedules)), ("holds", .bool(holds)), ("moved", .integer(moved)),
      ("rolledBack", .integer(rolledBack)), ("handedOver", .integer(handedOver)),
      ("crashes", .integer(crashes)), ("forward", forwardTime?.json),
      ("rollback", rollbackTime?.json),
      (
        "rollbackFrom",
        .array(
          rollbackTimes.map {
            [
              "step": .string($0.step), "worlds": .integer($0.worlds),
              "time": $0.spread.json,
            ]
          })
      ),
      (
        "violations",
        .array(
          violations.map {
            [
              "rule": .string($0.violation.rule), "what": .string($0.violation.what),
              "seed": .string(String($0.seed)), "count": .integer($0.count),
              "afterSeconds": .integer($0.violation.after.secondsRoundedUp),
            ]
          })
      ),
    ])
  }
}
