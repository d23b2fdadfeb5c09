// Tests bear the number of the rule they hold.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import DNSModel
import Migration
import Notation
import TestSupport
import Testing

/// R1 to R8: what may sit in caches, and how long it is waited for.
@Suite struct CacheRuleTests {
  @Test func R1_aValueCountsAsServedUntilEnoughCleanRoundsSpanTheBound() throws {
    var walk = Walk()
    walk.finish("ttl.lower.1")
    let wroteAt = try #require(walk.writtenAt.first?.at)
    walk.pass(.hours(2))
    let old = try #require(walk.state.ledger.exposures.first { $0.value.ttl.seconds == 172_800 })
    let gone = try #require(old.lastPossible)
    #expect(gone >= wroteAt + walk.plan.waits.propagationBound)
    #expect(old.cleanRounds == walk.plan.waits.cleanRounds)
  }

  @Test func R1_aLaterSightingReopensIt() throws {
    var walk = Walk()
    walk.finish("ttl.lower.1")
    walk.pass(.hours(2))
    let low = walk.record
    walk.record = ServedValue(.old, TTL(clamping: 172_800))
    walk.seeRecord()
    let old = try #require(walk.state.ledger.exposures.first { $0.value.ttl.seconds == 172_800 })
    #expect(old.lastPossible == nil)
    walk.record = low
  }

  @Test func R1_anAuthorityThatCannotBeAskedHoldsUntilItIsWaived() {
    var walk = Walk()
    walk.isReachable = false
    walk.pass(.hours(3))
    #expect(!walk.state.isDone(0))
    #expect(walk.decision.blockers.contains(.authoritiesUnreachable))
    #expect(
      walk.say(.waive(authority: "ns9.example.@192.0.2.9:53")) == .refused(.authorityReachable))
    #expect(walk.say(.waive(authority: Walk.server.description)) == .accepted)
    #expect(walk.say(.waive(authority: Walk.server.description)) == .alreadySo)
  }

  @Test func R2_historyThatNobodyObservedCountsAsDeclared() throws {
    // Someone lowered the TTL an hour ago; the plan knows what it was.
    var walk = Walk(served: ServedValue(.old, TTL(clamping: 60)))
    walk.reach("verify")
    let cutOver = try #require(walk.firstWrite(of: .new))
    #expect(cutOver - Walk.start >= .seconds(172_800) + walk.plan.waits.margin)
  }

  @Test func R2_aResolverWithMoreTimeLeftProlongsTheWait() throws {
    var walk = Walk()
    walk.finish("ttl.lower.1")
    let sighting = ResolverSighting(
      resolver: "r", isRequired: true, answer: .value(.old, remaining: TTL(clamping: 400_000)))
    walk.feed(
      .resolversSeen(ResolverSurvey(completedAt: walk.now.safe, sightings: [sighting])))
    let seenAt = walk.now.safe
    walk.reach("verify")
    let cutOver = try #require(walk.firstWrite(of: .new))
    #expect(cutOver >= seenAt + .seconds(400_000))
  }

  @Test func R3_aProviderThatFloorsTheTTLIsTakenAtWhatItServes() {
    var walk = Walk()
    walk.floor = TTL(clamping: 300)
    walk.finish("cutover")
    #expect(
      walk.facts.contains {
        $0.kind == .ttlRounded(asked: TTL(clamping: 60), served: TTL(clamping: 300))
      })
    #expect(walk.state.current == ServedValue(.new, TTL(clamping: 300)))
  }

  @Test func R4_everyChangeReplacesOneValueByAnother() {
    var walk = Walk()
    walk.pass(.days(30))
    #expect(walk.state.ending == .moved)
    for effect in walk.effects {
      guard case .writeRecord(let write) = effect.action else { continue }
      #expect(write.value.content == .old || write.value.content == .new)
      #expect(write.expected.content != .absent)
    }
  }

  @Test func R5_resolversAreNotAskedWhileAnAuthorityDeniesTheName() {
    var walk = Walk()
    walk.finish("baseline")
    #expect(walk.decision.looks.wants(LookPlan.Slot.resolvers))
    walk.record = ServedValue(.absent, TTL(clamping: 300))
    walk.pass(.minutes(20)) { $0.state.view?.isDenied ?? false }
    #expect(!walk.decision.looks.wants(LookPlan.Slot.resolvers))
  }

  @Test func R6_aDenialIsAnExposureWithItsNegativeTTL() throws {
    var walk = Walk()
    walk.finish("baseline")
    walk.record = ServedValue(.absent, TTL(clamping: 300))
    walk.seeRecord()
    let denial = try #require(walk.state.ledger.exposures.first { $0.value.content == .absent })
    #expect(denial.value.ttl.seconds == 300)
    #expect(walk.state.pauses.contains(.drift))
  }

  @Test func R7_lockingWaitsForTheTailAndForTraffic() throws {
    var walk = Walk()
    walk.set(.traffic, .fail)
    walk.reach("origin.lock")
    walk.pass(.days(5))
    #expect(!walk.isLocked)
    #expect(walk.decision.blockers.contains(.evidence(.traffic, .fail)))
    walk.set(.traffic, .pass)
    walk.pass(.hours(1))
    #expect(walk.isLocked)
    let cutOver = try #require(walk.firstWrite(of: .new))
    #expect(walk.now.safe >= cutOver + walk.plan.waits.minimumTail)
  }

  @Test func R7_withoutTrafficFiguresAPersonAttests() {
    var walk = Walk(SamplePlans.contoso(hasTrafficSource: false))
    walk.reach("origin.lock")
    walk.pass(.days(5)) { $0.decision.blockers.contains(.attestation) }
    let before = walk.facts.count
    walk.pass(.days(5))
    #expect(!walk.isLocked)
    #expect(walk.decision.blockers.contains(.attestation))
    // Waiting for people fills no journal.
    #expect(walk.facts.count - before < 20, "\(walk.facts.count - before)")
    #expect(walk.decision.standing == .held)
    #expect(walk.say(.attestDrained) == .accepted)
    walk.pass(.hours(1))
    #expect(walk.isLocked)
  }

  @Test(arguments: [(true, 3), (true, 4), (true, 1), (false, 3)])
  func R8_onlyTheCutoverWaitsForTheWholeLedger(isLadder: Bool, stages: Int) throws {
    var walk = Walk(SamplePlans.contoso(ladder: isLadder, stages: stages))
    walk.reach("verify")
    let waits = walk.plan.waits
    let lowered = try #require(walk.writtenAt.first?.at)
    let cutOver = try #require(walk.firstWrite(of: .new))
    #expect(cutOver - lowered >= .seconds(172_800) + waits.margin)
    if isLadder {
      // As with one step: T, the lag, the bound of the clean rounds and the margins.
      let most =
        TimeSpan.seconds(172_800) + waits.authoritativeLag + waits.propagationBound * 2
        + waits.longestWrite + waits.margin * 2 + .minutes(30)
      #expect(cutOver - lowered <= most, "took \(cutOver - lowered)")
    } else {
      var sum = TimeSpan.seconds(172_800)
      for stage in waits.stages.dropLast() { sum += stage.span }
      #expect(cutOver - lowered >= sum)
    }
  }
}
