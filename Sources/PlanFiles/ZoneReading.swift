import DNSModel
import Migration
import Notation

extension PlanReader {
  func zone() -> ZonePlan {
    guard root.has("zone") else {
      root.missing("zone", "where the record is written: {origin: NAME, provider: …}")
      return ZonePlan(
        origin: Self.noName, provider: ProviderPlan(kind: .manual(instructions: "")))
    }
    let section = root.section("zone")
    let zone = ZonePlan(
      origin: requiredName(section, "origin", "the zone that holds the name"),
      provider: provider(section),
      authoritatives: section.sections("authoritatives").map(server),
      isWildcardOnly: section.flag("wildcard-only") ?? false,
      caaIssuers: section.texts("caa"))
    section.finish()
    return zone
  }

  private func server(_ section: PlanSection) -> NamedServer {
    let name = requiredName(section, "name", "the server's name in the NS records")
    if !section.has("address") { section.missing("address", "its IP address") }
    let address = section.address("address", defaultPort: 53)
    section.finish()
    return NamedServer(name: name, address: address ?? Self.noAddress)
  }

  static var noAddress: NetworkAddress {
    NetworkAddress(bytes: [0, 0, 0, 0], port: 1)
  }

  private func provider(_ zone: PlanSection) -> ProviderPlan {
    guard zone.has("provider") else {
      zone.missing("provider", "how the zone is written: {kind: manual}, {kind: dynamic-update, …}")
      return ProviderPlan(kind: .manual(instructions: ""))
    }
    let section = zone.section("provider")
    if !section.has("kind") {
      section.missing("kind", "one of \(ProviderPlan.Kind.names.joined(separator: ", "))")
    }
    let name = section.choice("kind", ProviderPlan.Kind.names)
    let kind = providerKind(name ?? "manual", section)
    let provider = ProviderPlan(
      kind: kind, hasFence: section.flag("fence") ?? false,
      minimumTTL: section.ttl("minimum-ttl"),
      longestWrite: section.span("longest-write") ?? (name == "manual" ? .days(1) : .minutes(5)))
    if name == nil { section.know(["server", "key", "path", "reload", "command", "secrets"]) }
    section.finish()
    return provider
  }

  private func providerKind(_ name: String, _ section: PlanSection) -> ProviderPlan.Kind {
    switch name {
    case "dynamic-update":
      if !section.has("server") { section.missing("server", "the primary that takes updates") }
      let server = section.address("server", defaultPort: 53)
      return .dynamicUpdate(server: server ?? Self.noAddress, key: section.secret("key"))
    case "zone-file":
      return .zoneFile(
        path: requiredText(section, "path", "the zone file that is rewritten"),
        reload: section.has("reload") ? section.command("reload") ?? [] : [])
    case "exec":
      if !section.has("command") { section.missing("command", "the program and its arguments") }
      return .program(command: section.command("command") ?? [], secrets: secrets(section))
    default: return .manual(instructions: section.text("instructions") ?? "")
    }
  }

  private func secrets(_ section: PlanSection) -> [SecretReference] {
    var sources: [SecretReference] = []
    for (index, text) in (section.texts("secrets") ?? []).enumerated() {
      if let source = try? SecretReference(parsing: text) {
        sources.append(source)
      } else {
        let path = "\(section.full("secrets"))[\(index)]"
        log.note(
          "value.secret", section.place, path,
          "item \(index + 1) of \"\(section.full("secrets"))\" is no reference to a secret",
          remedy: "write file:PATH, credential:NAME or env:NAME")
      }
    }
    return sources
  }
}
