import Engine
import Migration
import Testing

/// What every global router must do, whoever does the work: own → certificate → bind → swap → renewal → clean,
/// each wish repeatable, each seen before it counts.
public struct GlobalRouterConformance {
  /// What a person does at a router that is not steered by us; nothing where we steer it.
  public struct Hands {
    public var bind: () throws -> Void
    public var clean: () throws -> Void

    public init(bind: @escaping () throws -> Void = {}, clean: @escaping () throws -> Void = {}) {
      self.bind = bind
      self.clean = clean
    }
  }

  private let router: any GlobalRouter
  private let plan: CompiledPlan
  private let hands: Hands
  private let key = EffectKey(migration: MigrationID("m"), number: 1, epoch: 1)

  public init(_ router: any GlobalRouter, plan: CompiledPlan, hands: Hands = Hands()) {
    self.router = router
    self.plan = plan
    self.hands = hands
  }

  private func wish(_ what: String, _ call: () -> EffectOutcome) {
    // Twice: a wish that was lost on the way is said again.
    for _ in 0..<2 {
      let outcome = call()
      #expect(outcome == .applied || outcome == .handedOver, "\(what): \(outcome)")
    }
  }

  public func ownsBindsAndCleansAsItsReportShows() throws {
    #expect(!router.progress(plan).router.contains(.bound), "before anything was done")
    wish("own") { router.ownHostname(key: key, plan: plan) }
    #expect(!router.progress(plan).router.contains(.bound), "owning is not binding")
    wish("bind") { router.bindHostname(key: key, plan: plan) }
    try hands.bind()
    let report = router.progress(plan)
    #expect(report.router == [.owned, .certificateReady, .bound], "\(report)")
    #expect(report.outcome == .pass && report.kind == .router, "\(report)")
    wish("clean") { router.clean(key: key, plan: plan) }
    try hands.clean()
    let after = router.progress(plan)
    #expect(
      after.router == [] && after.outcome != .pass, "a rollback waits to see it gone: \(after)")
  }

  /// The name may be swapped to it only once clients would be served; and a renewed certificate takes the
  /// place of the one before without a moment in which nobody answers.
  ///
  /// `serves`: whether a client is answered for the name; `renewed`: the same router, once a new
  /// certificate is there.
  public func swapsOnceItServesAndRenewsInPlace(
    serves: () throws -> Bool, renewed: () throws -> any GlobalRouter
  ) throws {
    wish("own") { router.ownHostname(key: key, plan: plan) }
    #expect(router.progress(plan).outcome != .pass, "not bound: nobody may be sent here")
    wish("bind") { router.bindHostname(key: key, plan: plan) }
    try hands.bind()
    #expect(router.progress(plan).outcome == .pass, "bound: the name may be swapped")
    #expect(try serves(), "whoever comes after the swap is served")
    let next = try renewed()
    #expect(try serves(), "the one before serves until the new one does")
    wish("bind") { next.bindHostname(key: key, plan: plan) }
    try hands.bind()
    let report = next.progress(plan)
    #expect(report.outcome == .pass && report.router.contains(.bound), "\(report)")
    #expect(try serves(), "the name stays through a renewal")
  }
}
