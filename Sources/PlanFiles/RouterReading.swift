import DNSModel
import Migration
import Notation

extension PlanReader {
  func router(_ section: PlanSection) -> RouterPlan {
    let name = section.choice("kind", RouterPlan.Kind.names)
    let router = RouterPlan(
      kind: routerKind(name ?? "manual", section), addresses: addresses(section),
      regions: section.sections("regions").map(region),
      regionLoss: section.choice("region-loss", RouterPlan.RegionLoss.self) ?? .warn,
      choices: section.sections("choices").map(choice), objective: availability(section))
    section.finish()
    return router
  }

  func addresses(_ section: PlanSection) -> [NetworkAddress] {
    var addresses: [NetworkAddress] = []
    for (index, text) in (section.texts("addresses") ?? []).enumerated() {
      if let address = NetworkAddress(parsing: text, defaultPort: 443) {
        addresses.append(address)
      } else {
        let path = "\(section.full("addresses"))[\(index)]"
        log.note(
          "value.address", section.place, path, "\"\(safeText(text))\" is no IP address",
          remedy: "write 192.0.2.1, 192.0.2.1:8443 or [2001:db8::1]:443")
      }
    }
    return addresses
  }

  private func routerKind(_ name: String, _ section: PlanSection) -> RouterPlan.Kind {
    switch name {
    case "haproxy":
      return .haproxy(
        HAProxyPlan(
          socket: requiredText(section, "socket", "the path of HAProxy's runtime socket"),
          backend: requiredText(section, "backend", "the backend that holds the regions"),
          certificateList: requiredText(
            section, "certificate-list", "the crt-list new certificates are added to")))
    case "azure-front-door":
      return .azureFrontDoor(
        FrontDoorPlan(
          subscription: requiredText(section, "subscription", "the Azure subscription's id"),
          resourceGroup: requiredText(section, "resource-group", "the profile's resource group"),
          profile: requiredText(section, "profile", "the Front Door profile"),
          endpoint: requiredText(section, "endpoint", "the endpoint within the profile"),
          credential: section.secret("credential"),
          validationToken: section.text("validation-token"),
          tokenIssuedAt: section.instant("token-issued-at")))
    default: return .manual(instructions: section.text("instructions") ?? "")
    }
  }

  private func region(_ section: PlanSection) -> RegionPlan {
    let name = requiredText(section, "name", "what the region is called")
    let origin = self.origin(section)
    if !section.has("share") { section.missing("share", "its share of all requests, in percent") }
    let region = RegionPlan(
      name: name, origin: origin, healthPath: section.text("health-path") ?? "/",
      share: section.integer("share", 0...100) ?? 0,
      capacity: section.integer("capacity", 0...1000),
      zones: section.has("zones") ? section.texts("zones") ?? [] : [],
      objective: availability(section))
    section.know(["zones"])
    section.finish()
    return region
  }

  private func origin(_ section: PlanSection) -> RegionOrigin {
    guard section.has("origin") else {
      section.missing("origin", "where its origin is: a name, or an address with a port")
      return .host(Self.noName)
    }
    guard let text = section.text("origin") else { return .host(Self.noName) }
    if let address = NetworkAddress(parsing: text, defaultPort: 443) { return .address(address) }
    return .host(section.name("origin") ?? Self.noName)
  }

  private func choice(_ section: PlanSection) -> AttestedChoice {
    let choice = AttestedChoice(
      subject: requiredText(section, "subject", "shared-state, singletons, skus, …"),
      choice: requiredText(section, "choice", "what was chosen"),
      reason: requiredText(section, "reason", "why"), objective: availability(section))
    section.finish()
    return choice
  }

  /// A part's own target: `objective: 99.95`, in percent.
  private func availability(_ section: PlanSection) -> Availability? {
    guard section.has("objective") else {
      section.know(["objective"])
      return nil
    }
    guard let (text, _) = section.scalar("objective", "a share in percent") else { return nil }
    let digits = text.hasSuffix("%") ? text.dropLast() : text[...]
    if let availability = Availability(parsing: digits) { return availability }
    section.bad(
      "value.range", "objective", "\"\(safeText(text, limit: 30))\" is no share in percent",
      remedy: "write percent, such as 99.95")
    return nil
  }
}
