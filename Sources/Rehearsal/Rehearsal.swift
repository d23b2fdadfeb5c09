import DNSModel
@_spi(PlantedMistakes) import Engine
@_spi(PlantedMistakes) import Migration
import Notation

/// One migration from beginning to end, in virtual time, in a world drawn from a seed: the production
/// core, the production turn, the production recovery.
public struct Rehearsal: Sendable {
  public struct Result: Hashable, Sendable {
    public var seed: UInt64
    public var ending: Ending?
    public var violations: [Violation] = []
    /// True time from the beginning to the end.
    public var lasted = TimeSpan.zero
    /// True time from the decision to go back to the end of it; nil when nobody went back.
    public var rollback: TimeSpan?
    public var turns = 0
    public var crashes = 0
    public var facts = 0
    public var cutOver = false
  }

  public let plan: CompiledPlan
  public let start: UTCInstant
  let core: MigrationCore
  let turnMistakes: TurnMistakes
  let ignoresEpochs: Bool

  public init(_ plan: CompiledPlan, startingAt start: UTCInstant) {
    self.plan = plan
    self.start = start
    core = MigrationCore(plan)
    turnMistakes = []
    ignoresEpochs = false
  }

  /// With planted mistakes, for tests that must catch them.
  @_spi(PlantedMistakes)
  public init(
    _ plan: CompiledPlan, startingAt start: UTCInstant, deviations: Deviations,
    turnMistakes: TurnMistakes = [], ignoresEpochs: Bool = false
  ) {
    self.plan = plan
    self.start = start
    core = MigrationCore(plan, deviations: deviations)
    self.turnMistakes = turnMistakes
    self.ignoresEpochs = ignoresEpochs
  }

  public func run(seed: UInt64) -> Result {
    var chance = Chance(seed: seed)
    let scenario = Scenario(&chance, plan: plan)
    return run(seed: seed, scenario: scenario, chance: chance, story: nil)
  }

  /// The same run, told: one line for each thing that happened.
  public func tell(seed: UInt64) -> (Result, [String]) {
    var chance = Chance(seed: seed)
    let scenario = Scenario(&chance, plan: plan)
    let story = Story()
    let result = run(seed: seed, scenario: scenario, chance: chance, story: story)
    return (result, story.lines)
  }

  func run(seed: UInt64, scenario: Scenario, chance: Chance, story: Story?) -> Result {
    var stage = RehearsalStage(self, scenario, chance, story)
    return stage.play(seed: seed)
  }
}

/// What happened, line by line, for people.
final class Story {
  private(set) var lines: [String] = []

  func tell(_ since: TimeSpan, _ line: @autoclosure () -> String) {
    lines.append("+\(since)  \(line())")
  }
}
