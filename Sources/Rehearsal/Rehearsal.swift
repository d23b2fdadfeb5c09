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
    /// The step that was being worked on when the move was turned back.
    public var turnedBackAt: String?
    /// What trouble this world held.
    public var features: [ScenarioFeature] = []
  }

  /// One thing that is made to happen, besides what the world holds: a death at a certain point of the turn,
  /// and a person who says something at once.
  public struct Script: Hashable, Sendable {
    public enum Crash: Hashable, Sendable, CaseIterable {
      case beforeCommit, afterCommit, afterEffect, afterOutcome
    }
    public var crash: Crash?
    public var verb: Verb?

    public init(crash: Crash? = nil, verb: Verb? = nil) {
      self.crash = crash
      self.verb = verb
    }
  }

  public let plan: CompiledPlan
  public let start: UTCInstant
  let core: MigrationCore
  let turnMistakes: TurnMistakes
  let ignoresEpochs: Bool
  /// What has happened before the rehearsal begins: it plays the rest.
  let history: [Fact]

  public init(_ plan: CompiledPlan, startingAt start: UTCInstant, after history: [Fact] = []) {
    self.plan = plan
    // The engine's safe time is never behind what it has written.
    self.start = history.last.map { max(start, $0.at.safe) } ?? start
    core = MigrationCore(plan)
    turnMistakes = []
    ignoresEpochs = false
    self.history = history
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
    history = []
  }

  /// `only`: the world of this seed with no other trouble than that.
  public func run(
    seed: UInt64, only: [ScenarioFeature]? = nil, script: Script = Script()
  ) -> Result {
    play(seed: seed, only: only, script: script, story: nil)
  }

  /// The same run, told: one line for each thing that happened.
  public func tell(
    seed: UInt64, only: [ScenarioFeature]? = nil, in words: StoryWords = .bare
  ) -> (Result, [String]) {
    let story = Story(words)
    let result = play(seed: seed, only: only, script: Script(), story: story)
    return (result, story.lines)
  }

  /// The facts of an undisturbed move from beginning to end, for what is tried at each point of it.
  public func calmHistory() -> [Fact] {
    var stage = RehearsalStage(
      self, Scenario(pace: Pace(plan)).keeping([]), Chance(seed: 0), nil, Script())
    _ = stage.play(seed: 0)
    return (try? stage.store.history(RehearsalStage.id)) ?? []
  }

  private func play(
    seed: UInt64, only: [ScenarioFeature]?, script: Script, story: Story?
  ) -> Result {
    var chance = Chance(seed: seed)
    var scenario = Scenario(&chance, plan: plan)
    if let only { scenario = scenario.keeping(only) }
    return play(seed: seed, scenario, chance, script: script, story: story)
  }

  func play(
    seed: UInt64, _ scenario: Scenario, _ chance: Chance, script: Script = Script(),
    story: Story? = nil
  ) -> Result {
    var stage = RehearsalStage(self, scenario, chance, story, script)
    return stage.play(seed: seed)
  }
}

/// How a story names what happened: the words are those of the history that people know.
public struct StoryWords: Sendable {
  public var fact: @Sendable (FactKind) -> String
  public var value: @Sendable (ServedValue) -> String

  public init(
    fact: @escaping @Sendable (FactKind) -> String,
    value: @escaping @Sendable (ServedValue) -> String
  ) {
    self.fact = fact
    self.value = value
  }

  /// As the program itself names things.
  public static let bare = StoryWords(fact: { "\($0)" }, value: { "\($0)" })
}

/// What happened, line by line, for people.
final class Story {
  let words: StoryWords
  private(set) var lines: [String] = []

  init(_ words: StoryWords) { self.words = words }

  func tell(_ since: TimeSpan, _ line: @autoclosure () -> String) {
    lines.append("+\(since)  \(line())")
  }
}
