import Migration
import Notation
import Reports

extension RehearsalStudy {
  /// In sections, for a terminal and a page alike. `command` is what plays a world of this plan again, up to
  /// its seed.
  public func sections(command: String) -> [(heading: String, lines: [String])] {
    var sections: [(String, [String])] = [("VERDICT", verdict(command))]
    sections.append(("TIMES", times))
    sections.append(("WHO IS LEFT AT THE OLD ENDPOINT AFTER THE CUTOVER", residual))
    if !strategies.isEmpty { sections.append(("WAYS DOWN", ways)) }
    sections.append(("THE MOST DAMAGING SINGLE FAULTS", worst))
    return sections
  }

  private func verdict(_ command: String) -> [String] {
    var lines = [
      summary.holds
        ? "It holds: no rule was broken in \(summary.schedules) worlds."
        : "It does not hold: rules were broken in these worlds.",
      "moved \(summary.moved), rolled back \(summary.rolledBack), handed over \(summary.handedOver); "
        + "the process died \(summary.crashes) times",
    ]
    for (violation, found) in zip(shrunk, summary.violations) {
      lines.append("BROKEN \(violation.violation) (\(found.count) worlds)")
      lines.append("  \(violation.cause)")
      lines.append("  play it again: \(command) \(violation.replay)")
      lines += violation.story.suffix(12).map { "    " + $0 }
    }
    switch canary {
    case .caughtIn(let worlds):
      lines.append(
        "a mistake planted on purpose was caught in \(worlds) worlds: the checker checks")
    case .uncaught:
      lines.append(
        "BROKEN a mistake planted on purpose was not caught: this rehearsal proves nothing")
    }
    return lines
  }

  private var times: [String] {
    var lines: [String] = []
    if let spread = summary.forwardTime { lines.append("forward    " + Self.text(spread)) }
    if let spread = summary.rollbackTime { lines.append("way back   " + Self.text(spread)) }
    let width = summary.rollbackTimes.map(\.step.count).max() ?? 0
    for (step, worlds, spread) in summary.rollbackTimes {
      let name = step + String(repeating: " ", count: width - step.count)
      lines.append("  from \(name)  \(Self.text(spread)) (\(worlds) worlds)")
    }
    return lines
  }

  private static func text(_ spread: RehearsalSummary.Spread) -> String {
    "median \(spread.median), 95 % within \(spread.most), worst \(spread.worst)"
  }

  private var residual: [String] {
    var lines = Self.tails.map { span in
      let left = drain.remaining(after: span)
      return "after \(span): \(left / 10).\(left % 10) % of all clients"
    }
    lines.append("")
    lines += curve
    lines.append("")
    lines.append("of these clients (so many per hundred were measured or are estimated):")
    lines += DrainStudy.Class.allCases.map { "  " + $0.legend }
    return lines
  }

  /// A bar for each of a few moments: wide enough to see a tail of one in fifty.
  private var curve: [String] {
    let spans: [TimeSpan] = [
      .zero, .minutes(1), .minutes(5), .minutes(15), .minutes(30), .hours(1), .hours(6), .days(1),
      .days(7),
    ]
    return spans.map { span in
      let left = drain.remaining(after: span)
      let name = "\(span)"
      let bar = String(repeating: "█", count: (left + 19) / 20)
      return name + String(repeating: " ", count: max(1, 8 - name.count)) + bar
    }
  }

  private var ways: [String] {
    let width = strategies.map(\.name.count).max() ?? 0
    return strategies.map { way in
      let name = way.name + String(repeating: " ", count: width - way.name.count)
      return (way.isChosen ? "* " : "  ")
        + "\(name)  \(way.wait) from the first change, "
        + "\(Layout.grouped(way.extraQuestions)) extra questions per resolver"
    }
  }

  private var worst: [String] {
    var lines: [String] = []
    for damage in faults.filter({ !$0.feature.isDecision }).prefix(3) {
      let share = damage.failed * 100 / max(damage.worlds, 1)
      lines.append(
        "when \(damage.feature.story): \(share) % do not arrive"
          + (damage.delay > .zero ? ", the others \(damage.delay) later" : ""))
      lines.append("  what to change: \(damage.feature.remedy)")
    }
    if lines.isEmpty { lines.append("no single kind of trouble does any damage") }
    return lines
  }

  public func drawing(title: String) -> String {
    func points(_ list: [DrainStudy.Point]) -> [(after: TimeSpan, perMille: Int)] {
      list.map { ($0.after, $0.perMille) }
    }
    return RehearsalDrawing(
      title: title,
      subtitle: "TTL \(plan.waits.lowTTL) at the cutover, authorities up to "
        + "\(plan.waits.authoritativeLag) behind; "
        + "\(summary.schedules) worlds, "
        + (holds ? "no rule broken" : "rules broken"),
      total: RehearsalDrawing.Curve(label: "all clients", points: points(drain.total)),
      curves: drain.curves.map {
        RehearsalDrawing.Curve(
          label: $0.kind.legend,
          points: points($0.points))
      }
    ).svg
  }

  public func page(title: String, command: String) -> String {
    rehearsalPage(
      title: title, sections: sections(command: command), svg: drawing(title: title))
  }
}
