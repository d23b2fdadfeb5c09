import Migration

/// The largest region is lost: what is left, and what share of all requests is lost.
enum CapacityQuestion: TargetQuestion {
  static func answers(in plan: Plan) -> [DrillAnswer] { [answer(plan.router)] }

  static func answer(_ router: RouterPlan) -> DrillAnswer {
    let question = "if the largest region fails, can the rest carry it?"
    guard let loss = RegionLoss(router) else {
      return DrillAnswer("drill.capacity", question, .inconclusive, "the plan names no region")
    }
    guard let remaining = loss.remaining else {
      return DrillAnswer("drill.capacity", question, .inconclusive, loss.text)
    }
    let lost = remaining >= 100 ? "" : "; \(100 - remaining) % of all requests would be lost"
    return DrillAnswer(
      "drill.capacity", question, loss.isSurvived ? .well : .ill, loss.text + lost)
  }
}
