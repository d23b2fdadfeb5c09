import DNSModel
import Notation

extension Refusals {
  /// What ends too early, seen from the earliest moment the name can move.
  static func timetable(_ plan: Plan, _ context: RefusalContext) -> [Refusal] {
    let times = Timetable(plan, start: context.now, timeZone: context.timeZone)
    var found = moment(plan, times, context) + life(plan, times, context)
    guard let cutOver = times.cutOver else { return found }
    let shown = "the cutover cannot come before \(cutOver)"
    let compiled = CompiledPlan(plan, start: context.now, timeZone: context.timeZone)
    let until = cutOver + compiled.undoHorizon
    let old = plan.oldEndpoint
    let ends: [(String, String, String, UTCInstant?)] = [
      (
        "certificate.old-ends-in-window", "old-endpoint.certificate.ends",
        "the old certificate ends on",
        old.certificate.renewal == .independent ? nil : old.certificate.ends
      ),
      (
        "old-endpoint.ends-in-window", "old-endpoint.end-of-life", "the old endpoint ends on",
        old.endOfLife
      ),
      (
        "old-endpoint.binding-ends-in-window", "old-endpoint.binding-ends",
        "the old endpoint loses its binding of the name on", old.bindingEnds
      ),
    ]
    for (id, path, text, end) in ends {
      guard let end, end < until else { continue }
      found.append(
        Refusal(
          id, at: path, with: ["from", "ttl", "timing", "soak", "rollback", "change-window"],
          "\(text) \(end); \(shown), and the way back must stay open until \(until) (R10)",
          remedy: "renew or extend it, begin earlier, or promise a shorter way back"))
    }
    if let end = plan.certificate.ends, end < until {
      found.append(
        Refusal(
          "certificate.new-ends-in-window", at: "certificate.ends",
          with: ["from", "ttl", "timing", "soak", "rollback", "change-window"],
          "the new certificate ends on \(end), before the move is over (\(until))",
          remedy: "obtain a fresh one"))
    }
    if case .azureFrontDoor(let door) = plan.router.kind, let issued = door.tokenIssuedAt,
      issued + FrontDoorPlan.tokenLife < context.now
    {
      found.append(
        Refusal(
          "router.token-expired", at: "router.token-issued-at",
          "the validation token of \(issued) became void after "
            + "\(FrontDoorPlan.tokenLife), on \(issued + FrontDoorPlan.tokenLife)",
          remedy: "have a new one made, and wait out the old TXT's TTL"))
    }
    return found
  }

  /// Each certificate has to last until its successor is there, and the steps are counted.
  private static func life(
    _ plan: Plan, _ times: Timetable, _ context: RefusalContext
  ) -> [Refusal] {
    guard let renewal = RenewalParameters(plan) else { return [] }
    func refusal(_ text: String) -> Refusal {
      Refusal(
        "certificate.life-too-short", at: "certificate.life",
        with: ["certificate.issuance-time", "timing", "soak", "rollback"], text,
        remedy: "use certificates that last longer")
    }
    let time = plan.certificate.issuanceTime
    guard renewal.lead > time else {
      return [
        refusal(
          "it is renewed when a third of its life is left, \(renewal.lead), and obtaining one may take "
            + "\(time): clients could meet an expired one (R9)")
      ]
    }
    let end = times.over(WaitParameters(plan), RollbackParameters(plan))
    let needed = renewal.unlimitedCount(from: times.endpointReady, until: end)
    guard needed > RenewalParameters.limit else { return [] }
    return [
      refusal(
        "the move lasts until \(end), and certificates of \(renewal.life) would have to be renewed "
          + "\(needed) times meanwhile; \(RenewalParameters.limit) are the most")
    ]
  }

  private static func moment(
    _ plan: Plan, _ times: Timetable, _ context: RefusalContext
  ) -> [Refusal] {
    let rests = ["from", "ttl", "timing", "certificate", "router"]
    var found: [Refusal] = []
    if plan.changeWindow != nil, times.cutOver == nil {
      found.append(
        Refusal(
          "window.never-opens", at: "change-window", with: rests,
          "no change window is open at or after \(times.earliestReady), the earliest moment the name "
            + "can move",
          remedy: "add a later one"))
    }
    guard let wanted = plan.timing.cutOverAt else { return found }
    if wanted < times.earliestReady {
      found.append(
        Refusal(
          "timing.cutover-too-early", at: "timing.cutover-at", with: rests,
          "the name cannot move at \(wanted): begun at \(context.now), the earliest moment is "
            + "\(times.earliestReady), "
            + (times.endpointReady > times.cachesReady
              ? "when the new endpoint can be ready"
              : "when the last answer with TTL \(plan.from.ttl) has left the caches"),
          remedy: "move at or after that; lowering the TTL earlier is the only way to be faster"))
    } else if let window = plan.changeWindow, !window.isOpen(at: wanted, in: context.timeZone) {
      found.append(
        Refusal(
          "window.cutover-outside", at: "timing.cutover-at", with: ["change-window"],
          "\(context.timeZone.local(wanted)) (\(window.timeZone)) lies in no change window",
          remedy: window.next(after: wanted, in: context.timeZone)
            .map { "the next one opens \(context.timeZone.local($0.opens))" } ?? "none opens later")
      )
    }
    return found
  }
}
