import DNSModel
import Notation

extension CompiledPlan {
  /// What runs, from what was signed. `start` decides which change windows are still to come.
  public init(_ plan: Plan, start: UTCInstant, timeZone: TimeZoneRules) {
    let stages = plan.ttl.published(from: plan.from.ttl)
    let low = stages.last ?? plan.from.ttl
    let locks = plan.oldEndpoint.lock.isWanted
    let soaks = [plan.soak.afterCutover] + (locks ? [plan.soak.afterLock] : [])
    let shape = CourseShape(
      stages: stages, lowTTL: low, finalTTL: plan.ttl.final, soakCount: soaks.count,
      locksOrigin: locks, retiresOldEndpoint: plan.oldEndpoint.retires)
    var isLadder = false
    if case .ladder = plan.ttl.strategy { isLadder = true }
    self.init(
      planDigest: plan.digest, hostname: plan.hostname, zone: plan.zone.origin,
      oldTarget: plan.from.target, newTarget: plan.to, steps: shape.steps(),
      waits: WaitParameters(
        declaredTTL: plan.from.ttl, stages: stages, isLadder: isLadder, finalTTL: plan.ttl.final,
        authoritativeLag: plan.timing.lag, margin: plan.timing.margin,
        cleanRounds: plan.timing.cleanRounds, propagationBound: plan.timing.propagation,
        longestWrite: plan.zone.provider.longestWrite, hasFence: plan.zone.provider.hasFence,
        isManual: plan.zone.provider.isManual, freshness: plan.timing.freshness,
        cutOverAt: plan.timing.cutOverAt, soaks: soaks, minimumTail: plan.oldEndpoint.minimumTail,
        hasTrafficSource: plan.oldEndpoint.traffic.isMeasured),
      rollback: RollbackParameters(
        unlockTime: locks ? plan.oldEndpoint.lock.unlockTime : .zero,
        minimumStay: plan.rollback.minimumStay, window: plan.rollback.window,
        oldEndpointEnds: plan.oldEndpoint.endOfLife, oldBindingEnds: plan.oldEndpoint.bindingEnds),
      approvals: plan.approvals.map {
        GateRequirement(
          gate: $0.gate, count: $0.count, approvers: $0.approvers, validity: $0.validity)
      },
      changeWindows: plan.changeWindow?.windows(from: start, in: timeZone) ?? [],
      holdsWhenWindowMissed: plan.changeWindow?.missed == .hold)
  }
}
