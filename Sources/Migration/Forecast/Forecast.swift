import DNSModel
import Notation

/// What will happen when, and what undoing would cost at each step: what people sign.
///
/// From declared values and the engine's own arithmetic (`Timetable`, `TTLWait`, `TTLLadder`): an
/// observation can only move a step later, never earlier than what is promised to caches.
public struct Forecast: Hashable, Sendable {
  public let plan: Plan
  public let compiled: CompiledPlan
  /// What the authorities served, where they were asked.
  public let seen: SeenRecord?
  public let times: Timetable
  public let steps: [ForecastStep]
  public let cutOver: UTCInstant
  public let findings: [PlanFinding]
  public let strategies: [StrategyCost]
  /// After the cutover: when deciding to go back still helps, and which end binds.
  public let decideBy: UTCInstant?
  public let constraint: RollbackConstraint?
  public let constraintEnds: UTCInstant?
  /// The step nothing can be undone after; nil where the plan keeps the old endpoint.
  public let pointOfNoReturn: String?

  /// Nil when no change window is open any more; such a plan has been refused before.
  public init?(
    _ plan: Plan, start: UTCInstant, timeZone: TimeZoneRules, seen: SeenRecord? = nil
  ) {
    let times = Timetable(
      plan, start: start, timeZone: timeZone, seenTTL: seen?.longestOldTTL)
    guard let cutOver = times.cutOver else { return nil }
    let compiled = CompiledPlan(plan, start: start, timeZone: timeZone)
    self.plan = plan
    self.seen = seen
    self.times = times
    self.cutOver = cutOver
    self.compiled = compiled
    steps = Schedule(plan, compiled, times, cutOver: cutOver).steps()
    findings =
      PlanFinding.all(plan, compiled, cutOver: cutOver) + (seen?.findings(plan) ?? [])
    strategies = StrategyCost.all(plan)
    let bound = Self.ends(plan).min { $0.1 < $1.1 }
    constraint = bound?.0
    constraintEnds = bound?.1
    let undo = Undo(compiled).afterCutOver
    decideBy = bound.map { $0.1 - undo - compiled.rollback.minimumStay }
    pointOfNoReturn =
      compiled.steps.contains { $0.kind == .retireOldEndpoint }
      ? StepKind.retireOldEndpoint.id : nil
  }

  /// Every irreversible end the plan declares (R12).
  static func ends(_ plan: Plan) -> [(RollbackConstraint, UTCInstant)] {
    var ends: [(RollbackConstraint, UTCInstant)] = []
    if let end = plan.oldEndpoint.certificate.ends { ends.append((.oldCertificate, end)) }
    if let end = plan.oldEndpoint.endOfLife { ends.append((.oldEndpoint, end)) }
    if let end = plan.oldEndpoint.bindingEnds { ends.append((.oldBinding, end)) }
    return ends
  }

  public func step(_ id: String) -> ForecastStep? { steps.first { $0.id == id } }

  /// When the new certificate falls due while the move lasts, by its declared or assumed life.
  public var renewals: [UTCInstant] {
    steps.compactMap { step in
      if case .renewCertificate = step.kind { step.earliest } else { nil }
    }
  }

  /// The end of the whole move.
  public var ends: UTCInstant { steps.map(\.ends).max() ?? cutOver }
}

/// One step, and what its reader wants to know of it.
public struct ForecastStep: Hashable, Sendable {
  public let kind: StepKind
  public let needs: [String]
  /// When it can begin, or where it changes something, make its change.
  public let earliest: UTCInstant
  /// When it is done, if all goes as declared.
  public let ends: UTCInstant
  /// Between the end of what it needs and its own moment; for the cutover, from the moment the step it
  /// waits out was served everywhere.
  public let wait: TimeSpan
  /// What ends the wait, in words.
  public let proof: String
  /// From the decision to go back until the last client is back, once this step is done; nil when it
  /// can no longer be undone.
  public let undo: TimeSpan?
  /// The last moment for that decision, where one is known.
  public let decideBy: UTCInstant?
  /// The end of the move would come later if this step did.
  public let isCritical: Bool

  public var id: String { kind.id }
}

/// How long going back takes to bite, by how far the move has come (R12).
struct Undo {
  let beforeCutOver = TimeSpan.zero
  let afterCutOver: TimeSpan
  let afterLock: TimeSpan
  let afterRaise: TimeSpan

  init(_ plan: CompiledPlan) {
    let waits = plan.waits
    func span(isLocked: Bool, _ ttl: TTL) -> TimeSpan {
      RollbackClock.timeToEffect(plan, isLocked: isLocked, longest: ttl.span)
    }
    afterCutOver = span(isLocked: false, waits.lowTTL)
    afterLock = span(isLocked: true, waits.lowTTL)
    afterRaise = span(isLocked: true, max(waits.lowTTL, waits.finalTTL))
  }
}
