import DNSModel
import Notation

/// Lays the compiled steps out in time.
struct Schedule {
  let plan: Plan
  let compiled: CompiledPlan
  let times: Timetable
  let cutOver: UTCInstant

  init(_ plan: Plan, _ compiled: CompiledPlan, _ times: Timetable, cutOver: UTCInstant) {
    self.plan = plan
    self.compiled = compiled
    self.times = times
    self.cutOver = cutOver
  }

  private var waits: WaitParameters { compiled.waits }
  private var drained: UTCInstant { Timetable.drained(cutOver, waits) }

  func steps() -> [ForecastStep] {
    var spans: [(earliest: UTCInstant, ends: UTCInstant, ready: UTCInstant)] = []
    for step in compiled.steps {
      var ready = times.start
      for need in step.needs.indices where need < spans.count {
        ready = max(ready, spans[need].ends)
      }
      let earliest = max(ready, moment(of: step.kind) ?? ready)
      // The cutover's clock began long before the people were asked: with the step it waits out.
      if step.kind == .cutOver, let clock = clockOfCutOver(), clock < spans.count {
        ready = spans[clock].ends
      }
      spans.append((earliest, max(earliest, end(of: step.kind, from: earliest)), ready))
    }
    let critical = criticalPath(spans.map { ($0.earliest, $0.ends) })
    let words = ForecastWords(plan, compiled, times)
    return compiled.steps.enumerated().map { index, step in
      let span = spans[index]
      let undo = self.undo(index)
      return ForecastStep(
        kind: step.kind, needs: step.needs.indices.map { compiled.steps[$0].id },
        earliest: span.earliest, ends: span.ends, wait: span.earliest - span.ready,
        proof: words.proof(of: step.kind), undo: undo, decideBy: decideBy(undo, index),
        isCritical: critical.contains(index))
    }
  }

  /// A moment of its own, besides what the step needs.
  private func moment(of kind: StepKind) -> UTCInstant? {
    switch kind {
    case .lowerTTL(let stage, _): times.stages[stage - 1].published
    case .approve(.cutOver):
      // A yes that was given earlier would be void at the cutover.
      cutOver - compiled.requirement(for: .cutOver).validity
    case .cutOver: cutOver
    case .verify: drained
    case .renewCertificate(let number): renewal(number)
    case .lockOrigin, .approve(.lockOrigin): drained + waits.minimumTail
    case .retireOldEndpoint, .approve(.pointOfNoReturn):
      max(drained + waits.minimumTail, cutOver + compiled.rollback.window)
    default: nil
    }
  }

  /// By the declared life: the served certificate's own end counts when it is there.
  private func renewal(_ number: Int) -> UTCInstant? {
    compiled.renewal.map {
      times.endpointReady + TimeSpan(milliseconds: $0.period.milliseconds * Int64(number))
    }
  }

  private func end(of kind: StepKind, from earliest: UTCInstant) -> UTCInstant {
    switch kind {
    case .lowerTTL(let stage, _):
      times.stages[stage - 1].published + waits.authoritativeLag
    case .ownHostname: earliest + waits.authoritativeLag
    case .obtainCertificate, .renewCertificate: earliest + plan.certificate.issuanceTime
    case .bindHostname: earliest + plan.router.settlingTime
    case .cutOver: earliest + waits.authoritativeLag
    case .soak(let number):
      earliest + (number - 1 < waits.soaks.count ? waits.soaks[number - 1] : .zero)
    case .raiseTTL: earliest + waits.authoritativeLag
    default: earliest
    }
  }

  /// Backwards from the last step: whichever need ended last, and, where a step waits for time, the step
  /// that started that clock.
  private func criticalPath(_ spans: [(earliest: UTCInstant, ends: UTCInstant)]) -> StepSet {
    var path = StepSet()
    var index = compiled.steps.count - 1
    while index >= 0 {
      path.insert(index)
      let step = compiled.steps[index]
      if step.kind == .approve(.cutOver) || step.kind == .cutOver,
        let started = clockOfCutOver(), started < index, !path.contains(started)
      {
        if step.kind == .cutOver, let approval = step.needs.indices.first { path.insert(approval) }
        index = started
        continue
      }
      guard let last = step.needs.indices.max(by: { spans[$0].ends <= spans[$1].ends && $0 < $1 })
      else { return path }
      index = last
    }
    return path
  }

  /// The step the cutover's own wait counts from.
  private func clockOfCutOver() -> Int? {
    switch times.binding {
    case .endpoint: return compiled.index(of: StepKind.proveEndpoint.id)
    case .caches, .wantedMoment, .changeWindow:
      var latest: (index: Int, at: UTCInstant)?
      for (number, stage) in times.stages.enumerated()
      where latest.map({ stage.beforeExpired > $0.at }) ?? true {
        if let index = compiled.index(of: "ttl.lower.\(number + 1)") {
          latest = (index, stage.beforeExpired)
        }
      }
      return latest?.index
    }
  }

  private func undo(_ index: Int) -> TimeSpan? {
    let costs = Undo(compiled)
    func isBehind(_ kind: (StepKind) -> Bool) -> Bool {
      compiled.steps[...index].contains { kind($0.kind) }
    }
    if isBehind({ $0 == .retireOldEndpoint }) { return nil }
    if isBehind({ if case .raiseTTL = $0 { true } else { false } }) { return costs.afterRaise }
    if isBehind({ $0 == .lockOrigin }) { return costs.afterLock }
    if isBehind({ $0 == .cutOver }) { return costs.afterCutOver }
    return costs.beforeCutOver
  }

  private func decideBy(_ undo: TimeSpan?, _ index: Int) -> UTCInstant? {
    guard let undo, let cut = compiled.index(of: StepKind.cutOver.id), index >= cut else {
      return nil
    }
    let end = Forecast.ends(plan).map(\.1).min()
    return end.map { $0 - undo - compiled.rollback.minimumStay }
  }
}
