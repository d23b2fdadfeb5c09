import Notation

/// A violation in the smallest world that still has it, told for people, with the command's own words to
/// play it again.
public struct ShrunkViolation: Hashable, Sendable {
  public let violation: Violation
  public let seed: UInt64
  /// The only trouble that world needs to hold.
  public let features: [ScenarioFeature]
  public let story: [String]

  /// The options that play it again.
  public var replay: String {
    let only = features.isEmpty ? "none" : features.map(\.rawValue).joined(separator: ",")
    return "--seed \(seed) --only \(only) --story"
  }

  /// In words: what it takes.
  public var cause: String {
    features.isEmpty
      ? "in a world without any trouble"
      : "when " + features.map(\.story).joined(separator: ", and ")
  }
}

extension Rehearsal {
  /// Takes one kind of trouble after the other out of the world, as long as the same rule stays broken.
  public func shrink(
    seed: UInt64, _ violation: Violation, in words: StoryWords = .bare
  ) -> ShrunkViolation {
    var kept = run(seed: seed).features
    for feature in kept {
      let fewer = kept.filter { $0 != feature }
      let result = run(seed: seed, only: fewer)
      if result.violations.contains(where: { $0.rule == violation.rule }) { kept = fewer }
    }
    let (result, story) = tell(seed: seed, only: kept, in: words)
    // The whole world is the story where taking it apart changes what happens.
    guard let same = result.violations.first(where: { $0.rule == violation.rule }) else {
      return ShrunkViolation(
        violation: violation, seed: seed, features: run(seed: seed).features,
        story: tell(seed: seed, in: words).1)
    }
    return ShrunkViolation(violation: same, seed: seed, features: kept, story: story)
  }
}
