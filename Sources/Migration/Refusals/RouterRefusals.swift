import DNSModel

extension Refusals {
  /// What stands behind the new name, and whether it can carry the load.
  static func router(_ plan: Plan) -> [Refusal] {
    let regions = plan.router.regions
    guard !regions.isEmpty else {
      return [
        Refusal(
          "router.no-region", at: "router.regions",
          "the router has no region: nothing would answer behind the new name",
          remedy: "list at least one, with its origin and share")
      ]
    }
    var found: [Refusal] = []
    for (index, region) in regions.enumerated() {
      let path = "router.regions[\(index)]"
      if regions[..<index].contains(where: { $0.name.lowercased() == region.name.lowercased() }) {
        found.append(
          Refusal(
            "router.duplicate-region", at: "\(path).name",
            "two regions are called \"\(region.name)\""))
      }
      if !region.healthPath.hasPrefix("/") {
        found.append(
          Refusal(
            "router.health-path", at: "\(path).health-path",
            "\"\(region.healthPath)\" is no path", remedy: "begin it with /"))
      }
      if case .host(let origin) = region.origin, origin == plan.hostname || origin == plan.to {
        found.append(
          Refusal(
            "router.origin-loop", at: "\(path).origin", with: ["hostname", "to.cname"],
            "the origin \(origin.host) is the router's own name: after the move it would send requests "
              + "to itself",
            remedy: "give the origin's own name or address"))
      }
    }
    let sum = regions.map(\.share).reduce(0, +)
    if sum != 100 {
      found.append(
        Refusal(
          "router.shares", at: "router.regions",
          "the regions' shares add up to \(sum) %, not to 100 %"))
    }
    if plan.router.regionLoss == .mustSurvive, let loss = RegionLoss(plan.router), !loss.isSurvived
    {
      found.append(
        Refusal(
          "router.region-loss", at: "router.region-loss", with: ["router.regions"],
          loss.text,
          remedy:
            "raise the capacity of the other regions, add one, or set region-loss to warn and "
            + "sign the risk"))
    }
    return found
  }
}

/// What is left to carry all requests when the region with the largest share fails.
public struct RegionLoss: Hashable, Sendable {
  public let lost: RegionPlan
  public let others: [RegionPlan]
  /// In percent of all requests; nil where some region's capacity is not declared.
  public let remaining: Int?

  /// Nil without regions.
  public init?(_ router: RouterPlan) {
    var largest: Int?
    for (index, region) in router.regions.enumerated()
    where largest.map({ router.regions[$0].share < region.share }) ?? true {
      largest = index
    }
    guard let largest else { return nil }
    lost = router.regions[largest]
    others = router.regions.indices.filter { $0 != largest }.map { router.regions[$0] }
    var sum: Int? = 0
    for region in others { sum = region.capacity.flatMap { capacity in sum.map { $0 + capacity } } }
    remaining = sum
  }

  public var isSurvived: Bool { remaining.map { $0 >= 100 } ?? false }

  public var text: String {
    guard !others.isEmpty else {
      return "\(lost.name) is the only region: when it fails, nothing is left"
    }
    let names = others.map(\.name).joined(separator: ", ")
    guard let remaining else {
      return
        "when \(lost.name) (\(lost.share) %) fails, \(names) must carry 100 %, and the plan does "
        + "not say how much they can"
    }
    return "when \(lost.name) (\(lost.share) %) fails, \(names) must carry 100 % and can carry "
      + "\(remaining) %"
  }
}
