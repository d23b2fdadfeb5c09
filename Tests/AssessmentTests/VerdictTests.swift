import Assessment
import DNSModel
import Migration
import Notation
import Testing

@Suite struct VerdictTests {
  static let now = EvidenceBed.now
  static let name: DomainName = "api.contoso.test"

  func expectation(oldTTL: Int? = 3600, changed secondsAgo: Int64? = 600) -> Assessment.Expectation
  {
    Assessment.Expectation(
      name: Self.name, type: .cname, expected: [.cname("new.test")],
      former: [
        .init(
          data: [.cname("old.test")], ttl: oldTTL.map { TTL(clamping: $0) },
          lastPossible: secondsAgo.map { Self.now - .seconds($0) })
      ])
  }

  func seen(
    _ target: DomainName, remaining: Int, extendedError: UInt16? = nil
  ) -> DNSObservation {
    let edns = extendedError.map {
      EDNS(options: [EDNSOption(code: 15, data: [UInt8($0 >> 8), UInt8($0 & 0xFF)])])
    }
    return EvidenceBed.reply(
      Self.name, .cname, [EvidenceBed.record(Self.name, .cname(target), ttl: remaining)],
      isAuthoritative: false, edns: edns)
  }

  func judge(
    _ observation: DNSObservation, _ expectation: Assessment.Expectation, agree: Bool = true
  ) -> Verdict {
    .judging(observation, by: expectation, authoritiesAgree: agree)
  }

  @Test func theNewValueHasConverged() {
    #expect(judge(seen("NEW.test", remaining: 1), expectation()).kind == .converged)
  }

  @Test func whatMayStillBeCachedIsWithinBudgetUntilItLeaves() {
    let verdict = judge(seen("old.test", remaining: 3000), expectation())
    #expect(verdict.kind == .staleWithinBudget)
    #expect(verdict.until == Self.now + .seconds(3000))
  }

  @Test func moreThanWasEverPublishedIsAViolation() {
    let verdict = judge(seen("old.test", remaining: 3601), expectation())
    #expect(verdict.kind == .staleBeyondBudget)
    #expect(verdict.explanation.contains("TTL violator"))
  }

  @Test func whatEndsBehindTheBudgetIsBeyondIt() {
    let verdict = judge(seen("old.test", remaining: 3100), expectation())
    #expect(verdict.kind == .staleBeyondBudget)
    #expect(verdict.over == .seconds(95))
  }

  @Test func aShortTTLAfterTheEndLooksLikeServeStale() {
    let verdict = judge(seen("old.test", remaining: 30), expectation(changed: 7200))
    #expect(verdict.kind == .staleBeyondBudget)
    #expect(verdict.explanation.contains("serve-stale"))
    let holder = judge(seen("old.test", remaining: 31), expectation(changed: 7200))
    #expect(holder.explanation.contains("TTL violator"))
  }

  @Test func aResolverThatSaysItIsStaleIsBelieved() {
    let verdict = judge(seen("old.test", remaining: 30, extendedError: 3), expectation())
    #expect(verdict.kind == .staleBeyondBudget)
    #expect(verdict.explanation.hasPrefix("serve-stale"))
  }

  /// Why it may be stale is not said against what was seen of the authorities.
  @Test func staleAnswersAreNotBlamedOnAuthoritiesThatAnswer() {
    let stale = seen("old.test", remaining: 30, extendedError: 3)
    let reached = judge(stale, expectation()).explanation
    #expect(reached.contains("the authorities answer us"), "\(reached)")
    let lost = judge(stale, expectation(), agree: false).explanation
    #expect(lost.contains("the authoritative servers do not answer"), "\(lost)")
  }

  @Test func whileAnAuthorityLagsNobodyIsBeyondBudget() {
    let verdict = judge(
      seen("old.test", remaining: 3600), expectation(changed: 7200), agree: false)
    #expect(verdict.kind == .staleWithinBudget)
  }

  @Test func withoutAKnownTTLTheResolversOwnCountIsTaken() {
    let verdict = judge(seen("old.test", remaining: 90_000), expectation(oldTTL: nil))
    #expect(verdict.kind == .staleWithinBudget)
    #expect(verdict.until == Self.now + .seconds(90_000))
  }

  @Test func theLedgersEndGoesBeforeArithmetic() {
    // The TTL alone would allow it for another 50 minutes; the ledger knows better, in both directions.
    for (end, kind) in [(-60, Verdict.Kind.staleBeyondBudget), (4000, .staleWithinBudget)] {
      var expectation = expectation()
      expectation.former[0].knownEnd = Self.now + .seconds(Int64(end))
      let verdict = judge(seen("old.test", remaining: 3500), expectation)
      #expect(verdict.kind == kind, "\(verdict)")
    }
  }

  @Test func aCapIsNamedAsTheReasonToLetGoEarly() {
    let capped = ResolverProfile("Capper", cap: TTL(clamping: 600), source: "here")
    let verdict = Verdict.judging(
      seen("old.test", remaining: 500), by: expectation(), profile: capped, authoritiesAgree: true)
    #expect(verdict.kind == .staleWithinBudget)
    #expect(verdict.explanation.contains("Capper keeps nothing longer than 10 min"), "\(verdict)")
  }

  @Test func aForeignValueIsWrong() {
    #expect(judge(seen("else.test", remaining: 5), expectation()).kind == .wrongValue)
  }

  /// A cache counts the SOA's TTL down: MINIMUM says nothing about what is left.
  @Test(arguments: [ResponseCode.nameError, .noError])
  func aDenialIsNegativeCachedUntilItsOwnEnd(code: ResponseCode) {
    let denial = EvidenceBed.reply(
      Self.name, .cname, code: code,
      authorities: [
        EvidenceBed.record("contoso.test", EvidenceBed.soaData(minimum: 60), ttl: 77)
      ], isAuthoritative: false)
    let verdict = judge(denial, expectation())
    #expect(verdict.kind == .negativeCached)
    #expect(verdict.until == Self.now + .seconds(77))
  }

  @Test func aDenialWithoutSOAHasNoKnownEnd() {
    let denial = EvidenceBed.reply(
      Self.name, .cname, code: .nameError, isAuthoritative: false)
    let verdict = judge(denial, expectation())
    #expect(verdict.kind == .negativeCached && verdict.until == nil)
    #expect(verdict.explanation.hasSuffix("it does not say"), "\(verdict)")
  }

  @Test func recordsOfAnotherClassAreNoAnswer() {
    var record = EvidenceBed.record(Self.name, .cname("new.test"))
    record.recordClass = .chaos
    let reply = EvidenceBed.reply(Self.name, .cname, [record], isAuthoritative: false)
    #expect(judge(reply, expectation()).kind != .converged)
  }

  @Test func anAliasIntoAnotherZoneIsNamedWhereAddressesWereExpected() {
    let wanted = Assessment.Expectation(
      name: Self.name, type: .a, expected: [RecordData(type: .a, wire: [192, 0, 2, 1])])
    let alias = EvidenceBed.record(Self.name, .cname("front.router.test"), ttl: 60)
    let seen = EvidenceBed.reply(Self.name, .a, [alias])
    let verdict = Verdict.judging(
      AuthorityLook(
        authority: .init(name: "ns.test", address: "x"), datagram: seen, stream: seen), by: wanted)
    #expect(verdict.kind == .wrongValue)
    #expect(verdict.explanation.hasPrefix("it is an alias for front.router.test"), "\(verdict)")
  }

  /// While any authority gives something else, a cache that lets go may fetch that again.
  @Test(arguments: ["new.test", "old.test", "else.test", nil] as [DomainName?])
  func nobodySaysWhenWhileAnAuthorityDiffers(authority target: DomainName?) {
    var delegation = Delegation(zone: "contoso.test")
    delegation.authorities = [.init(name: "ns1.other.test", address: EvidenceBed.servers[0])]
    var looks: [AuthorityLook] = []
    if let target {
      let reply = EvidenceBed.reply(
        Self.name, .cname, [EvidenceBed.record(Self.name, .cname(target), ttl: 3600)])
      looks = [
        AuthorityLook(authority: delegation.authorities[0], datagram: reply, stream: reply)
      ]
    }
    let verification = Verification(
      expectation(), delegation: delegation, looks: looks,
      panel: [seen("new.test", remaining: 10), seen("old.test", remaining: 100)],
      isRequired: [true, true], profiles: [nil, nil], at: Self.now)
    let converged = verification.forecast.map(\.converged)
    #expect(converged == (target == "new.test" ? [1, 2] : [1]))
    #expect(verification.forecast.allSatisfy { $0.of == 2 })
  }

  @Test func whatSaysNothingIsNeverAPass() {
    for (code, kind) in [
      (ResponseCode.refused, Verdict.Kind.refused), (.serverFailure, .serverFailure),
      (.formatError, .serverFailure),
    ] {
      let verdict = judge(EvidenceBed.reply(Self.name, .cname, code: code), expectation())
      #expect(verdict.kind == kind)
      #expect(verdict.kind.standing == .inconclusive)
    }
    let silences: [(Silence, Verdict.Kind)] = [
      (.timedOut, .unreachable), (.unreachable("x"), .unreachable), (.closed, .unreachable),
      (.malformed("x"), .untrusted), (.answeredBySomeoneElse("x"), .untrusted),
      (.otherQuestion("x"), .untrusted), (.channelFailed("x"), .unreachable),
      (.notAsked("x"), .notAsked),
    ]
    for (silence, kind) in silences {
      var observation = seen("new.test", remaining: 1)
      observation.outcome = .silence(silence)
      #expect(judge(observation, expectation()).kind == kind)
    }
  }

  @Test func anAuthorityNeedsItsFlagAndBothWays() {
    let good = EvidenceBed.reply(
      Self.name, .cname, [EvidenceBed.record(Self.name, .cname("new.test"))])
    let cached = seen("new.test", remaining: 9)
    var dead = good
    dead.outcome = .silence(.timedOut)
    func judge(_ datagram: DNSObservation, _ stream: DNSObservation) -> Verdict {
      .judging(
        AuthorityLook(
          authority: .init(name: "ns.test", address: "x"), datagram: datagram, stream: stream),
        by: expectation())
    }
    #expect(judge(good, good).kind == .converged)
    #expect(judge(cached, cached).kind == .lame)
    #expect(judge(good, dead).kind == .converged)
    #expect(judge(good, dead).explanation.contains("over TCP"))
    #expect(judge(dead, dead).kind == .unreachable)
  }

  @Test func anEmptyPanelIsInconclusive() {
    let verification = Verification(
      expectation(), delegation: Delegation(zone: "test"), looks: [], panel: [], isRequired: [],
      profiles: [], at: Self.now)
    #expect(verification.standing == .inconclusive)
  }

  @Test func theForecastCountsWhatIsKnown() {
    let panel = [
      seen("new.test", remaining: 5), seen("old.test", remaining: 60),
      seen("old.test", remaining: 50), seen("else.test", remaining: 1),
    ]
    let good = EvidenceBed.reply(
      Self.name, .cname, [EvidenceBed.record(Self.name, .cname("new.test"))])
    let look = AuthorityLook(
      authority: .init(name: "ns.test", address: "x"), datagram: good, stream: good)
    let verification = Verification(
      expectation(), delegation: Delegation(zone: "test"), looks: [look], panel: panel,
      isRequired: [true, true, true, true], profiles: [nil, nil, nil, nil], at: Self.now)
    #expect(verification.forecast.map(\.converged) == [1, 2, 3])
    #expect(verification.forecast.map(\.at) == [0, 50, 60].map { Self.now + .seconds($0) })
    #expect(verification.standing == .wrong)
  }
}
