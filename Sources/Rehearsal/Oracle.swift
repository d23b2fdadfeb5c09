import DNSModel
import Engine
import Migration
import Notation

/// Knows the world's truth and shares nothing with the core's waits: at each change of the world it asks
/// which clients would now be sent where, and whether anyone would be turned away.
struct Oracle {
  let plan: CompiledPlan
  let start: UTCInstant
  private(set) var violations: [Violation] = []
  /// The engine's clocks at this moment, for what is defined in them.
  var now: Now
  var safe: UTCInstant { now.safe }
  /// So far the clocks are behind: they were stepped back or stood still, and nobody on that machine can know.
  var lost = TimeSpan.zero
  /// What people really said.
  var decisions = Decisions()
  var lastRoundForbidsAsking = true
  private var performedNumbers: [UInt32] = []
  private var newestEpochLanded: UInt64 = 0
  private var outcomes = [Outcome](repeating: .missing, count: EvidenceKind.allCases.count)
  /// A process that lost its claim looks once more: what it sees nobody acts on.
  var isOverheard = false
  var cutOverSettledAt: UTCInstant?
  private var hasMetExpired = false
  /// Every intent in the journal; the oracle holds performed effects against it.
  var isIntentCommitted: (UInt32) -> Bool = { _ in true }

  struct Decisions: Sendable {
    var approvals: [(gate: Gate, actor: String, until: UTCInstant)] = []
    var overwrites = 0
    var adopted = false
    var declinedTTL = false
    var brokeGlass = false
    var rolledBack = false
    var attested = false
  }

  init(plan: CompiledPlan, start: UTCInstant) {
    self.plan = plan
    self.start = start
    now = Now(start)
  }

  mutating func broke(_ rule: String, _ time: UTCInstant, _ what: @autoclosure () -> String) {
    if violations.count < 8 {
      violations.append(Violation(rule: rule, after: time - start, what: what()))
    }
  }

  mutating func delivered(_ kind: EvidenceKind, _ outcome: Outcome) {
    if !isOverheard { outcomes[Int(kind.rawValue)] = outcome }
  }

  /// A resolver is asked: it must not be, while an authority denies the name (R5).
  mutating func asking(_ world: ModelledWorld) {
    if lastRoundForbidsAsking, !isOverheard {
      broke(
        "R5", world.time, "resolvers were asked while an authority denied the name or was silent")
    }
  }

  // MARK: Effects

  mutating func performing(_ effect: Effect, _ key: EffectKey, in world: ModelledWorld) {
    if performedNumbers.contains(effect.number) {
      broke("R17", world.time, "effect \(effect.number) was performed twice")
    }
    performedNumbers.append(effect.number)
    if !isIntentCommitted(effect.number) {
      broke("R17", world.time, "effect \(effect.number) was performed without a committed intent")
    }
    switch effect.action {
    case .writeRecord(let write): performing(write, in: world)
    case .lockOrigin: closing(world, "locked")
    case .retireOldEndpoint:
      closing(world, "retired")
      // What was approved once stays passed: nobody can take this one back.
      if !decisions.approvals.contains(where: { $0.gate == .pointOfNoReturn }),
        plan.requirement(for: .pointOfNoReturn).count > 0
      {
        broke("R16", world.time, "the old endpoint was retired without the point of no return")
      }
    case .cleanRouter: cleaning(world)
    case .ownHostname, .obtainCertificate, .renewCertificate, .bindHostname, .unlockOrigin: break
    }
  }

  private mutating func performing(_ write: RecordWrite, in world: ModelledWorld) {
    let held = world.record.current
    // A condition that fails writes over nothing; a changed TTL is invisible to it.
    let mayLand =
      write.expected.content == held.value.content
      && (write.fence == nil || write.fence == world.fence)
    switch (write.expected.content, write.value.content) {
    case (.old, .new):
      // Putting back what a stranger took away is not another cutover, nor is writing what stands there.
      let isRepair = held.isForeign && decisions.overwrites > 0
      if held.value.content != .new, mayLand, !isRepair { cuttingOver(world) }
    case (.new, .old): restoring(world)
    case (.new, .new):
      let highest = max(held.value.ttl, world.record.ours?.ttl ?? .zero)
      if write.value.ttl > plan.waits.lowTTL, write.value.ttl > highest { raising(world) }
    case (.old, .old):
      if mayLand, write.value.ttl > held.value.ttl, decisions.overwrites == 0, !has(.restoreTTL) {
        broke("R14", world.time, "the old record got its TTL back unasked")
      }
    default: break
    }
    let differsInTTLAlone =
      held.value.content == .old || held.value.content == world.record.ours?.content
    if held.isForeign, decisions.overwrites == 0, mayLand, !differsInTTLAlone || isLongKnown(held) {
      broke("R19", world.time, "a foreign value was written over without a decision")
    }
  }

  /// A changed TTL is invisible to a write's condition: only one that lay there long enough to be read
  /// counts.
  private func isLongKnown(_ version: ModelledRecord.Version) -> Bool {
    version.committedAt + plan.waits.freshness + .minutes(1) < now.safe
      && version.arrivals.allSatisfy { $0 + plan.waits.freshness < now.safe }
  }

  /// What a stranger did a moment ago, or undid before anyone looked, nobody can know.
  private func isKnowable(_ version: ModelledRecord.Version) -> Bool {
    !version.isForeign || version.wasMet && isLongKnown(version)
  }

  private mutating func cuttingOver(_ world: ModelledWorld) {
    let time = world.time
    let current = world.record.current.value
    let live = world.record.lastPossible(at: time) {
      $0.value != current && $0.value != world.record.ours && $0.value.content != .new
        && isKnowable($0)
    }
    if live > time {
      broke(
        "R8", time, "cut over while an older answer may be cached for another \(live - time)")
    }
    if let sick = world.newOutSince, sick + recently < time {
      broke("R9", time, "cut over to an endpoint that had been down for \(time - sick)")
    }
    if !world.isNewServing { broke("R9", time, "cut over to an endpoint without certificate") }
    if outcomes[Int(EvidenceKind.newEndpoint.rawValue)] != .pass {
      broke("R21", time, "cut over on evidence that is no pass")
    }
    if world.oldCertificateEnds < time - lost + plan.waits.lowTTL.span + plan.rollback.window {
      broke("R10", time, "the old certificate ends inside the rollback window")
    }
    if !has(.cutOver) { broke("approval", time, "cut over without valid approvals") }
    if !plan.changeWindows.isEmpty,
      !plan.changeWindows.contains(where: {
        $0.opens <= now.latest && now.latest < $0.closes + Self.sending
      })
    {
      broke("R20", time, "cut over outside the change window")
    }
  }

  /// Fresh evidence by a clock that drifts.
  private var recently: TimeSpan { plan.waits.freshness + .seconds(1) + lost }

  private mutating func restoring(_ world: ModelledWorld) {
    if world.isLocked || world.isRetired {
      broke("R13", world.time, "flipped back to an endpoint that turns clients away")
    }
    if let sick = world.outSince(world.scenario.oldOutages), !decisions.brokeGlass,
      sick + recently < world.time
    {
      broke("R13", world.time, "flipped back to an endpoint that had been down since \(sick)")
    }
    if world.oldCertificateEnds + recently < world.time, !decisions.brokeGlass {
      broke("R13", world.time, "flipped back to an endpoint whose certificate had ended")
    }
    if !decisions.rolledBack, decisions.overwrites == 0, world.scenario.soakFailsAt == nil {
      broke("R16", world.time, "rolled back though nobody said so")
    }
  }

  private mutating func raising(_ world: ModelledWorld) {
    var soaked = TimeSpan.zero
    for soak in plan.waits.soaks { soaked += soak }
    let since = cutOverSettledAt.map { world.time - $0 } ?? .zero
    // A quartz that is a few seconds a day too fast is no broken promise.
    if since + TimeSpan(milliseconds: soaked.milliseconds / 5000) < soaked {
      broke(
        "R14", world.time, "the TTL was raised \(since) after the cutover, before the soak's end")
    }
  }

  /// The old endpoint closes its doors: nobody may be on the way there any more (R7, S3).
  private mutating func closing(_ world: ModelledWorld, _ what: String) {
    let last = world.record.lastPossible(at: world.time) {
      $0.value.content == .old && isKnowable($0)
    }
    if last + plan.waits.minimumTail > world.time {
      broke(
        "R7", world.time,
        "the old endpoint was \(what) while old answers may be cached, or just were")
    }
    if last + world.scenario.keepAlive > world.time {
      broke("R7", world.time, "the old endpoint was \(what) while clients kept connections to it")
    }
    if last + world.scenario.directTail > world.time, !decisions.attested {
      broke("R7", world.time, "the old endpoint was \(what) while clients used it directly")
    }
  }

  private mutating func cleaning(_ world: ModelledWorld) {
    let end = world.record.lastPossible(at: world.time) {
      $0.value.content == .new && isKnowable($0)
    }
    if end > world.time {
      broke("R15", world.time, "the router forgot the name while new answers may be cached")
    }
  }

  /// A write takes hold at the provider. Here it shows whether a stale writer got through.
  mutating func landing(_ pending: ModelledWorld.PendingWrite, in world: ModelledWorld) {
    if pending.epoch < newestEpochLanded {
      broke("R18", world.time, "a write of an older claim took hold after one of a newer claim")
    }
    newestEpochLanded = max(newestEpochLanded, pending.epoch)
    switch pending.write.value.content {
    case .old where world.isLocked || world.isRetired:
      broke("S3", world.time, "the name went back to an endpoint that turns clients away")
    case .new where !world.isNewServing:
      broke("S3", world.time, "the name went to a router that does not know it")
    default: break
    }
  }

  /// What was decided in time may leave for so long after.
  private static let sending = TimeSpan.seconds(30)

  private func has(_ gate: Gate) -> Bool {
    let requirement = plan.requirement(for: gate)
    var actors: [String] = []
    for approval in decisions.approvals
    where approval.gate == gate && approval.until + Self.sending > now.latest
      && !actors.contains(approval.actor)
    {
      actors.append(approval.actor)
    }
    return actors.count >= requirement.count
  }

  /// Clients that may be sent to the new endpoint meet its certificate (R9).
  mutating func meeting(_ world: ModelledWorld) {
    guard let end = world.newCertificateEnds, end <= world.time, !hasMetExpired else { return }
    guard
      world.record.lastPossible(at: world.time, where: { $0.value.content == .new })
        > world.time
    else { return }
    hasMetExpired = true
    broke("R9", world.time, "clients meet a certificate of the new endpoint that ended at \(end)")
  }

  // MARK: The end

  mutating func ended(_ ending: Ending, _ state: MigrationState, in world: ModelledWorld) {
    let held = world.record.current
    switch ending {
    case .moved:
      if held.value.content != .new, isKnowable(held) {
        broke("end", world.time, "moved, and DNS says \(held.value)")
      }
    case .rolledBack:
      if held.value.content != .old, !held.isForeign {
        broke("R16", world.time, "rolled back, and DNS says \(held.value)")
      }
      if world.isLocked { broke("R16", world.time, "rolled back, and the old endpoint is locked") }
      if !world.pendingWrites.isEmpty, !plan.waits.hasFence {
        broke("R16", world.time, "rolled back while a write could still land")
      }
    case .handedOver:
      if !decisions.adopted { broke("R19", world.time, "handed over though nobody said so") }
    }
  }
}
