import Migration
import Notation

/// What nobody can measure, or only a flood would show: attested, and printed with its reason.
enum ChoiceQuestion: TargetQuestion {
  static func answers(in plan: Plan) -> [DrillAnswer] {
    attested(plan.router) + AttestedChoice.guards.map { GuardQuestion.answer($0, plan.router, nil) }
  }

  static func attested(_ router: RouterPlan) -> [DrillAnswer] {
    let named = router.regions.map { region in
      let zones =
        region.zones.isEmpty ? "zones not told" : "zones \(region.zones.joined(separator: ", "))"
      return "\(region.name) (\(zones))"
    }
    let regions = DrillAnswer(
      "drill.regions", "which regions and zones were chosen?",
      router.regions.allSatisfy { !$0.zones.isEmpty } ? .well : .inconclusive,
      safeText(named.joined(separator: "; ")))
    let why = router.choices.first { $0.subject == "regions" }
    let reason = DrillAnswer(
      "drill.regions-why", "why these regions?", why == nil ? .inconclusive : .well,
      why.map(text) ?? "the plan does not say",
      wayOut: why == nil ? "attest it under router.choices, subject: regions" : nil)
    return [regions, reason]
      + ["shared-state", "singletons", "skus"].map { answer($0, router) }
      + router.choices.filter {
        $0.subject != "regions" && !AttestedChoice.subjects.contains($0.subject)
      }.map {
        DrillAnswer("drill.choice", "\(safeText($0.subject)): what was chosen?", .well, text($0))
      }
  }

  private static func answer(_ subject: String, _ router: RouterPlan) -> DrillAnswer {
    let choice = router.choices.first { $0.subject == subject }
    return DrillAnswer(
      "drill.\(subject)", "\(subject): what was chosen?", choice == nil ? .inconclusive : .well,
      choice.map(text) ?? "the plan does not say",
      wayOut: choice == nil ? "attest it under router.choices" : nil)
  }

  static func text(_ choice: AttestedChoice) -> String {
    safeText("\(choice.choice), because \(choice.reason)")
  }
}
