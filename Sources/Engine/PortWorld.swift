import Migration
import Notation

/// The real world: each look and each effect goes to the port it belongs to. What has no port in this
/// plan is never looked at, and an effect without a port needs a person.
public struct PortWorld: MigrationWorld {
  public var provider: any DNSProvider
  public var authoritatives: any AuthoritativeObserver
  public var resolvers: (any ResolverPanel)?
  public var probe: any EvidenceProbe
  public var issuer: (any CertificateIssuer)?
  public var router: (any GlobalRouter)?
  public var origin: (any OriginGuard)?

  public init(
    provider: any DNSProvider, authoritatives: any AuthoritativeObserver,
    resolvers: (any ResolverPanel)? = nil, probe: any EvidenceProbe,
    issuer: (any CertificateIssuer)? = nil, router: (any GlobalRouter)? = nil,
    origin: (any OriginGuard)? = nil
  ) {
    self.provider = provider
    self.authoritatives = authoritatives
    self.resolvers = resolvers
    self.probe = probe
    self.issuer = issuer
    self.router = router
    self.origin = origin
  }

  public func look(_ look: Look, for migration: MigrationID, plan: CompiledPlan) -> Event? {
    switch look {
    case .authoritatives: return .roundSeen(authoritatives.look(plan))
    case .provider: return .providerRead(provider.read(plan))
    case .resolvers: return resolvers.map { .resolversSeen($0.survey(plan)) }
    case .evidence(.router):
      return router.map { report($0.progress(plan)) }
    case .evidence(let kind): return probe.examine(kind, plan).map { report($0) }
    }
  }

  public func isLooking(_ look: Look) -> Bool {
    if case .evidence(let kind) = look { probe.isLooking(at: kind) } else { false }
  }

  private func report(_ report: EvidenceReport) -> Event {
    .reported(report, watchedSince: report.at)
  }

  /// Obtained, and bound: whichever was cut off is done again, and does nothing where it was done.
  private func renew(
    endingAt end: UTCInstant, _ key: EffectKey, _ plan: CompiledPlan
  ) -> EffectOutcome {
    // Nobody here can renew it: whoever can was told by the step.
    guard let issuer, let router else { return .handedOver }
    let outcome = issuer.renew(endingAt: end, key: key, plan: plan)
    return outcome == .applied ? router.bindHostname(key: key, plan: plan) : outcome
  }

  /// With the name goes what proved control of it, should an issuance be under way still.
  private func clean(_ key: EffectKey, _ plan: CompiledPlan) -> EffectOutcome {
    issuer?.withdraw(plan: plan)
    return router?.clean(key: key, plan: plan) ?? .rejected(.needsPerson)
  }

  public func perform(
    _ effect: Effect, key: EffectKey, for migration: MigrationID, plan: CompiledPlan
  ) -> EffectOutcome {
    switch effect.action {
    case .writeRecord(let write): provider.write(write, key: key, plan: plan)
    case .ownHostname: router?.ownHostname(key: key, plan: plan) ?? .rejected(.needsPerson)
    case .obtainCertificate: issuer?.obtain(key: key, plan: plan) ?? .rejected(.needsPerson)
    case .renewCertificate(let end): renew(endingAt: end, key, plan)
    case .bindHostname: router?.bindHostname(key: key, plan: plan) ?? .rejected(.needsPerson)
    case .cleanRouter: clean(key, plan)
    case .lockOrigin: origin?.lock(key: key, plan: plan) ?? .rejected(.needsPerson)
    case .unlockOrigin: origin?.unlock(key: key, plan: plan) ?? .rejected(.needsPerson)
    case .retireOldEndpoint: origin?.retire(key: key, plan: plan) ?? .rejected(.needsPerson)
    }
  }
}
