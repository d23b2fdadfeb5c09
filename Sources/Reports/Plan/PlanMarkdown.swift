import DNSModel
import Migration
import Notation

/// The plan for a change request.
public struct PlanMarkdown: Sendable {
  private let forecast: Forecast
  private let moments: MomentText
  private let words: ForecastWords

  public init(_ forecast: Forecast, _ moments: MomentText) {
    self.forecast = forecast
    self.moments = moments
    words = ForecastWords(forecast.plan, forecast.compiled, forecast.times)
  }

  public var text: String {
    let plan = forecast.plan
    var lines = [
      "# \(escaped(plan.title))", "", "Plan digest `sha256:\(forecast.compiled.planDigest)`", "",
    ]
    lines += [
      "| | |", "|---|---|", "| Name | `\(plan.hostname.host)` |",
      "| Begins | \(moments.full(forecast.times.start)) |",
      "| Cutover, at the earliest | \(moments.full(forecast.cutOver)) |",
      "| From the last answer with TTL \(plan.from.ttl) to the cutover | "
        + "\(Layout.grouped(forecast.times.fromLastOldTTLToCutOver.secondsRoundedUp)) s |",
      "| Undoing bites within | \(forecast.step("cutover")?.undo?.description ?? "") after the cutover |",
      "| Decide by | \(forecast.decideBy.map { moments.full($0) } ?? "no end is declared") |",
      "| Point of no return | "
        + (forecast.pointOfNoReturn.map { "`\($0)`" } ?? "none: the old endpoint stays") + " |",
      "| Ends | \(moments.full(forecast.ends)) |", "",
    ]
    lines += ["## Changes of the record", "", "```diff"]
    for step in forecast.steps {
      guard let change = words.recordChange(of: step.kind) else { continue }
      lines += [
        "# \(step.id), \(moments.utc(step.earliest))",
        "- " + words.record(change.before.target, change.before.ttl),
        "+ " + words.record(change.after.target, change.after.ttl),
      ]
    }
    lines += ["```", "", "## Steps", ""]
    lines += ["| Step | Earliest | Wait | Proof | Undo bites in |", "|---|---|---|---|---|"]
    for step in forecast.steps {
      lines.append(
        "| \(step.isCritical ? "**\(step.id)**" : step.id) | \(moments.utc(step.earliest)) | "
          + "\(step.wait > .zero ? step.wait.description : "") | \(escaped(step.proof)) | "
          + (step.undo.map { $0 == .zero ? "nothing moved" : $0.description } ?? "no way back")
          + " |")
    }
    lines += ["", "Bold: on the critical path.", "", "## Who does what", ""]
    for step in forecast.steps {
      let actions = words.actions(of: step.kind)
      guard !actions.isEmpty else { continue }
      lines += ["- **\(step.id)**", "", "  ```text"] + actions.map { "  " + $0 } + ["  ```", ""]
    }
    lines += [
      "## Ways down", "", "| | Extra questions per resolver | Wait | TTLs |", "|---|---|---|---|",
    ]
    for cost in forecast.strategies {
      lines.append(
        "| \(cost.name)\(cost.isChosen ? " (chosen)" : "") | \(Layout.grouped(cost.extraQuestions)) | "
          + "\(cost.wait) | \(cost.stages.map(\.description).joined(separator: " → ")) |")
    }
    lines += ["", "## Findings", ""]
    lines += forecast.findings.map {
      "- **\($0.weight.rawValue)** \(escaped($0.text)) (`\($0.id)`)"
    }
    if forecast.findings.isEmpty { lines.append("None.") }
    lines += ["", "## Approvals", ""]
    for approval in plan.approvals
    where approval.count > 0 && forecast.step("approve.\(approval.gate.name)") != nil {
      let who = approval.approvers.isEmpty ? "anyone" : approval.approvers.joined(separator: ", ")
      for _ in 0..<approval.count {
        lines.append("- [ ] \(approval.gate.planKey) (\(escaped(who)))")
      }
    }
    return lines.joined(separator: "\n")
  }

  /// Text from the plan must not become markup.
  private func escaped(_ text: String) -> String {
    var result = ""
    for character in safeText(text) {
      if "\\`*_{}[]<>#|~".contains(character) { result += "\\" }
      result.append(character)
    }
    return result
  }
}
