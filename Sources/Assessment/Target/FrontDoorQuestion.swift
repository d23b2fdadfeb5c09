import DNSModel
import Migration
import Notation

/// What Front Door needs before its managed certificate comes, and what origins must hold against
/// other tenants of the same addresses.
enum FrontDoorQuestion: TargetQuestion {
  static func answers(in plan: Plan) -> [DrillAnswer] {
    guard case .azureFrontDoor(let door) = plan.router.kind else { return [] }
    return [certificate(plan, door), identifier(plan.router)]
  }

  private static func certificate(_ plan: Plan, _ door: FrontDoorPlan) -> DrillAnswer {
    let question = "can Front Door obtain its managed certificate before the swap?"
    guard plan.certificate.issuer == .router else {
      return DrillAnswer(
        "drill.managed-certificate", question, .well,
        "it does not have to: the certificate is brought along")
    }
    guard door.validationToken != nil, let issued = door.tokenIssuedAt else {
      return DrillAnswer(
        "drill.managed-certificate", question, .inconclusive,
        "the plan has no validation token, or not its date: it is asked for at the run",
        wayOut: "write validation-token and token-issued-at, and publish _dnsauth."
          + "\(plan.hostname.host) TXT before the swap")
    }
    return DrillAnswer(
      "drill.managed-certificate", question, .well,
      "through _dnsauth.\(plan.hostname.host) TXT, void after \(issued + FrontDoorPlan.tokenLife); "
        + "CAA must allow \(FrontDoorPlan.authority), and renewal needs the CNAME to stay at Front Door"
    )
  }

  private static func identifier(_ router: RouterPlan) -> DrillAnswer {
    let question = "do origins ask for \(FrontDoorPlan.identifierHeader)?"
    let choice = router.choices.first { $0.subject == "origin-identifier" }
    return DrillAnswer(
      "drill.origin-identifier", question, choice == nil ? .inconclusive : .well,
      choice.map(ChoiceQuestion.text)
        ?? "the plan does not say; address ranges alone are every tenant's",
      wayOut: choice == nil
        ? "attest it under router.choices, subject: origin-identifier; a drill knocks at each region"
        : nil)
  }
}
