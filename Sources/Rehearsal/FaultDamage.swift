import Migration
import Notation

/// What one kind of trouble does all by itself.
public struct FaultDamage: Hashable, Sendable {
  public let feature: ScenarioFeature
  public let worlds: Int
  /// Worlds in which the move did not get to its end.
  public let failed: Int
  /// Median time of the moves that did, beyond an undisturbed one.
  public let delay: TimeSpan

  /// Not arriving is worse than any delay.
  fileprivate var weight: (Int, TimeSpan) { (failed * 1000 / max(worlds, 1), delay) }

  /// Each kind alone, in `worlds` worlds that hold it; the most damaging first.
  public static func all(_ rehearsal: Rehearsal, worlds: Int, seed: UInt64) -> [FaultDamage] {
    let calm = rehearsal.run(seed: seed, only: []).lasted
    var found: [FaultDamage] = []
    for feature in ScenarioFeature.allCases {
      var failed = 0
      var lasted: [TimeSpan] = []
      var next = seed
      // Most worlds lack any one kind: those that hold it are looked for, not played.
      for _ in 0..<worlds * 40 where lasted.count + failed < worlds {
        defer { next &+= 1 }
        guard rehearsal.holds(feature, seed: next) else { continue }
        let result = rehearsal.run(seed: next, only: [feature])
        if result.ending == .moved { lasted.append(result.lasted) } else { failed += 1 }
      }
      guard lasted.count + failed > 0 else { continue }
      let median = lasted.isEmpty ? calm : lasted.sorted()[lasted.count / 2]
      found.append(
        FaultDamage(
          feature: feature, worlds: lasted.count + failed, failed: failed,
          delay: max(.zero, median - calm)))
    }
    return found.sorted { $0.weight > $1.weight }
  }

  public var json: JSON {
    [
      "fault": .string(feature.rawValue), "what": .string(feature.story),
      "worlds": .integer(worlds), "failed": .integer(failed),
      "delaySeconds": .integer(delay.secondsRoundedUp), "remedy": .string(feature.remedy),
    ]
  }
}

extension Rehearsal {
  func holds(_ feature: ScenarioFeature, seed: UInt64) -> Bool {
    var chance = Chance(seed: seed)
    return feature.isPresent(in: Scenario(&chance, plan: plan))
  }
}
