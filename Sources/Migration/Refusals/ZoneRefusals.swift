import DNSModel

extension Refusals {
  /// How the record is written, and what a write would do to names beside it.
  static func zone(_ plan: Plan) -> [Refusal] {
    var found: [Refusal] = []
    let provider = plan.zone.provider
    if provider.hasFence, plan.zone.isWildcardOnly {
      found.append(
        Refusal(
          "fence.wildcard-only", at: "zone.provider.fence", with: ["zone.wildcard-only"],
          "\(plan.hostname.host) exists only through a wildcard: _fence.\(plan.hostname.host) would "
            + "make it an empty name, and the wildcard would stop answering for it (R18)",
          remedy: "first give the name a record of its own, or leave the fence out"))
    }
    if provider.hasFence {
      switch provider.kind {
      case .manual, .zoneFile:
        found.append(
          Refusal(
            "fence.unsupported", at: "zone.provider.fence", with: ["zone.provider.kind"],
            "a \(provider.kind.name) provider cannot require and replace a record in one atomic write",
            remedy: "leave the fence out; the provider's longest write is waited out in its place"))
      default: break
      }
    }
    if plan.zone.isWildcardOnly, let label = validationLabel(plan) {
      found.append(
        Refusal(
          "certificate.validation-hides-wildcard", at: "certificate",
          with: ["zone.wildcard-only", "router.kind"],
          "the record \(label).\(plan.hostname.host) would make \(plan.hostname.host) an empty name, "
            + "which hides the wildcard that answers for it now (R18)",
          remedy: "first give the name a record of its own"))
    }
    if case .dynamicUpdate(let server, let key) = provider.kind, key == nil, !server.isLoopback {
      found.append(
        Refusal(
          "provider.unsigned", at: "zone.provider", with: ["zone.provider.server"],
          "updates to \(server) would be sent without a TSIG key: anyone could send them",
          remedy: "give \"key\" as file:PATH"))
    }
    if let least = provider.minimumTTL, plan.ttl.floor < least {
      found.append(
        Refusal(
          "ttl.below-provider-floor", at: floorPath(plan.ttl), with: ["zone.provider.minimum-ttl"],
          "the provider publishes no TTL below \(least), and the plan wants \(plan.ttl.floor): what is "
            + "served would not be what was planned (R3)",
          remedy: "end at \(least) or above"))
    }
    for (index, server) in plan.zone.authoritatives.enumerated()
    where plan.zone.authoritatives[..<index].contains(where: { $0.address == server.address }) {
      found.append(
        Refusal(
          "authoritatives.duplicate", at: "zone.authoritatives[\(index)].address",
          "\(server.address) is listed twice: one server would be counted as two"))
    }
    return found
  }

  /// The child name that proving ownership adds, if the plan's way of proving adds one.
  static func validationLabel(_ plan: Plan) -> String? {
    if case .acme(let acme) = plan.certificate.issuer, acme.challenge == .dns01 {
      return "_acme-challenge"
    }
    if case .azureFrontDoor = plan.router.kind { return "_dnsauth" }
    return nil
  }

  static func floorPath(_ ttl: TTLPlan) -> String {
    switch ttl.strategy {
    case .direct: "ttl.direct"
    case .stages(let stages): "ttl.stages[\(max(0, stages.count - 1))]"
    case .ladder: "ttl.ladder.floor"
    }
  }
}
