import DNSModel

extension Refusals {
  /// What is moved, and whether it can be an alias at all.
  static func names(_ plan: Plan) -> [Refusal] {
    var found: [Refusal] = []
    let (name, zone) = (plan.hostname, plan.zone.origin)
    if name == zone {
      found.append(
        Refusal(
          "name.apex", at: "hostname", with: ["zone.origin"],
          "\(name.host) is the zone's own name: it carries SOA and NS, so it cannot be a CNAME "
            + "(RFC 1034 §3.6.2)",
          remedy: "move a name below it, such as www.\(name.host)"))
    } else if !name.isWithin(zone) {
      found.append(
        Refusal(
          "name.outside-zone", at: "hostname", with: ["zone.origin"],
          "\(name.host) does not lie in the zone \(zone.host)",
          remedy: "name the zone that holds the record"))
    }
    if name.isWildcard {
      found.append(
        Refusal(
          "name.wildcard", at: "hostname",
          "\(name.host) stands for any number of names; one live name is moved at a time"))
    }
    if plan.from.target == plan.to {
      found.append(
        Refusal(
          "move.same-target", at: "to.cname", with: ["from.cname"],
          "old and new target are both \(plan.to.host): there is nothing to move"))
    }
    if plan.to == name {
      found.append(
        Refusal(
          "move.target-is-self", at: "to.cname", with: ["hostname"],
          "the name would point to itself, and resolve nowhere"))
    }
    if plan.from.target == name {
      found.append(
        Refusal(
          "move.source-is-self", at: "from.cname", with: ["hostname"],
          "the name cannot point to itself today"))
    }
    for (path, target) in [("from.cname", plan.from.target), ("to.cname", plan.to)]
    where looksDoubled(target, zone) {
      found.append(
        Refusal(
          "move.doubled-zone", at: path, with: ["zone.origin"],
          "\(target.host) ends with the zone's name twice: a registrar's page has appended it",
          remedy: "write the whole name, once"))
    }
    return found
  }

  /// `x.azurefd.net.contososhoes.com` or `api.example.test.example.test`: the zone once too often.
  private static func looksDoubled(_ target: DomainName, _ zone: DomainName) -> Bool {
    guard !zone.isRoot, target.isBelow(zone),
      let head = target.replacingSuffix(zone, with: .root), !head.isRoot
    else { return false }
    let publicSuffixes: [DomainName] = [
      "azurefd.net", "azurewebsites.net", "trafficmanager.net", "cloudfront.net", "fastly.net",
      "cdn.cloudflare.net",
    ]
    return head.isWithin(zone) || publicSuffixes.contains { head.isBelow($0) }
  }
}
