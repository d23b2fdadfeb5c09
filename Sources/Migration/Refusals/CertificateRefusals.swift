import DNSModel
import Notation

extension Refusals {
  /// The new certificate must be obtainable before any traffic, the old one must last.
  static func certificate(_ plan: Plan) -> [Refusal] {
    var found: [Refusal] = []
    let certificate = plan.certificate
    if case .acme(let acme) = certificate.issuer, acme.challenge == .http01,
      !acme.oldEndpointForwardsChallenges
    {
      found.append(
        Refusal(
          "certificate.http01-before-move", at: "certificate.challenge",
          with: ["certificate.issuer"],
          "HTTP-01 asks the address the name has today, the old endpoint: it cannot answer for the "
            + "new one before the move (R9)",
          remedy: "use dns-01, or let the old endpoint pass challenges on and say so with "
            + "\"old-endpoint-forwards-challenges: yes\""))
    }
    if certificate.issuer == .router {
      switch plan.router.kind {
      case .azureFrontDoor, .manual: break
      case .haproxy:
        found.append(
          Refusal(
            "certificate.router-cannot-issue", at: "certificate.issuer", with: ["router.kind"],
            "HAProxy obtains no certificates by itself",
            remedy: "choose acme, files or local-authority"))
      }
    }
    if let issuers = plan.zone.caaIssuers, let authority = certificate.authority,
      !issuers.contains(where: { $0.lowercased() == authority.lowercased() })
    {
      let allowed = issuers.isEmpty ? "nobody" : issuers.joined(separator: ", ")
      found.append(
        Refusal(
          "certificate.caa-forbids", at: "zone.caa", with: ["certificate.authority"],
          "CAA allows \(safeText(allowed)) to issue, and the new certificate comes from "
            + "\(safeText(authority)): it would be refused (R11)",
          remedy:
            "add  \(plan.zone.origin.host). CAA 0 issue \"\(safeText(authority))\"  and list it here"
        ))
    }
    found += frontDoor(plan)
    let old = plan.oldEndpoint.certificate
    if plan.oldEndpoint.becomesOrigin, old.renewal != .independent, old.replacement == nil {
      found.append(
        Refusal(
          "certificate.origin-renewal-stops", at: "old-endpoint.certificate.renewal",
          with: ["old-endpoint.becomes-origin", "old-endpoint.certificate.replacement"],
          "the old endpoint stays as an origin, and its certificate "
            + (old.renewal == .none
              ? "is renewed by nobody" : "stops renewing once the name no longer points at it")
            + ": weeks after the move the router would meet an expired certificate (R10)",
          remedy: "arrange a certificate that renews behind the router, and say how under "
            + "\"replacement\""))
    }
    if old.renewal != .independent, old.ends == nil {
      found.append(
        Refusal(
          "certificate.old-decays", at: "old-endpoint.certificate.renewal",
          with: ["old-endpoint.certificate.ends"],
          "the old certificate will not be renewed after the move, and the plan does not say when it "
            + "ends: until when the move can be undone cannot be known (R10)",
          remedy: "give its notAfter under \"ends\""))
    }
    return found
  }

  /// Front Door's managed certificates come from DigiCert, whether or not a plan says so.
  private static func frontDoor(_ plan: Plan) -> [Refusal] {
    guard case .azureFrontDoor = plan.router.kind, plan.certificate.issuer == .router,
      plan.certificate.authority == nil, let issuers = plan.zone.caaIssuers,
      !issuers.contains(where: { $0.lowercased() == FrontDoorPlan.authority })
    else { return [] }
    return [
      Refusal(
        "router.front-door-caa", at: "zone.caa", with: ["router.kind", "certificate.issuer"],
        "Front Door obtains its managed certificate from \(FrontDoorPlan.authority), and CAA does not "
          + "allow that CA: the certificate would never come (R11)",
        remedy:
          "add  \(plan.zone.origin.host). CAA 0 issue \"\(FrontDoorPlan.authority)\"  and list it here"
      )
    ]
  }
}
