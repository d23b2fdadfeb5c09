@_spi(PlantedMistakes) import Migration
import Notation

/// All that a rehearsal tells the one who has to decide: does it hold, what does it look like, what could go
/// wrong and how bad is it, and what would change it. No timings of the machine: same words, same bytes.
public struct RehearsalStudy: Sendable {
  /// Proof that the checker checks: a core with a planted mistake, which must be caught.
  public enum Canary: Hashable, Sendable {
    case caughtIn(worlds: Int)
    case uncaught
  }

  public let plan: CompiledPlan
  public let summary: RehearsalSummary
  public let shrunk: [ShrunkViolation]
  public let canary: Canary
  public let faults: [FaultDamage]
  public let drain: DrainStudy
  public let strategies: [StrategyCost]

  /// `progress` is told now and then how many worlds were played.
  public init(
    _ rehearsal: Rehearsal, schedules: UInt64, seed: UInt64, only: [ScenarioFeature]? = nil,
    strategies: [StrategyCost] = [], words: StoryWords = .bare,
    progress: (UInt64) -> Void = { _ in }
  ) {
    var summary = RehearsalSummary(rehearsal.plan)
    for offset in 0..<schedules {
      summary.add(rehearsal.run(seed: seed &+ offset, only: only))
      if offset % 250 == 249 { progress(offset + 1) }
    }
    plan = rehearsal.plan
    shrunk = summary.violations.map { rehearsal.shrink(seed: $0.seed, $0.violation, in: words) }
    self.summary = summary
    self.strategies = strategies
    drain = DrainStudy(rehearsal.plan, seed: seed)
    canary = Self.canary(rehearsal, seed: seed)
    // As thorough as the rehearsal itself, and never the most of its work.
    let worlds = Int(min(24, max(1, schedules / 100)))
    faults = FaultDamage.all(rehearsal, worlds: worlds, seed: seed)
  }

  /// Waiting with the new TTL instead of the old one is the classic: it must be noticed.
  private static func canary(_ rehearsal: Rehearsal, seed: UInt64) -> Canary {
    let mistaken = Rehearsal(
      rehearsal.plan, startingAt: rehearsal.start, deviations: .waitsWithTheNewTTL)
    for count in 1...200 where !mistaken.run(seed: seed &+ UInt64(count)).violations.isEmpty {
      return .caughtIn(worlds: count)
    }
    return .uncaught
  }

  /// A checker that lets the canary live proves nothing.
  public var holds: Bool { summary.holds && canary != .uncaught }

  public var json: JSON {
    guard case .object(var object) = summary.json else { return summary.json }
    object["holds"] = .bool(holds)
    switch canary {
    case .caughtIn(let worlds): object["canaryCaughtInWorlds"] = .integer(worlds)
    case .uncaught: object["canaryCaughtInWorlds"] = .null
    }
    object["shrunk"] = .array(
      shrunk.map {
        [
          "rule": .string($0.violation.rule), "what": .string($0.violation.what),
          "cause": .string($0.cause), "replay": .string($0.replay), "story": .strings($0.story),
        ]
      })
    object["faults"] = .array(faults.map(\.json))
    object["drain"] = drain.json
    object["residual"] = .array(
      Self.tails.map {
        [
          "afterSeconds": .integer($0.secondsRoundedUp),
          "perMille": .integer(drain.remaining(after: $0)),
        ]
      })
    object["strategies"] = .array(
      strategies.map {
        [
          "name": .string($0.name), "chosen": .bool($0.isChosen),
          "extraQuestions": .integer(Int64(clamping: $0.extraQuestions)),
          "waitSeconds": .integer($0.wait.secondsRoundedUp),
        ]
      })
    return .object(object)
  }

  static let tails: [TimeSpan] = [.hours(1), .days(1), .days(3), .days(7)]
}
