import DNSModel
import Engine
import Migration
import Notation

/// The world of a rehearsal, in true time: authorities that lag, endpoints, a router, a CA, resolvers.
/// The production turn looks at it and changes it through the same port as the real one.
final class ModelledWorld: MigrationWorld {
  struct PendingWrite {
    var lands: UTCInstant
    var write: RecordWrite
    var number: UInt32
    var epoch: UInt64
  }

  let plan: CompiledPlan
  let scenario: Scenario
  let start: UTCInstant
  /// True time. Nobody in the world can read it but the oracle.
  var time: UTCInstant
  var chance: Chance
  var record: ModelledRecord
  var fence: UInt64 = 0
  var pendingWrites: [PendingWrite] = []
  var oracle: Oracle
  let authorities: [Authority]
  /// Reused for each round.
  private var answers: [AuthoritativeAnswer] = []

  // Endpoints and router.
  var isLocked = false
  var isRetired = false
  var oldCertificateEnds: UTCInstant
  var router = RouterProgress()
  var certificateReadyAt: UTCInstant?
  var certificateOrders = 0
  var newCertificateEnds: UTCInstant?
  var isNewServing: Bool {
    router.contains(.bound) && router.contains(.certificateReady)
      && newCertificateEnds.map { time < $0 } ?? true
  }
  /// When a person will have put the next certificate in place.
  var handedOverRenewal: UTCInstant?
  var handedOver: [(at: UTCInstant, write: RecordWrite, number: UInt32)] = []
  /// The change that people were told to make, or may have been, and that is neither done nor withdrawn.
  var told: (number: UInt32, write: RecordWrite)?
  /// The effect that wrote the record last.
  var landed: UInt32 = 0
  /// The change a person made last, and which version of the record it became.
  var handMade: (number: UInt32, version: Int)?
  var resolvers: [ModelledResolver]

  /// From then on no fault happens any more: what remains must come to an end.
  var faultsEnd: UTCInstant

  init(plan: CompiledPlan, scenario: Scenario, chance: Chance, start: UTCInstant) {
    self.plan = plan
    self.scenario = scenario
    self.chance = chance
    self.start = start
    time = start
    oldCertificateEnds = start + scenario.oldCertificateLife
    faultsEnd = start + scenario.pace(.days(14))
    record = ModelledRecord(authorities: scenario.authorityCount)
    authorities = Self.allAuthorities.prefix(scenario.authorityCount).map { $0 }
    oracle = Oracle(plan: plan, start: start)
    resolvers = scenario.resolverHabits.map { ModelledResolver(habit: $0, pace: scenario.pace) }
    // However long ago, the record had the TTL that the plan declares.
    record.begin(ServedValue(.old, plan.waits.declaredTTL), at: start - .days(365))
    if let loweredBefore = scenario.loweredBefore {
      record.begin(ServedValue(.old, plan.waits.lowTTL), at: start - loweredBefore)
    }
  }

  static let allAuthorities: [Authority] = (1...4).compactMap { number in
    DomainName(labels: [Array("ns\(number)".utf8), Array("example".utf8)]).map {
      Authority(name: $0, address: "192.0.2.\(number):53")
    }
  }

  func isOut(_ outages: [Scenario.Outage]) -> Bool {
    if time >= faultsEnd { return false }
    let since = time - start
    for outage in outages where outage.from <= since && since < outage.until { return true }
    return false
  }

  /// When the present outage began; nil while there is none.
  func outSince(_ outages: [Scenario.Outage]) -> UTCInstant? {
    if time >= faultsEnd { return nil }
    let since = time - start
    for outage in outages where outage.from <= since && since < outage.until {
      return start + outage.from
    }
    return nil
  }

  /// The router steers around a region that fails, once it has noticed; without any region there is nothing
  /// to steer to. Probes meet a region that just failed as often as clients do.
  private var isNewOut: Bool {
    if isOut(scenario.newOutages) { return true }
    let since = scenario.regionOutages.compactMap(outSince)
    if since.isEmpty { return false }
    return since.count == scenario.regionOutages.count
      || since.contains { $0 + scenario.pace(.minutes(1)) > time } && chance.oneIn(2)
  }

  /// Since when the new endpoint has been wholly out.
  var newOutSince: UTCInstant? {
    let since = scenario.regionOutages.compactMap(outSince)
    let regions = since.count == scenario.regionOutages.count ? since.max() : nil
    guard let whole = outSince(scenario.newOutages) else { return regions }
    return min(whole, regions ?? whole)
  }

  /// Renewed in the last third of its life, where the name still leads to it.
  private func renewOldCertificate() {
    guard scenario.renewsOldCertificate, record.current.value.content == .old,
      oldCertificateEnds > time,
      oldCertificateEnds - time
        < TimeSpan(milliseconds: scenario.oldCertificateLife.milliseconds / 3)
    else { return }
    oldCertificateEnds = time + scenario.oldCertificateLife
  }

  /// Somebody sees to it by hand.
  func renewOldCertificateByHand() {
    oldCertificateEnds = max(oldCertificateEnds, time + Scenario.calmCertificateLife)
  }

  func happens(_ share: Int) -> Bool { share > 0 && time < faultsEnd && chance.perMille(share) }

  // MARK: The record

  /// Lags of a change, by node: mostly short. An authority lags as long as the plan says; behind one address
  /// nodes differ by the propagation bound: what no look can see, the clean rounds have to span.
  private func drawLags() -> [TimeSpan] {
    let waits = plan.waits
    let most = max(waits.authoritativeLag, waits.propagationBound)
    var lags: [TimeSpan] = []
    lags.reserveCapacity(record.nodeCount)
    for authority in 0..<scenario.authorityCount {
      var lag = chance.skewed(waits.authoritativeLag)
      let apart = chance.skewed(min(waits.propagationBound, most - lag))
      if scenario.stuckSecondary != nil, authority == 0, scenario.authorityCount > 1,
        time < faultsEnd
      {
        lag += scenario.stuckSecondary ?? .zero
      }
      lags.append(lag)
      lags.append(lag + apart)
      if chance.oneIn(2) { lags.swapAt(lags.count - 1, lags.count - 2) }
    }
    return lags
  }

  func publish(
    _ value: ServedValue, asked: TTL? = nil, fence: UInt64, isForeign: Bool
  ) {
    record.commit(
      value, asked: asked ?? value.ttl, fence: fence, at: time, isForeign: isForeign,
      lags: drawLags(),
      transferring: scenario.isStuckSecondaryHidden ? 0 : ModelledRecord.nodesPerAuthority)
    self.fence = fence
  }

  /// Writes whose time has come land, if their conditions still hold.
  func landWrites() {
    var index = 0
    while index < pendingWrites.count {
      if pendingWrites[index].lands <= time {
        let pending = pendingWrites.remove(at: index)
        _ = land(pending)
      } else {
        index += 1
      }
    }
  }

  /// What the provider does with a request, at the moment it gets it.
  func land(_ pending: PendingWrite) -> EffectOutcome {
    let write = pending.write
    let held = record.current.value
    if let expectedFence = write.fence {
      if expectedFence != fence || write.expected.content != held.content {
        return .rejected(.conflict)
      }
    } else if write.expected.content != held.content {
      // Prerequisites compare data; the TTL is invisible to them (RFC 2136 §2.4.2).
      return .rejected(.conflict)
    }
    oracle.landing(pending, in: self)
    let served = ServedValue(write.value.content, max(write.value.ttl, scenario.floorTTL ?? .zero))
    publish(
      served, asked: write.value.ttl, fence: write.fence.map { $0 + 1 } ?? fence, isForeign: false)
    landed = pending.number
    return .applied
  }

  // MARK: Looks

  func look(_ look: Look, for migration: MigrationID, plan: CompiledPlan) -> Event? {
    switch look {
    case .authoritatives: return .roundSeen(round())
    case .provider: return .providerRead(reading())
    case .resolvers:
      oracle.asking(self)
      return .resolversSeen(survey())
    case .evidence(let kind):
      return .reported(report(kind), watchedSince: oracle.safe)
    }
  }

  private func round() -> AuthoritativeRound {
    answers.removeAll(keepingCapacity: true)
    var isSilent = false
    var isDenied = false
    for index in authorities.indices {
      let node =
        index * ModelledRecord.nodesPerAuthority
        + chance.below(ModelledRecord.nodesPerAuthority)
      if happens(scenario.faults.unreachableAuthorities) || isHidden(index) {
        answers.append(.unreachable(.timeout))
        isSilent = true
        continue
      }
      let value = record.meet(at: node, at: time)
      if value.content == .absent {
        answers.append(.denied(negativeTTL: value.ttl))
        isDenied = true
      } else {
        answers.append(.value(value))
      }
    }
    if !oracle.isOverheard { oracle.lastRoundForbidsAsking = isSilent || isDenied }
    return AuthoritativeRound(
      startedAt: oracle.safe, completedAt: oracle.safe, authorities: authorities, answers: answers)
  }

  /// The stuck secondary cannot be asked by us while it lags; others reach it.
  private func isHidden(_ index: Int) -> Bool {
    guard scenario.stuckSecondary != nil, scenario.isStuckSecondaryHidden, index == 0,
      scenario.authorityCount > 1,
      time < faultsEnd
    else { return false }
    let arrivals = record.current.arrivals
    return arrivals[0] > time || arrivals[1] > time
  }

  private func reading() -> ProviderReading {
    let safe = oracle.safe
    // Where people make the changes there is nothing to read but the authoritatives.
    if plan.waits.isManual || happens(scenario.faults.unreadableProvider) {
      return ProviderReading(askedAt: safe, at: safe, value: nil)
    }
    return ProviderReading(
      askedAt: safe, at: safe, value: record.meetCurrent(),
      fence: plan.waits.hasFence ? fence : nil)
  }

  private func survey() -> ResolverSurvey {
    var sightings: [ResolverSighting] = []
    sightings.reserveCapacity(resolvers.count)
    for index in resolvers.indices {
      let node = chance.below(record.nodeCount)
      let answer = resolvers[index].ask(
        record.served(by: node, at: time), address: scenario.addressTTL, at: time,
        isFaulty: time < faultsEnd)
      sightings.append(
        ResolverSighting(
          resolver: ModelledResolver.names[index % 4],
          isRequired: resolvers[index].habit == .honest || resolvers[index].habit == .capping,
          answer: answer))
    }
    return ResolverSurvey(
      completedAt: oracle.safe, sightings: sightings,
      isInconclusive: happens(scenario.faults.inconclusiveLooks))
  }

  private func report(_ kind: EvidenceKind) -> EvidenceReport {
    let safe = oracle.safe
    if happens(scenario.faults.inconclusiveLooks) {
      oracle.delivered(kind, .inconclusive)
      return EvidenceReport(kind: kind, outcome: .inconclusive, at: safe)
    }
    var report = EvidenceReport(kind: kind, outcome: .pass, at: safe)
    switch kind {
    case .audit, .parity, .issuance: break
    case .oldEndpoint:
      renewOldCertificate()
      report.certificateEnds = oldCertificateEnds
      if isOut(scenario.oldOutages) || isLocked || isRetired || oldCertificateEnds <= time {
        report.outcome = .fail
      }
    case .newEndpoint:
      report.certificateEnds = newCertificateEnds
      if isNewOut || !isNewServing { report.outcome = .fail }
    case .router:
      if isOut(scenario.routerOutages) { report.outcome = .inconclusive }
      settleCertificate()
      report.router = router
    case .resolvers: report.outcome = .inconclusive
    case .soak:
      if isNewOut || !isNewServing { report.outcome = .fail }
      if let failsAt = scenario.soakFailsAt, time >= start + failsAt, time < faultsEnd {
        report.outcome = .failAndRollBack
      }
    case .traffic: report.outcome = isQuiet ? .pass : .fail
    case .originLock: report.outcome = isLocked ? .pass : .fail
    case .retirement: report.outcome = isRetired ? .pass : .fail
    }
    if report.outcome == .inconclusive { report.router = [] }
    oracle.delivered(kind, report.outcome)
    return report
  }

  /// No client uses the old endpoint directly any more.
  var isQuiet: Bool {
    record.lastPossible(at: time) { $0.value.content == .old } + scenario.directTail <= time
  }

  /// The CA's patience is over before the certificate is there: somebody has to order again.
  private func loseOrder() {
    guard let life = scenario.authorizationLife, let readyAt = certificateReadyAt,
      time < faultsEnd, readyAt > time
    else { return }
    let orderedAt = readyAt - orderDelay
    if time >= orderedAt + life { certificateReadyAt = nil }
  }

  /// Each order is quicker than the one before: what held it up is partly done.
  var orderDelay: TimeSpan {
    TimeSpan(
      milliseconds: scenario.certificateDelay.milliseconds >> Int64(max(0, certificateOrders - 1)))
  }

  func settleCertificate() {
    loseOrder()
    guard let readyAt = certificateReadyAt, readyAt <= time else { return }
    router.insert(.certificateReady)
    if newCertificateEnds == nil, let renewal = plan.renewal {
      newCertificateEnds = readyAt + renewal.life
    }
  }
}
