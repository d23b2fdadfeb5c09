import Migration
import Notation

/// What the chain may promise, from its parts' targets; in a drill beside what was measured.
enum ObjectiveQuestion: TargetQuestion {
  static func answers(in plan: Plan) -> [DrillAnswer] { [answer(plan.router, measured: nil)] }

  static func answer(
    _ router: RouterPlan, measured: (served: Int, sent: Int)?
  ) -> DrillAnswer {
    let question = "what may the chain promise, from its parts' targets?"
    let objective = ChainObjective(router)
    let share = measured.flatMap { Availability(served: $0.served, of: $0.sent) }
    let seen = measured.flatMap { measured in
      share.map { "; the drill measured \($0), \(measured.served) of \(measured.sent) served" }
    }
    guard let chain = objective.chain else {
      return DrillAnswer(
        "drill.objective", question, .inconclusive,
        "the plan does not say the target of \(safeText(objective.missing.joined(separator: ", ")))"
          + (seen ?? ""),
        wayOut: "write objective, in percent, at the router and at each region")
    }
    let text =
      "at most \(chain), \(chain.missedInThirtyDays) of failure in thirty days ("
      + "\(safeText(objective.parts.joined(separator: ", ")))); parts that fail together make it less"
    return DrillAnswer(
      "drill.objective", question, share.map { $0 < chain } ?? false ? .ill : .well,
      text + (seen ?? ""))
  }
}
