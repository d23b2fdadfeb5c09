// Tests bear the number of the rule they hold.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import DNSModel
import Migration
import Notation
import TestSupport
import Testing

/// R17 to R24, as far as they are decisions.
@Suite struct EngineRuleTests {
  /// A walk whose first write of the record has an unknown outcome.
  private func lost(hasFence: Bool = true) -> Walk {
    var walk = Walk(SamplePlans.contoso(hasFence: hasFence))
    walk.kept = [.record]
    walk.pass(.hours(2)) { $0.effects.contains { $0.action.purpose == .record } }
    if let effect = walk.effects.last(where: { $0.action.purpose == .record }) {
      walk.feed(.effectEnded(number: effect.number, .unknown))
    }
    return walk
  }

  @Test func R17_anUnknownOutcomeIsResolvedByReadingNotByRepeating() {
    var walk = lost()
    let writes = walk.effects.filter { $0.action.purpose == .record }.count
    walk.pass(.minutes(3))
    #expect(walk.effects.filter { $0.action.purpose == .record }.count == writes)
    walk.pass(.minutes(10))
    #expect(
      walk.facts.contains { if case .effectResolved(_, false) = $0.kind { true } else { false } })
    #expect(walk.effects.filter { $0.action.purpose == .record }.count > writes)
  }

  @Test func R17_aWriteThatTookHoldUnseenIsNotRepeated() throws {
    var walk = lost()
    let effect = try #require(walk.effects.last { $0.action.purpose == .record })
    guard case .writeRecord(let write) = effect.action else { return }
    walk.record = write.value
    walk.fence += 1
    walk.pass(.minutes(30))
    #expect(
      walk.facts.contains { $0.kind == .effectResolved(number: effect.number, tookHold: true) })
    #expect(walk.effects.filter { $0.action.purpose == .record }.count == 1)
  }

  /// Whoever is waited for is named, by the name that a waiver takes.
  @Test func R21_aVerdictOfTheResolversNamesThoseThatAreMissing() throws {
    var walk = Walk()
    walk.pass(.hours(1))
    let sightings = ["quick", "slow"].map { name in
      ResolverSighting(
        resolver: name, isRequired: true,
        answer: name == "slow" ? .serverFailure : .value(.old, remaining: TTL(clamping: 9)))
    }
    walk.feed(.resolversSeen(ResolverSurvey(completedAt: walk.now.safe, sightings: sightings)))
    let told = walk.facts.compactMap { fact -> String? in
      guard case .evidenceSeen(let report) = fact.kind, report.kind == .resolvers else {
        return nil
      }
      return report.summary
    }
    #expect(told.last == "slow fails to answer (SERVFAIL)", "\(told)")
  }

  @Test func R18_everyWriteCarriesTheFenceAsItWasRead() {
    var walk = Walk()
    walk.pass(.days(30))
    var expected: UInt64 = 0
    for effect in walk.effects {
      guard case .writeRecord(let write) = effect.action else { continue }
      #expect(write.fence == expected)
      expected += 1
    }
    #expect(expected >= 5)
  }

  @Test func R18_withoutAFenceTheLongestWriteIsWaitedOut() throws {
    var walk = lost(hasFence: false)
    let first = try #require(walk.effects.last { $0.action.purpose == .record })
    walk.kept = []
    walk.pass(.hours(1))
    let second = try #require(walk.effects.last { $0.action.purpose == .record })
    #expect(second.number > first.number)
    #expect(second.sendBy - .seconds(30) > first.deadAt)
  }

  @Test func R19_aForeignValueIsHeldAndNeverOverwrittenUnasked() {
    var walk = Walk()
    walk.finish("ttl.lower.1")
    walk.record = ServedValue(.other(7), TTL(clamping: 60))
    walk.pass(.days(3))
    #expect(walk.decision.standing == .held)
    #expect(walk.record.content == .other(7))
    #expect(walk.say(.resume) == .refused(.driftMustBeDecided))
    #expect(walk.say(.overwrite) == .accepted)
    walk.pass(.hours(1))
    #expect(walk.record.content == .old)
  }

  @Test func R19_aForeignValueMayBeLetStand() {
    var walk = Walk()
    walk.finish("ttl.lower.1")
    walk.record = ServedValue(.other(7), TTL(clamping: 60))
    walk.pass(.hours(1))
    #expect(walk.say(.adopt) == .accepted)
    #expect(walk.state.ending == .handedOver)
  }

  /// Another authority that does not answer makes the look incomplete; what was seen is still what the
  /// decision is about.
  @Test(arguments: [true, false])
  func R19_adoptingWhileAnAuthorityIsAwayIsAboutWhatWasSeen(isTTLOnly: Bool) {
    var walk = Walk()
    walk.finish("ttl.lower.2")
    walk.record =
      isTTLOnly
      ? ServedValue(.old, TTL(clamping: 7_200)) : ServedValue(.other(7), TTL(clamping: 60))
    walk.otherAnswers = [.unreachable(.timeout)]
    walk.seeRecord()
    #expect(walk.decision.standing == .held)
    #expect(walk.say(.adopt) == .accepted)
    #expect(walk.state.ending == (isTTLOnly ? nil : .handedOver))
    if isTTLOnly {
      walk.otherAnswers = []
      let isThere = walk.finish("cutover")
      #expect(isThere, "\(walk.decision.blockers)")
    }
  }

  @Test func R19_nothingIsAdoptedThatNobodySees() {
    var walk = Walk()
    walk.finish("ttl.lower.2")
    walk.record = ServedValue(.other(7), TTL(clamping: 60))
    walk.seeRecord()
    walk.record = ServedValue(.old, walk.state.current?.ttl ?? .zero)
    walk.pass(.hours(1))
    #expect(walk.decision.standing == .held)
    #expect(walk.say(.adopt) == .refused(.noDrift))
    #expect(walk.say(.resume) == .accepted)
  }

  @Test func R19_anAdoptedTTLIsWalkedDownAgain() {
    var walk = Walk()
    walk.finish("ttl.lower.2")
    walk.record.ttl = TTL(clamping: 7_200)
    walk.pass(.hours(1))
    #expect(walk.say(.adopt) == .accepted)
    let isThere = walk.finish("cutover")
    #expect(isThere)
    #expect(walk.state.current == ServedValue(.new, TTL(clamping: 60)))
  }

  @Test func R20_aWallThatLeapsAheadOpensNoWait() {
    var walk = Walk()
    walk.finish("ttl.lower.1")
    walk.now.wall += .days(3)
    walk.pass(.days(1))
    #expect(walk.firstWrite(of: .new) == nil)
    #expect(walk.writtenAt.count == 1)
  }

  @Test func R20_aWallThatLeapsAheadEndsApprovals() {
    var walk = Walk()
    walk.approves = false
    walk.pass(.days(3))
    walk.approve(.cutOver)
    let wroteAlready = walk.firstWrite(of: .new) != nil
    #expect(wroteAlready == false)
    walk.now.wall += .days(2)
    walk.pass(.hours(1))
    #expect(walk.firstWrite(of: .new) == nil)
    #expect(walk.decision.blockers.contains(.approval(.cutOver, missing: 2)))
  }

  @Test(arguments: [EvidenceKind.audit, .newEndpoint, .parity, .soak, .resolvers])
  func R21_inconclusiveEvidenceHolds(kind: EvidenceKind) {
    var walk = Walk()
    walk.set(kind, .inconclusive)
    walk.pass(.days(20))
    if kind != .resolvers { #expect(walk.state.ending == nil) }
    #expect(!walk.state.isRollingBack)
  }

  @Test func R21_onlyAVerdictThatSaysSoTurnsTheMoveBack() {
    var walk = Walk()
    walk.reach("soak.1")
    walk.set(.soak, .fail)
    walk.pass(.hours(2))
    #expect(!walk.state.isRollingBack)
    walk.set(.soak, .failAndRollBack)
    walk.pass(.hours(2))
    #expect(walk.state.isRollingBack)
  }

  @Test func R22_everyStateOnTheWaySaysWhatItWaitsFor() {
    var walk = Walk()
    var silent = 0
    walk.pass(.days(30)) { walk in
      if walk.decision.blockers.isEmpty, walk.state.ending == nil { silent += 1 }
      return false
    }
    #expect(walk.state.ending == .moved)
    #expect(silent == 0)
  }

  @Test func R24_theStateIsTheFoldOfItsFacts() {
    var walk = Walk()
    for step in ["ttl.lower.2", "cutover", "soak.1", "ttl.raise"] {
      walk.reach(step)
      #expect(MigrationState(folding: walk.facts, plan: walk.plan) == walk.state, "\(step)")
    }
    walk.say(.rollback)
    walk.pass(.days(10))
    #expect(MigrationState(folding: walk.facts, plan: walk.plan) == walk.state)
  }

  @Test func approvalsAreBoundToPlanAndEvidence() {
    var walk = Walk()
    walk.approves = false
    walk.pass(.days(3))
    let digest = walk.state.evidenceDigest(for: .cutOver)
    let plan = walk.plan.planDigest
    #expect(
      walk.say(.approve(.cutOver, planDigest: "x", evidenceDigest: digest))
        == .refused(.planChanged))
    #expect(
      walk.say(.approve(.cutOver, planDigest: plan, evidenceDigest: "x"))
        == .refused(.evidenceChanged))
    let yes = Verb.approve(.cutOver, planDigest: plan, evidenceDigest: digest)
    #expect(walk.say(yes) == .accepted)
    #expect(walk.say(yes) == .alreadySo)
    #expect(walk.decision.blockers.contains(.approval(.cutOver, missing: 1)))
  }
}
