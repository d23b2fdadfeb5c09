import Migration

/// One question about the target that a plan answers without any traffic. Pure: plan in, answers out.
protocol TargetQuestion {
  static func answers(in plan: Plan) -> [DrillAnswer]
}

/// Every question, one line each: add yours here.
public enum TargetQuestions {
  static var all: [any TargetQuestion.Type] {
    [CapacityQuestion.self, ObjectiveQuestion.self, ChoiceQuestion.self, FrontDoorQuestion.self]
  }

  public static func answers(in plan: Plan) -> [DrillAnswer] {
    all.flatMap { $0.answers(in: plan) }
  }

  /// As an audit prints them: what is well or open is a note, what is ill hurts somebody some day.
  public static func findings(in plan: Plan) -> [Finding] {
    answers(in: plan).map { answer in
      let isOpen = answer.verdict == .inconclusive
      return Finding(
        "target." + answer.id.dropFirst("drill.".count), answer.verdict == .ill ? .warning : .note,
        "router", (isOpen ? "open: " : "") + "\(answer.question) \(answer.answer)",
        wayOut: answer.wayOut)
    }.ordered
  }
}
