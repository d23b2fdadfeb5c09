import DNSModel
import Notation

extension CompiledPlan {
  /// What runs, from what was signed. `start` decides which change windows are still to come.
  public init(_ plan: Plan, start: UTCInstant, timeZone: TimeZoneRules) {
    let waits = WaitParameters(plan)
    let rollback = RollbackParameters(plan)
    let renewal = RenewalParameters(plan)
    let times = Timetable(plan, start: start, timeZone: timeZone)
    let shape = CourseShape(
      stages: waits.stages, lowTTL: waits.lowTTL, finalTTL: plan.ttl.final,
      soakCount: waits.soaks.count, locksOrigin: plan.oldEndpoint.lock.isWanted,
      retiresOldEndpoint: plan.oldEndpoint.retires,
      renewalCount: renewal?.count(from: times.endpointReady, until: times.over(waits, rollback))
        ?? 0)
    self.init(
      planDigest: plan.digest, hostname: plan.hostname, zone: plan.zone.origin,
      oldTarget: plan.from.target, newTarget: plan.to, steps: shape.steps(),
      waits: waits, rollback: rollback, renewal: renewal,
      approvals: plan.approvals.map {
        GateRequirement(
          gate: $0.gate, count: $0.count, approvers: $0.approvers, validity: $0.validity)
      },
      changeWindows: plan.changeWindow?.windows(from: start, in: timeZone) ?? [],
      holdsWhenWindowMissed: plan.changeWindow?.missed == .hold)
  }
}

extension WaitParameters {
  init(_ plan: Plan) {
    let locks = plan.oldEndpoint.lock.isWanted
    var isLadder = false
    if case .ladder = plan.ttl.strategy { isLadder = true }
    self.init(
      declaredTTL: plan.from.ttl, stages: plan.ttl.published(from: plan.from.ttl),
      isLadder: isLadder, finalTTL: plan.ttl.final, authoritativeLag: plan.timing.lag,
      margin: plan.timing.margin, cleanRounds: plan.timing.cleanRounds,
      propagationBound: plan.timing.propagation,
      longestWrite: plan.zone.provider.longestWrite, hasFence: plan.zone.provider.hasFence,
      isManual: plan.zone.provider.isManual, freshness: plan.timing.freshness,
      cutOverAt: plan.timing.cutOverAt,
      soaks: [plan.soak.afterCutover] + (locks ? [plan.soak.afterLock] : []),
      minimumTail: plan.oldEndpoint.minimumTail,
      hasTrafficSource: plan.oldEndpoint.traffic.isMeasured)
  }
}

extension RollbackParameters {
  init(_ plan: Plan) {
    let lock = plan.oldEndpoint.lock
    self.init(
      unlockTime: lock.isWanted ? lock.unlockTime : .zero,
      minimumStay: plan.rollback.minimumStay, window: plan.rollback.window,
      oldEndpointEnds: plan.oldEndpoint.endOfLife, oldBindingEnds: plan.oldEndpoint.bindingEnds)
  }
}

extension RenewalParameters {
  /// Nil where neither the plan nor its issuer says how long a certificate lasts.
  init?(_ plan: Plan) {
    guard let life = plan.certificate.assumedLife else { return nil }
    if case .haproxy = plan.router.kind {
      self.init(life: life)
    } else {
      // Whoever configured the router puts the next certificate in place as well.
      self.init(life: life, isByHand: true)
    }
  }
}
