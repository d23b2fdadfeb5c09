import DNSModel
import Engine
import Migration
import Notation

extension ModelledWorld {
  func perform(
    _ effect: Effect, key: EffectKey, for migration: MigrationID, plan: CompiledPlan
  ) -> EffectOutcome {
    oracle.performing(effect, key, in: self)
    if happens(scenario.faults.rejectedEffects) { return .rejected(.tryAgain) }
    if happens(scenario.faults.lostRequests) { return .unknown }
    switch effect.action {
    case .writeRecord(let write): return perform(write, effect, key)
    case .ownHostname:
      return change(hidden: isOut(scenario.routerOutages)) { $0.router.insert(.owned) }
    case .obtainCertificate:
      return change(hidden: isOut(scenario.routerOutages)) {
        // The CA goes on with the order it has.
        if $0.certificateReadyAt == nil {
          $0.certificateOrders += 1
          $0.certificateReadyAt = $0.time + $0.orderDelay
        }
      }
    case .renewCertificate:
      if plan.renewal?.isByHand == true {
        handedOverRenewal = time + scenario.operatorDelay
        return .handedOver
      }
      return change(hidden: isOut(scenario.routerOutages)) { $0.renewCertificate() }
    case .bindHostname:
      return change(hidden: isOut(scenario.routerOutages)) { $0.router.insert(.bound) }
    case .cleanRouter:
      return change(hidden: isOut(scenario.routerOutages)) {
        $0.router = []
        $0.certificateReadyAt = nil
        $0.newCertificateEnds = nil
      }
    case .lockOrigin: return change(hidden: false) { $0.isLocked = true }
    case .unlockOrigin: return change(hidden: false) { $0.isLocked = false }
    case .retireOldEndpoint: return change(hidden: false) { $0.isRetired = true }
    }
  }

  func renewCertificate() {
    if let renewal = plan.renewal { newCertificateEnds = time + renewal.life }
  }

  /// What the record says is the change of this number, made by hand.
  func standsByHand(_ number: UInt32) -> Bool {
    guard let handMade else { return false }
    return handMade.number == number && handMade.version == record.versions.count
  }

  private func change(hidden: Bool, _ body: (ModelledWorld) -> Void) -> EffectOutcome {
    if hidden { return .unknown }
    body(self)
    return happens(scenario.faults.lostReplies) ? .unknown : .applied
  }

  private func perform(_ write: RecordWrite, _ effect: Effect, _ key: EffectKey) -> EffectOutcome {
    var pending = PendingWrite(
      lands: time, write: write, number: effect.number, epoch: key.epoch)
    if plan.waits.isManual {
      handedOver.append((time + scenario.operatorDelay, write, effect.number))
      return .handedOver
    }
    if happens(scenario.faults.lateWrites) {
      // The reply is lost, and the request takes its time: with a fence it may take for ever.
      pending.lands = time + chance.span(.seconds(1), scenario.zombieLife)
      pendingWrites.append(pending)
      return .unknown
    }
    let outcome = land(pending)
    return happens(scenario.faults.lostReplies) ? .unknown : outcome
  }
}
