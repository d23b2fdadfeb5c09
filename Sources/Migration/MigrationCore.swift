import DNSModel
import Notation

/// The heart: what happens next. Pure; the same state, event and moment always give the same decision.
public final class MigrationCore: Sendable {
  public let plan: CompiledPlan
  let deviations: Deviations
  let rules: SafetyRules

  public convenience init(_ plan: CompiledPlan) { self.init(plan, deviations: []) }

  /// A core with planted mistakes, for tests that must catch them.
  @_spi(PlantedMistakes)
  public init(_ plan: CompiledPlan, deviations: Deviations) {
    self.plan = plan
    self.deviations = deviations
    rules = SafetyRules(plan: plan, deviations: deviations)
  }

  /// The facts that follow from an event, and the effects that follow from the facts.
  public func decide(_ state: MigrationState, _ event: Event, _ now: Now) -> Decision {
    var work = Deliberation(self, state)
    work.advance(event, at: now)
    return work.decision
  }

  /// The first facts of a migration.
  public func start(by actor: String, at now: Now) -> [Fact] {
    [Fact(at: now, .started(planDigest: plan.planDigest, startedBy: actor))]
  }

  public func apply(_ state: inout MigrationState, _ fact: Fact) {
    state.apply(fact, plan, deviations)
  }

  /// Safe time at which time alone may change something.
  public func wakeAt(_ state: MigrationState, _ now: Now) -> UTCInstant? {
    decide(state, .ticked, now).wakeAt
  }
}
