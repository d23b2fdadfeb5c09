import DNSModel
import DNSObservers
import DNSProviders
import DNSTransport
import Engine
import Migration
import Notation
import PlanFiles
import SystemIO

/// The only place where ports meet adapters: a plan in, the world it runs in out.
struct Assembly {
  let clock: any MigrationClock
  /// The state directory. In it: keys, orders and chains, a folder for each name, and what was measured for
  /// one migration.
  let state: String
  /// For people: instructions, and why something did not work.
  let tell: (String) -> Void

  init(clock: any MigrationClock, state: String, tell: @escaping (String) -> Void) {
    self.clock = clock
    self.state = state
    self.tell = tell
  }

  func world(for source: String, of migration: MigrationID) throws -> PortWorld {
    let measured = state + "/measured"
    try PrivateDirectory.make(measured)
    let troubles = StandingTroubles(state: state, migration)
    try troubles.make()
    return try world(
      for: PinnedPlan(source: source).plan, measured: "\(measured)/\(migration).json", troubles)
  }

  private func world(
    for plan: Plan, measured: String, _ troubles: StandingTroubles
  ) throws -> PortWorld {
    let clock = clock
    let provider = try Self.provider(plan, troubles)
    let endpoints = EndpointLook(plan)
    let soak = SoakDesk(gates: plan.soak.gates, baseline: SoakBaseline(path: measured)) {
      endpoints.sights(.new, path: $0)
    }
    let evidence = EvidenceDesk(
      plan: plan, provider: provider, clock: clock, soak: soak, tell: tell)
    let parts = EndpointParts(
      plan: plan, folder: state + "/certificates", clock: clock, tell: tell)
    return PortWorld(
      provider: MoveProvider(provider, now: { clock.now() }, tell: tell),
      authoritatives: try RoundObserver(plan, clock: clock),
      resolvers: try PanelSurvey(plan, clock: clock), probe: evidence,
      issuer: try parts.issuer(), router: try parts.router(evidence),
      origin: OriginDoors(plan: plan, tell: tell))
  }

  // MARK: Providers

  static func provider(
    _ plan: Plan, _ troubles: StandingTroubles? = nil
  ) throws -> any AliasProvider {
    let scope = ProviderScope(zone: plan.zone.origin, name: plan.hostname)
    switch plan.zone.provider.kind {
    case .dynamicUpdate(let server, let key):
      return DynamicUpdateProvider(
        scope: scope, server: try server.socketAddress, key: key)
    case .zoneFile(let path, let reload):
      return ZoneFileProvider(
        scope: scope, path: path, reload: reload, untold: troubles?.reload)
    case .manual(let instructions):
      return ManualProvider(scope: scope, place: instructions)
    case .program(let words, _):
      return ExecProvider(
        scope: scope, words: words, longestWrite: plan.zone.provider.longestWrite)
    }
  }

  /// Where a plan promises more of its provider than that can keep.
  static func promises(_ plan: Plan) -> [String] {
    let traits: ProviderTraits
    do {
      traits = try provider(plan).traits
    } catch {
      return ["zone.provider: \(error)"]
    }
    let asked = plan.zone.provider
    var reasons: [String] = []
    if asked.hasFence, !traits.hasFence {
      reasons.append("zone.provider.fence: \(traits.name) has no fence (R18)")
    }
    if !asked.hasFence, asked.longestWrite < traits.longestWrite {
      reasons.append(
        "zone.provider.longest-write: a late change can land for \(traits.longestWrite) with "
          + "\(traits.name), and the plan waits \(asked.longestWrite)")
    }
    return reasons
  }

  /// Secrets that a step would look for in vain; those a step makes itself are not among them.
  static func cannotRead(_ plan: Plan) -> [String] {
    var needed: [(String, SecretReference)] = []
    if case .dynamicUpdate(_, let key?) = plan.zone.provider.kind {
      needed.append(("zone.provider.key", key))
    }
    if case .files(_, let key) = plan.certificate.issuer { needed.append(("certificate.key", key)) }
    if let seal = plan.certificate.seal { needed.append(("certificate.seal", seal)) }
    return needed.compactMap { place, secret in
      do {
        _ = try secret.resolve()
        return nil
      } catch {
        return "\(place): \(error)"
      }
    }
  }

  /// What this version has no adapter for, step by step: refused at the start, never pretended.
  static func cannotRun(_ plan: Plan) -> [String] {
    var reasons: [String] = []
    switch plan.router.kind {
    case .manual, .haproxy: break
    case .azureFrontDoor:
      reasons.append(
        "router.own, router.bind: a router of kind \(plan.router.kind.name) has no adapter yet; "
          + "use kind: manual")
    }
    reasons += EndpointParts.cannotObtain(plan)
    return reasons
  }
}

extension NetworkAddress {
  var socketAddress: SocketAddress {
    get throws {
      guard let address = SocketAddress(address: bytes, port: port) else {
        throw Complaint("\(self) is no address")
      }
      return address
    }
  }
}
