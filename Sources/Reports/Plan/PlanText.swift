import Assessment
import DNSModel
import Migration
import Notation

/// The plan as a text that someone can sign: the exact changes, who makes them, when, and what undoing
/// costs.
public struct PlanText: Sendable {
  let forecast: Forecast
  let moments: MomentText
  let layout: Layout
  private let words: ForecastWords

  public init(_ forecast: Forecast, _ moments: MomentText, width: Int) {
    self.forecast = forecast
    self.moments = moments
    layout = Layout(width: width)
    words = ForecastWords(forecast.plan, forecast.compiled, forecast.times)
  }

  private var plan: Plan { forecast.plan }
  private var times: Timetable { forecast.times }

  public var text: String {
    var lines: [String] = []
    lines.append(layout.paragraph("", safeText(plan.title)))
    lines.append("plan digest sha256:\(forecast.compiled.planDigest)")
    lines += ["", "THE CHANGE"] + change
    lines += ["", "AT A GLANCE"] + glance
    lines += ["", "STEPS   (* on the critical path; times in UTC)"] + steps
    lines += ["", "WAYS DOWN TO TTL \(plan.ttl.floor)"] + strategies
    lines += ["", "CERTIFICATES"] + certificates
    lines += ["", "FINDINGS"] + findings
    lines += ["", "SIGNED BY"] + signatures
    return lines.joined(separator: "\n")
  }

  /// As declared: `audit --endpoints` shows what is seen.
  private var certificates: [String] {
    let timeline = CertificateTimeline(forecast, oldEnds: nil, newEnds: nil, now: times.start)
    return TimelineText(timeline, width: layout.width).lines.map { line in
      // Bars are as wide as may be; only the words below them are wrapped.
      line.count + 2 <= layout.width
        ? "  " + line : layout.paragraph("    ", String(line.drop { $0 == " " }), indent: 6)
    }
  }

  private var change: [String] {
    let low = forecast.compiled.waits.lowTTL
    var lines = [
      "  - " + words.record(plan.from.target, plan.from.ttl), "  + " + words.record(plan.to, low),
    ]
    if forecast.compiled.waits.finalTTL != low {
      lines.append("  + " + words.record(plan.to, forecast.compiled.waits.finalTTL))
      lines.append(layout.paragraph("    ", "(in the end, after the soak has passed)"))
    }
    lines.append(
      layout.paragraph(
        "  ",
        "zone \(plan.zone.origin.host), written by \(plan.zone.provider.kind.name); "
          + "\(plan.router.kind.name) in front of "
          + plan.router.regions.map { "\(safeText($0.name)) (\($0.share) %)" }
          .joined(separator: ", ")))
    return lines
  }

  private func row(_ lead: String, _ text: String) -> String {
    layout.paragraph("  " + Layout.padded(lead, 14), text)
  }

  private var glance: [String] {
    var lines = [row("begins", moments.full(times.start))]
    if let first = times.stages.first, first.published > times.start {
      lines.append(row("", "the first change is made \(moments.full(first.published)), no later"))
    }
    lines.append(row("cutover", moments.full(forecast.cutOver) + ", at the earliest"))
    lines.append(row("waits for", bindingText))
    lines.append(
      row(
        "old TTL",
        "\(Layout.grouped(times.fromLastOldTTLToCutOver.secondsRoundedUp)) s from the last answer "
          + "with TTL \(plan.from.ttl) to the cutover; at least "
          + "\(Layout.grouped(leastWait.secondsRoundedUp)) s are needed"))
    lines.append(row("critical path", criticalPath))
    lines.append(row("undo", undo))
    if let decideBy = forecast.decideBy, let end = forecast.constraintEnds {
      lines.append(
        row("decide by", "\(moments.full(decideBy)): \(constraintText) on \(moments.utc(end))"))
    } else {
      lines.append(row("decide by", "no end of the old endpoint is declared"))
    }
    lines.append(
      row(
        "no return",
        forecast.pointOfNoReturn.map { id in
          "from \"\(id)\" on, \(forecast.step(id).map { moments.utc($0.earliest) } ?? "") at the earliest"
        } ?? "never: the old endpoint is not switched off"))
    lines.append(row("ends", moments.full(forecast.ends) + ", if nothing is held"))
    return lines
  }

  private var leastWait: TimeSpan {
    forecast.plan.from.ttl.span + forecast.plan.timing.margin
  }

  private var bindingText: String {
    switch times.binding {
    case .caches: "the caches: \(forecast.step("cutover")?.proof ?? "")"
    case .endpoint:
      "the new endpoint's certificate and binding, \(moments.utc(times.endpointReady))"
    case .wantedMoment:
      "the wanted moment; it could move from \(moments.utc(times.earliestReady)) on"
    case .changeWindow:
      "the next change window; caches are ready \(moments.utc(times.cachesReady)), the new endpoint "
        + moments.utc(times.endpointReady)
    }
  }

  private var criticalPath: String {
    forecast.steps.filter(\.isCritical).map(\.id).joined(separator: " → ")
  }

  private var undo: String {
    guard let cutOver = forecast.step("cutover")?.undo else { return "impossible" }
    var text = "bites within \(cutOver) after the cutover"
    if let lock = forecast.step("origin.lock")?.undo { text += ", \(lock) after the lock" }
    if let raise = forecast.step("ttl.raise")?.undo {
      text += ", \(raise) after the TTL was raised"
    }
    return text
  }

  private var constraintText: String {
    switch forecast.constraint {
    case .oldCertificate: "the old certificate ends"
    case .oldEndpoint: "the old endpoint's life ends"
    case .oldBinding: "the old endpoint loses the name"
    case nil: ""
    }
  }

  private var steps: [String] {
    var lines: [String] = []
    let idWidth = forecast.steps.map(\.id.count).max() ?? 0
    for step in forecast.steps {
      let mark = step.isCritical ? "*" : " "
      let undo =
        step.undo.map { $0 == .zero ? "nothing to undo" : "undo: \($0)" } ?? "no way back"
      let wait = step.wait > .zero ? "after \(step.wait), " : ""
      let lead = "\(mark) \(moments.utc(step.earliest))  \(Layout.padded(step.id, idWidth))  "
      lines.append(layout.paragraph(lead, wait + undo))
      lines.append(layout.paragraph("      proof: ", step.proof))
      lines += words.actions(of: step.kind).map { line in
        // The lines of the record are copied by people: they are never wrapped.
        line.hasPrefix("  ") ? "      \(line)" : layout.paragraph("      ", line)
      }
    }
    return lines
  }

  private var strategies: [String] {
    var lines = ["    way          extra questions   from first change   TTLs published"]
    for cost in forecast.strategies {
      let lead =
        (cost.isChosen ? "  * " : "    ") + Layout.padded(cost.name, 13)
        + Layout.padded(left: Layout.grouped(cost.extraQuestions), 15)
        + Layout.padded(left: cost.wait.description, 20) + "   "
      lines.append(
        layout.paragraph(lead, cost.stages.map(\.description).joined(separator: " → ")))
    }
    lines.append(
      layout.paragraph("    ", "(per resolver and old TTL; * is this plan's way)"))
    return lines
  }

  private var findings: [String] {
    guard !forecast.findings.isEmpty else { return ["  none"] }
    return forecast.findings.map {
      layout.paragraph(
        "  \(Layout.padded($0.weight.rawValue, 8)) ", "\($0.text) [\($0.id)]", indent: 11)
    }
  }

  private var signatures: [String] {
    var lines: [String] = []
    for approval in plan.approvals
    where approval.count > 0 && forecast.step("approve.\(approval.gate.name)") != nil {
      for number in 1...approval.count {
        let who =
          approval.approvers.isEmpty
          ? "anyone" : approval.approvers.map { safeText($0) }.joined(separator: ", ")
        lines.append(
          layout.paragraph(
            "  " + Layout.padded(approval.gate.planKey, 20),
            "\(number) of \(approval.count): ____________________ (\(who))", indent: 22))
      }
    }
    return lines.isEmpty ? ["  no one needs to sign"] : lines
  }
}
