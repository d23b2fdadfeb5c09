import DNSModel
import Notation

/// What ends each wait, and who does what, in words for people who sign.
public struct ForecastWords: Sendable {
  let plan: Plan
  let compiled: CompiledPlan
  let times: Timetable

  public init(_ plan: Plan, _ compiled: CompiledPlan, _ times: Timetable) {
    self.plan = plan
    self.compiled = compiled
    self.times = times
  }

  private var waits: WaitParameters { compiled.waits }

  private var gone: String {
    "\(waits.cleanRounds) clean rounds over \(waits.propagationBound) at every authoritative address"
  }

  func proof(of kind: StepKind) -> String {
    switch kind {
    case .baseline: "every authoritative address serves the old record, and nothing else"
    case .audit: "no finding of the audit stands against the move"
    case .lowerTTL(let stage, let ttl):
      stage == 1 || !waits.isLadder
        ? "every authoritative address serves TTL \(ttl)"
        : "its own moment has come (the cutover less TTL \(times.stages[stage - 1].before), lag, "
          + "rounds and margin); then every authoritative address serves TTL \(ttl)"
    case .ownHostname: "the router shows \(plan.hostname.host) as owned"
    case .obtainCertificate: "the router holds a certificate for \(plan.hostname.host)"
    case .bindHostname: "the router shows \(plan.hostname.host) as bound"
    case .proveEndpoint:
      "a valid chain for \(plan.hostname.host) by SNI at each address of the new endpoint, and parity "
        + "with the old one"
    case .renewCertificate:
      "\(compiled.renewal?.lead ?? .zero) are left of the served certificate; then one with a later end "
        + "is seen at each address of the new endpoint"
    case .approve(let gate): consent(gate)
    case .cutOver: cutOver
    case .verify:
      "\(plan.resolvers.required.map(\.name).joined(separator: ", ")) give the new target"
    case .soak(let number):
      (plan.soak.gates.count == 1 ? "gate " : "gates ")
        + plan.soak.gates.map { safeText($0.name) }.joined(separator: ", ") + " passed for "
        + "\(number - 1 < waits.soaks.count ? waits.soaks[number - 1] : .zero)"
    case .lockOrigin: quiet
    case .retireOldEndpoint:
      "\(quiet); and \(compiled.rollback.window) after the cutover, as promised"
    case .raiseTTL(let ttl): "the soak passed; then every authoritative address serves TTL \(ttl)"
    case .report: "the record of the move is whole"
    }
  }

  private var cutOver: String {
    var parts: [String] = []
    if let longest = times.stages.max(by: { $0.beforeExpired < $1.beforeExpired }) {
      parts.append(
        "TTL \(longest.before) gone by \(gone), then \(longest.before) s and a margin of "
          + "\(waits.margin)")
    } else {
      parts.append("the declared TTL of \(waits.declaredTTL) s and a margin of \(waits.margin)")
    }
    if let wait = plan.ttl.wait { parts.append("a wait of \(wait) of the plan's own") }
    if let moment = plan.timing.cutOverAt { parts.append("the wanted moment \(moment)") }
    if let window = plan.changeWindow { parts.append("an open change window (\(window.timeZone))") }
    parts.append("the new endpoint proven again within \(waits.freshness)")
    return parts.joined(separator: "; ")
  }

  private var quiet: String {
    let figures =
      switch plan.oldEndpoint.traffic {
      case .attested: "a person attests that no direct client is left"
      case .program(_, let below), .query(_, let below):
        "direct requests an hour are at most \(below)"
      }
    return "the old target gone by \(gone), then \(waits.lowTTL) s, margin and a tail of "
      + "\(waits.minimumTail); \(figures)"
  }

  private func consent(_ gate: Gate) -> String {
    let need = compiled.requirement(for: gate)
    guard need.count > 0 else { return "no one needs to say yes" }
    let who =
      need.approvers.isEmpty
      ? (need.count == 1 ? "a person" : "\(need.count) different people")
      : "\(need.count) of " + need.approvers.map { safeText($0) }.joined(separator: ", ")
    return "\(who) said yes to this plan and its evidence within \(need.validity)"
  }

  // MARK: What is done, and by whom

  /// One line each; empty for steps that only look.
  public func actions(of kind: StepKind) -> [String] {
    switch kind {
    case .lowerTTL, .cutOver, .raiseTTL: return recordLines(kind)
    case .ownHostname: return own
    case .obtainCertificate: return [certificate]
    case .renewCertificate:
      return compiled.renewal?.isByHand == true
        ? ["by hand, or by the router itself: \(safeText(plan.certificate.renewal))"]
        : [certificate, "\(router): put it to use"]
    case .bindHostname:
      return ["\(router): bind \(plan.hostname.host) to the endpoint and its route"]
    case .lockOrigin:
      switch plan.oldEndpoint.lock.means {
      case .none: return []
      case .manual(let instructions): return ["by hand: \(safeText(instructions))"]
      case .program(let lock, _): return ["runs: \(safeText(lock.joined(separator: " ")))"]
      }
    case .retireOldEndpoint: return ["by hand: switch off \(plan.from.target.host)"]
    default: return []
    }
  }

  /// The exact change of the record; nil for steps that leave it alone.
  public func recordChange(of kind: StepKind) -> (before: RecordPlan, after: RecordPlan)? {
    let low = waits.lowTTL
    switch kind {
    case .lowerTTL(let stage, let ttl):
      return (
        RecordPlan(target: plan.from.target, ttl: times.stages[stage - 1].before),
        RecordPlan(target: plan.from.target, ttl: ttl)
      )
    case .cutOver:
      return (
        RecordPlan(target: plan.from.target, ttl: low), RecordPlan(target: plan.to, ttl: low)
      )
    case .raiseTTL(let ttl):
      return (RecordPlan(target: plan.to, ttl: low), RecordPlan(target: plan.to, ttl: ttl))
    default: return nil
    }
  }

  /// The line that goes, and the line that comes.
  private func recordLines(_ kind: StepKind) -> [String] {
    guard let change = recordChange(of: kind) else { return [] }
    return [
      "\(writer):", "  - \(record(change.before.target, change.before.ttl))",
      "  + \(record(change.after.target, change.after.ttl))",
    ]
  }

  public func record(_ target: DomainName, _ ttl: TTL) -> String {
    "\(plan.hostname) \(ttl) IN CNAME \(target)"
  }

  private var writer: String {
    switch plan.zone.provider.kind {
    case .manual(let instructions):
      "by hand" + (instructions.isEmpty ? "" : " (\(safeText(instructions)))")
    case .dynamicUpdate(let server, _): "dynamic update to \(server)"
    case .zoneFile(let path, _): "zone file \(safeText(path))"
    case .program(let command, _): "runs \(safeText(command.first ?? ""))"
    }
  }

  private var router: String {
    switch plan.router.kind {
    case .manual(let instructions):
      "by hand" + (instructions.isEmpty ? "" : " (\(safeText(instructions)))")
    case .haproxy(let proxy): "HAProxy \(safeText(proxy.socket))"
    case .azureFrontDoor(let door):
      "Front Door \(safeText(door.profile))/\(safeText(door.endpoint))"
    }
  }

  private var own: [String] {
    guard case .azureFrontDoor(let door) = plan.router.kind else {
      return ["\(router): add \(plan.hostname.host)"]
    }
    let token = door.validationToken.map { safeText($0) } ?? "<token, asked for at the run>"
    return [
      "\(router): add \(plan.hostname.host)", "\(writer):",
      "  + _dnsauth.\(plan.hostname) 300 IN TXT \"\(token)\"",
    ]
  }

  private var certificate: String {
    let authority = plan.certificate.authority.map { " from \(safeText($0))" } ?? ""
    switch plan.certificate.issuer {
    case .router: return "\(router): obtain the managed certificate\(authority)"
    case .acme(let acme):
      return "order by ACME (\(acme.challenge.rawValue)) at \(safeText(acme.directory))"
    case .files(let chain, _): return "install \(safeText(chain))"
    case .localAuthority(let certificate, _): return "issue under \(safeText(certificate))"
    }
  }
}
