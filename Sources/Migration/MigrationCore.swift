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
    var next = state
    var decision = Decision()
    advance(&next, event, now, &decision)
    return decision
  }

  /// The same, leaving `state` as it is after the facts: `advance` is `decide` and `apply` in one, for
  /// the loop. That both agree is a test.
  public func advance(
    _ state: inout MigrationState, _ event: Event, _ now: Now, _ decision: inout Decision
  ) {
    decision.clear()
    var work = Deliberation(self, now, state, decision)
    // Let go of the caller's copies, so that the working ones change in place.
    state = .blank
    decision = .blank
    work.take(event)
    work.settle()
    state = work.state
    decision = work.decision
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
