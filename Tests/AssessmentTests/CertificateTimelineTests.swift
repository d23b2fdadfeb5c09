import Assessment
import Migration
import Notation
import Testing

@Suite struct CertificateTimelineTests {
  static let now = UTCInstant(seconds: 1_795_262_400)
  static let phases = CertificateTimeline.Phases(
    cutover: now + .days(3), drained: now + .days(4), soaked: now + .days(5),
    rollbackEnds: now + .days(10), timeToEffect: .hours(1), minimumStay: .days(1))

  private func ids(
    oldEnds: Int? = 60, newEnds: Int? = 90, renewal: OldCertificatePlan.Renewal = .independent,
    isOrigin: Bool = false, replacement: String? = nil, token: Int? = nil,
    new: CertificatePlan = CertificatePlan()
  ) -> [String] {
    let plan = OldEndpointPlan(
      certificate: OldCertificatePlan(renewal: renewal, replacement: replacement),
      becomesOrigin: isOrigin)
    return CertificateTimeline(
      plan, new: new, oldEnds: oldEnds.map { Self.now + .days($0) },
      newEnds: newEnds.map { Self.now + .days($0) }, tokenMade: token.map { Self.now + .days($0) },
      phases: Self.phases, now: Self.now
    ).findings.map(\.id)
  }

  @Test func r10TheOldCertificateOutlivesTheRollback() {
    #expect(ids() == [])
    #expect(ids(oldEnds: 12, renewal: .none) == [])
    #expect(ids(oldEnds: 11, renewal: .none) == ["timeline.old.ends"])
    #expect(ids(oldEnds: 11, renewal: .whilePointedAt) == ["timeline.old.decays"])
    #expect(ids(oldEnds: 2, renewal: .whilePointedAt) == ["timeline.old.renews-before"])
    #expect(ids(oldEnds: 11) == ["timeline.old.must-renew"])
    #expect(ids(oldEnds: nil) == ["timeline.old.unseen"])
  }

  @Test func r10AnOriginNeedsARenewalThatSurvivesTheSwap() {
    #expect(ids(renewal: .whilePointedAt, isOrigin: true) == ["timeline.origin.no-renewal"])
    #expect(ids(renewal: .whilePointedAt, isOrigin: true, replacement: "Key Vault") == [])
    #expect(ids(renewal: .none, isOrigin: true) == ["timeline.origin.no-renewal"])
    #expect(ids(renewal: .independent, isOrigin: true) == [])
  }

  @Test func theNewCertificateCoversTheMove() {
    #expect(ids(newEnds: 3) == ["timeline.new.ends"])
    #expect(ids(newEnds: 8) == ["timeline.new.renews-inside"])
    #expect(ids(newEnds: nil) == [])
    #expect(
      ids(newEnds: nil, new: CertificatePlan(issuanceTime: .days(4))) == ["timeline.new.late"])
  }

  /// The router refuses a region whose own certificate has ended, whatever the name's does.
  @Test(
    arguments: [
      (2, "timeline.origin.ends", .blocker), (3, "timeline.origin.ends", .blocker),
      (4, "timeline.origin.ends", .warning), (10, nil, .note), (nil, nil, .note),
    ] as [(Int?, String?, Finding.Severity)])
  func aRegionsCertificateCoversTheMove(days: Int?, id: String?, severity: Finding.Severity) {
    let timeline = CertificateTimeline(
      OldEndpointPlan(), new: CertificatePlan(), oldEnds: Self.now + .days(60), newEnds: nil,
      origins: [("origin west", days.map { Self.now + .days($0) })], phases: Self.phases,
      now: Self.now)
    #expect(timeline.rows.map(\.name) == ["old", "new", "origin west"])
    #expect(timeline.rows[2].ends == days.map { Self.now + .days($0) })
    let found = timeline.findings.filter { $0.subject == "origin west" }
    #expect(found.map(\.id) == (id.map { [$0] } ?? []))
    #expect(found.allSatisfy { $0.severity == severity })
  }

  @Test func aRenewalThatIsAStepOfTheMoveIsNoSurprise() {
    func found(_ renewals: [Int]) -> [String] {
      CertificateTimeline(
        OldEndpointPlan(), new: CertificatePlan(), oldEnds: Self.now + .days(60),
        newEnds: Self.now + .days(8), renewals: renewals.map { Self.now + .days($0) },
        phases: Self.phases, now: Self.now
      ).findings.map(\.id)
    }
    #expect(found([]) == ["timeline.new.renews-inside"])
    #expect(found([6]) == [])
    #expect(found([8]) == ["timeline.new.renews-inside"], "too late for the one that is served")
  }

  @Test func validationTokensAge() {
    #expect(ids(token: 0) == [])
    #expect(ids(token: -5) == ["timeline.token.old"])
  }

  @Test func decideByLeavesTimeToGoBackAndStay() {
    let timeline = CertificateTimeline(
      OldEndpointPlan(), new: CertificatePlan(), oldEnds: Self.now + .days(60), newEnds: nil,
      phases: Self.phases, now: Self.now)
    #expect(timeline.decideBy == Self.now + .days(59) - .hours(1))
  }
}
