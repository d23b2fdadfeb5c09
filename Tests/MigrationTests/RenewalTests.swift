import DNSModel
@_spi(PlantedMistakes) import Migration
import Notation
import TestSupport
import Testing

/// The new certificate falls due while the move lasts: a step of its own, beside everything else.
struct RenewalTests {
  static func plan(isByHand: Bool = false, life: TimeSpan = .days(6)) -> CompiledPlan {
    var plan = SamplePlans.contoso()
    let shape = CourseShape(
      stages: plan.waits.stages, lowTTL: plan.waits.lowTTL, finalTTL: plan.waits.finalTTL,
      soakCount: 2, locksOrigin: true, retiresOldEndpoint: true, renewalCount: 2)
    plan.steps = shape.steps()
    plan.renewal = RenewalParameters(life: life, isByHand: isByHand)
    return plan
  }

  static func renewals(_ walk: Walk) -> [UTCInstant] {
    walk.effects.compactMap {
      if case .renewCertificate(let end) = $0.action { end } else { nil }
    }
  }

  @Test func itIsRenewedWhenAThirdOfItsLifeIsLeft() {
    var walk = Walk(Self.plan())
    walk.newCertificateEnds = Walk.start + .days(6)
    walk.pass(.days(4) - .hours(2))
    #expect(Self.renewals(walk) == [])
    walk.pass(.hours(4))
    #expect(Self.renewals(walk) == [Walk.start + .days(6)])
    walk.pass(.days(30))
    #expect(walk.state.ending == .moved)
    #expect(walk.effects.filter { $0.action.purpose == .renew }.count <= 2)
  }

  @Test func aMoveThatIsOverFirstWaitsForNoRenewal() {
    var walk = Walk(Self.plan())
    walk.newCertificateEnds = Walk.start + .days(400)
    walk.pass(.days(30))
    #expect(walk.state.ending == .moved)
    #expect(Self.renewals(walk) == [])
  }

  /// Held for longer than was forecast, or planned with a life that the CA does not keep to.
  @Test func theLastRenewalGoesOnAsLongAsTheMoveDoes() {
    var plan = Self.plan(life: .days(2))
    let steps = CourseShape(
      stages: plan.waits.stages, lowTTL: plan.waits.lowTTL, finalTTL: plan.waits.finalTTL,
      soakCount: 2, locksOrigin: true, retiresOldEndpoint: true, renewalCount: 1)
    plan.steps = steps.steps()
    var walk = Walk(plan)
    walk.newCertificateEnds = Walk.start + .days(2)
    for _ in 0..<(30 * 24) where walk.state.ending == nil {
      walk.pass(.hours(1))
      #expect(walk.newCertificateEnds ?? .distantPast > walk.now.latest)
    }
    #expect(walk.state.ending == .moved)
    #expect(Self.renewals(walk).count >= 3)
    #expect(Set(Self.renewals(walk)).count == Self.renewals(walk).count, "each once")
  }

  @Test func whoRenewsByHandIsToldOnceAndWaitedFor() {
    var walk = Walk(Self.plan(isByHand: true))
    walk.kept = [.renew]
    walk.newCertificateEnds = Walk.start + .days(6)
    walk.pass(.days(5))
    #expect(Self.renewals(walk).count == 1)
    #expect(walk.state.openEffects.map(\.effect.deadAt) == [.distantFuture])
    walk.newCertificateEnds = Walk.start + .days(11)
    let told = walk.effects.last { $0.action.purpose == .renew }
    if let told { walk.feed(.effectEnded(number: told.number, .handedOver)) }
    walk.pass(.hours(2))
    #expect(walk.state.openEffect(for: .renew) == nil)
    #expect(walk.state.isDone(walk.plan.index(of: "certificate.renew.1")!))
  }

  @Test func aRollbackDoesNotWaitForIt() {
    var walk = Walk(Self.plan(isByHand: true))
    walk.kept = [.renew]
    walk.newCertificateEnds = Walk.start + .days(3)
    walk.pass(.days(1) + .hours(2))
    #expect(Self.renewals(walk).count == 1)
    walk.say(.rollback)
    walk.pass(.days(5))
    #expect(walk.state.ending == .rolledBack)
  }

  @Test func aShortLifeIsCompiledIntoSteps() {
    var plan = TimetableTests.plan(.ladder(stages: 2, floor: TTL(clamping: 60)))
    #expect(CompiledPlan(plan, start: TimetableTests.start, timeZone: .utc).renewal == nil)
    plan.certificate.life = .days(6)
    let compiled = CompiledPlan(plan, start: TimetableTests.start, timeZone: .utc)
    let forecast = Forecast(plan, start: TimetableTests.start, timeZone: .utc)
    let step = forecast?.step("certificate.renew.1")
    #expect(compiled.index(of: "certificate.renew.1") != nil)
    #expect(step?.earliest == forecast.map { $0.times.endpointReady + .days(4) })
    let written = try? CompiledPlan(json: compiled.json)
    #expect(written == compiled)
  }
}
