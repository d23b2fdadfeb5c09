import DNSModel
import Notation

extension Refusals {
  /// The way down, the wait, and the way up again.
  static func ttl(_ plan: Plan) -> [Refusal] {
    var found = waits(plan)
    let old = plan.from.ttl
    let path = floorPath(plan.ttl)
    if plan.ttl.floor == .zero {
      found.append(
        Refusal(
          "ttl.zero", at: path,
          "a TTL of 0 forbids caching: every client's question would reach the authoritatives, and "
            + "some resolvers treat 0 in ways of their own",
          remedy: "end at 60, as browsers keep answers that long anyway"))
    } else if plan.ttl.floor > old, old > .zero {
      found.append(
        Refusal(
          "ttl.floor-above-old", at: path, with: ["from.ttl"],
          "the lowest TTL, \(plan.ttl.floor), is above the \(old) the record has: that is a raise"))
    }
    if case .stages(let stages) = plan.ttl.strategy {
      var before = old
      for (index, stage) in stages.enumerated() {
        if stage >= before, !(index == stages.count - 1 && plan.ttl.floor > old) {
          found.append(
            Refusal(
              "ttl.stages-not-falling", at: "ttl.stages[\(index)]", with: ["from.ttl"],
              "stage \(index + 1) is \(stage), and \(index == 0 ? "the record has" : "before it stands") "
                + "\(before): each stage is lower than the one before",
              remedy: "order them from high to low, below \(old)"))
        }
        before = stage
      }
      if stages.count > TTLPlan.stageLimit {
        found.append(
          Refusal(
            "ttl.too-many-stages", at: "ttl.stages",
            "\(stages.count) stages; \(TTLPlan.stageLimit) is the limit, and more than four hardly "
              + "lower the load"))
      }
    }
    if plan.ttl.final < plan.ttl.floor {
      found.append(
        Refusal(
          "ttl.final-below-floor", at: "ttl.final", with: [path],
          "the final TTL, \(plan.ttl.final), is below the \(plan.ttl.floor) of the move itself"))
    }
    return found
  }

  private static func waits(_ plan: Plan) -> [Refusal] {
    var found: [Refusal] = []
    let needed = plan.from.ttl.span + plan.timing.lag + plan.timing.margin
    if let wait = plan.ttl.wait, wait < needed {
      found.append(
        Refusal(
          "ttl.wait-too-short", at: "ttl.wait", with: ["from.ttl", "timing"],
          "a wait of \(wait) is too short for a TTL of \(plan.from.ttl) (\(plan.from.ttl.span)): a "
            + "cache that was filled just before the change keeps the old answer for all of it (R1)",
          remedy: "leave \"wait\" out, or make it at least \(needed)"))
    }
    if plan.ttl.raise == .afterCutover {
      found.append(
        Refusal(
          "ttl.raise-before-soak", at: "ttl.raise",
          "raised right after the cutover, a TTL of \(plan.ttl.final) would be how long undoing takes "
            + "to bite, while undoing may still be needed (R14)",
          remedy: "write after-soak"))
    }
    if plan.timing.lag < plan.timing.propagation, plan.timing.lag == .zero {
      found.append(
        Refusal(
          "timing.lag-zero", at: "timing.lag", with: ["timing.propagation"],
          "a lag of zero says that secondaries follow at once, and propagation says "
            + "\(plan.timing.propagation)",
          remedy: "give the longest time a secondary may lag behind"))
    }
    if let budget = plan.rollback.budget {
      let needed = plan.ttl.floor.span + plan.timing.lag
      if budget < needed {
        found.append(
          Refusal(
            "rollback.too-slow", at: "rollback.budget", with: ["ttl", "timing.lag"],
            "undoing takes \(needed) to bite (TTL \(plan.ttl.floor) and a lag of \(plan.timing.lag)), "
              + "and the plan allows \(budget)",
            remedy: "end at a lower TTL, or allow more"))
      }
    }
    return found
  }
}
