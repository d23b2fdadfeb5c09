import DNSModel
import Migration
import Notation

extension PlanReader {
  /// `old` decides the default of the final TTL: an hour, but never above what the name had.
  func ttl(_ section: PlanSection, from old: TTL) -> TTLPlan {
    let named = ["direct", "stages", "ladder"].filter { section.has($0) }
    if named.count > 1 {
      section.bad(
        "ttl.several-strategies", named[1],
        "there is one way down: \(named.joined(separator: " and ")) stand here together")
      log.distrust(section.path)
    }
    var strategy = TTLPlan().strategy
    if let ladder = section.optionalSection("ladder") {
      strategy = .ladder(
        stages: ladder.integer("stages", 1...TTLPlan.stageLimit) ?? 3,
        floor: ladder.ttl("floor") ?? TTLPlan.usualFloor)
      ladder.finish()
    }
    if let stages = section.has("stages") ? section.ttls("stages") : nil {
      strategy = .stages(stages)
    }
    if section.has("stages"), case .sequence(let items) = section.node("stages")?.content,
      items.isEmpty
    {
      section.bad("value.missing", "stages", "\"ttl.stages\" lists no TTL")
    }
    if let direct = section.ttl("direct") { strategy = .direct(direct) }
    section.know(["direct", "stages", "ladder"])
    var plan = TTLPlan(strategy: strategy)
    plan.final =
      section.ttl("final") ?? max(min(TTL(clamping: 3600), old), plan.floor)
    plan.raise = section.choice("raise", TTLPlan.Raise.self) ?? .afterSoak
    plan.wait = section.span("wait")
    section.finish()
    return plan
  }

  func resolvers(_ section: PlanSection) -> ResolverPanelPlan {
    let panel = ResolverPanelPlan(
      required: section.has("required")
        ? section.sections("required").map(resolver) : ResolverPanelPlan.usual,
      tolerated: section.sections("tolerated").map(resolver))
    section.know(["required"])
    section.finish()
    return panel
  }

  private func resolver(_ section: PlanSection) -> ResolverPlan {
    let name = requiredText(section, "name", "what it is called in reports")
    var endpoint: ResolverEndpoint?
    if section.has("address") {
      if let text = section.text("address") {
        endpoint = ResolverEndpoint(parsing: text)
        if endpoint == nil {
          section.bad(
            "value.address", "address", "\"\(safeText(text))\" is no way to ask a resolver",
            remedy: "write 9.9.9.9, [2620:fe::fe]:53, tls://9.9.9.9#dns.quad9.net or "
              + "https://dns.quad9.net/dns-query")
        }
      }
    } else {
      section.missing("address", "how it is asked")
    }
    section.finish()
    return ResolverPlan(name: name, endpoint: endpoint ?? .plain(Self.noAddress))
  }

  func soak(_ section: PlanSection) -> SoakPlan {
    let usual = SoakPlan()
    let soak = SoakPlan(
      afterCutover: section.span("after-cutover") ?? usual.afterCutover,
      afterLock: section.span("after-lock") ?? usual.afterLock,
      gates: section.has("gates") ? section.sections("gates").map(gate) : usual.gates)
    section.know(["gates"])
    section.finish()
    return soak
  }

  private func gate(_ section: PlanSection) -> SoakGate {
    let name = requiredText(section, "name", "what the gate is called")
    var gate = SoakGate(name: name, source: gateSource(section))
    gate.onFailure = section.choice("on-failure", SoakGate.Policy.self) ?? .hold
    gate.onInconclusive = section.choice("on-inconclusive", SoakGate.Policy.self) ?? .hold
    if section.has("probes") {
      gate.successPerMille = perMille(section, "success").map { Int(clamping: $0) } ?? 999
      gate.latencyPercent = section.integer("latency", 100...10_000) ?? 150
    }
    section.finish()
    return gate
  }

  private func gateSource(_ section: PlanSection) -> SoakGate.Source {
    let named = ["probes", "exec", "query"].filter { section.has($0) }
    section.know(["probes", "exec", "query"])
    guard named.count == 1 else {
      log.note(
        "soak.gate-source", section.place, section.path,
        named.isEmpty
          ? "the gate has no source of evidence, and no data is not a pass"
          : "a gate has one source: \(named.joined(separator: " and ")) stand here together",
        remedy: "give it one of probes: /path, exec: [program], query: URL")
      return .probes(path: "/")
    }
    switch named[0] {
    case "exec": return .program(command: section.command("exec") ?? [])
    case "query":
      let url = section.url("query") ?? ""
      let limits = ["below", "above"].filter { section.has($0) }
      guard limits.count == 1 else {
        section.missing("below", "what the number is held against: \"below\" or \"above\"")
        section.know(["above"])
        return .query(url: url, threshold: SoakGate.Threshold(isUpper: true, perMille: 0))
      }
      let limit = perMille(section, limits[0]) ?? 0
      return .query(
        url: url, threshold: SoakGate.Threshold(isUpper: limits[0] == "below", perMille: limit))
    default:
      let path = section.text("probes") ?? "/"
      if !path.hasPrefix("/") {
        section.bad(
          "value.path", "probes", "\"\(safeText(path))\" is no path", remedy: "begin it with /")
      }
      return .probes(path: path)
    }
  }

  /// `99.9` percent, or any number with up to three decimals, in thousandths; for `success` a share.
  private func perMille(_ section: PlanSection, _ key: String) -> Int64? {
    guard let (text, _) = section.scalar(key, "a number") else { return nil }
    let isShare = key == "success"
    let digits = isShare && text.hasSuffix("%") ? text.dropLast() : text[...]
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    let decimals = parts.count == 2 ? String(parts[1]) : ""
    if (1...2).contains(parts.count), YAMLNode.isNumber(String(parts[0])), decimals.utf8.count <= 3,
      decimals.isEmpty == (parts.count == 1), decimals.isEmpty || YAMLNode.isNumber(decimals),
      let whole = Int64(parts[0]), whole.magnitude < 1_000_000_000_000,
      let rest = Int64(decimals + String(repeating: "0", count: 3 - decimals.utf8.count))
    {
      let value = whole * 1000 + (text.hasPrefix("-") ? -rest : rest)
      guard isShare else { return value }
      if (0...100_000).contains(value) { return value / 100 }
    }
    section.bad(
      "value.range", key,
      "\"\(safeText(text, limit: 30))\" is no "
        + (isShare ? "share" : "number with up to three decimals"),
      remedy: isShare ? "write percent, such as 99.9" : "")
    return nil
  }
}
