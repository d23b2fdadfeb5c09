import DNSModel
import Notation

extension Refusals {
  /// The panel and the soak: evidence that can say no.
  static func evidence(_ plan: Plan) -> [Refusal] {
    var found: [Refusal] = []
    let panel = plan.resolvers
    if panel.required.isEmpty {
      found.append(
        Refusal(
          "resolvers.none-required", at: "resolvers.required",
          "no resolver is required: verification would pass without having asked anyone (R21)",
          remedy: "require at least one; others may be tolerated"))
    }
    let all =
      panel.required.enumerated().map { ("required[\($0)]", $1) }
      + panel.tolerated.enumerated().map { ("tolerated[\($0)]", $1) }
    for (index, (path, resolver)) in all.enumerated()
    where all[..<index].contains(where: {
      $0.1.name == resolver.name || $0.1.endpoint == resolver.endpoint
    }) {
      found.append(
        Refusal(
          "resolvers.duplicate", at: "resolvers.\(path)",
          "the resolver \"\(safeText(resolver.name))\" (\(resolver.endpoint)) is listed twice"))
    }
    found += gates(plan)
    let drain = plan.ttl.floor.span + plan.timing.lag + plan.timing.margin
    if plan.soak.afterCutover < drain {
      found.append(
        Refusal(
          "soak.too-short", at: "soak.after-cutover", with: ["ttl", "timing"],
          "a soak of \(plan.soak.afterCutover) ends before all clients have arrived (\(drain)): it "
            + "would watch the old endpoint",
          remedy: "let it span at least a daily peak: 24h"))
    }
    return found
  }

  private static func gates(_ plan: Plan) -> [Refusal] {
    var found: [Refusal] = []
    for (index, gate) in plan.soak.gates.enumerated() {
      let path = "soak.gates[\(index)]"
      if gate.onInconclusive == .pass {
        found.append(
          Refusal(
            "soak.no-data-passes", at: "\(path).on-inconclusive",
            "no data is not a pass: a gate \"\(safeText(gate.name))\" with a misspelt query would "
              + "let everything through (R21)",
            remedy: "write hold or roll-back"))
      }
      if plan.soak.gates[..<index].contains(where: { $0.name == gate.name }) {
        found.append(
          Refusal(
            "soak.duplicate-gate", at: "\(path).name",
            "two gates are called \"\(safeText(gate.name))\""))
      }
    }
    if plan.soak.gates.allSatisfy({ $0.onFailure == .pass }) {
      found.append(
        Refusal(
          "soak.no-gate", at: "soak.gates",
          plan.soak.gates.isEmpty
            ? "the soak has no gate: only time would pass"
            : "no gate's failure would stop anything",
          remedy: "our own probes are one: {name: probes, probes: /path}"))
    }
    return found
  }
}
