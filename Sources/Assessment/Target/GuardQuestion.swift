import Migration

/// What stands between clients and regions: an edge cache, a rate limit, filter rules. Attested in the
/// plan; a drill holds what it saw against that.
enum GuardQuestion {
  /// `seen`: what the drill met, nil without one. A limit is not flooded, so its absence is not seen.
  static func answer(
    _ subject: String, _ router: RouterPlan, _ seen: DrillEvidence.GuardStand?
  ) -> DrillAnswer {
    let question = "\(subject): is there one, and does it bite?"
    let choice = router.choices.first { $0.subject == subject }
    let met: String
    switch seen {
    case .met(let what): met = "met: \(what)"
    case .notMet(let what): met = "not met: \(what)"
    case nil: met = "not probed: a drill does"
    }
    guard let choice else {
      var verdict = DrillAnswer.Verdict.inconclusive
      if case .met = seen { verdict = .well }
      return DrillAnswer(
        "drill.\(subject)", question, verdict, "the plan does not say; \(met)",
        wayOut: "attest it under router.choices, subject: \(subject)")
    }
    var isContradicted = false
    switch seen {
    case .met: isContradicted = choice.isNone
    case .notMet: isContradicted = !choice.isNone && subject == "filter-rules"
    case nil: break
    }
    return DrillAnswer(
      "drill.\(subject)", question, isContradicted ? .ill : .well,
      "attested: \(ChoiceQuestion.text(choice)); \(met)",
      wayOut: isContradicted ? "the plan and the router disagree: mend either" : nil)
  }
}
