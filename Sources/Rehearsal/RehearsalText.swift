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
        ? "It holds: no rule was broken in \(counted(summary.schedules, "world"))."
        : "It does not hold: rules were broken in these worlds.",
      "moved \(summary.moved), rolled back \(summary.rolledBack), handed over \(summary.handedOver); "
        + "the process died \(summary.crashes) times",
    ]
    for (violation, found) in zip(shrunk, summary.violations) {
      lines += wrapped("BROKEN ", "\(violation.violation) (in \(counted(found.count, "world")))", 2)
      lines += wrapped("  ", violation.cause, 2)
      lines.append("  play it again: \(command) \(violation.replay)")
      lines += violation.story.suffix(12).flatMap { wrapped("    ", $0, 8) }
    }
    switch canary {
    case .caughtIn(let worlds):
      lines.append(
        "a mistake planted on purpose was caught in \(counted(worlds, "world")): the checker checks"
      )
    case .uncaught:
      lines.append(
        "BROKEN a mistake planted on purpose was not caught: this rehearsal proves nothing")
    }
    return lines
  }

  private var times: [String] {
    var lines: [String] = []
    if let spread = summary.forwardTime {
      lines.append(Self.row("forward", spread, summary.moved))
    }
    if let spread = summary.rollbackTime {
      lines.append(Self.row("way back", spread, summary.rolledBack))
    }
    for (step, worlds, spread) in summary.rollbackTimes {
      lines.append(Self.row("  from \(step)", spread, worlds))
    }
    if !lines.isEmpty {
      lines.insert(Self.row("", ["median", "95 % within", "worst", "worlds"]), at: 0)
    }
    return lines
  }

  private static func row(
    _ name: String, _ spread: RehearsalSummary.Spread, _ worlds: Int
  ) -> String {
    row(name, ["\(spread.median)", "\(spread.most)", "\(spread.worst)", Layout.grouped(worlds)])
  }

  /// Narrow enough for a terminal of eighty columns.
  private static func row(_ name: String, _ cells: [String]) -> String {
    Layout.padded(name, 31) + Layout.padded(left: cells[0], 12) + Layout.padded(left: cells[1], 13)
      + Layout.padded(left: cells[2], 12) + Layout.padded(left: cells[3], 9)
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
        + "\(name)  \(way.wait) from first change, "
        + "\(Layout.grouped(way.extraQuestions)) extra questions a resolver"
    }
  }

  private var worst: [String] {
    var lines: [String] = []
    for damage in faults.filter({ !$0.feature.isDecision }).prefix(3) {
      let share = damage.failed * 100 / max(damage.worlds, 1)
      let others = damage.delay > .zero ? ", the others \(damage.delay) later" : ""
      lines += wrapped("when ", "\(damage.feature.story): \(share) % do not arrive\(others)", 2)
      lines += wrapped("  what to change: ", damage.feature.remedy, 4)
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

/// In lines that fit eighty columns with the margin of a section.
private func wrapped(_ lead: String, _ text: String, _ indent: Int) -> [String] {
  Layout(width: 78).paragraph(lead, text, indent: indent).split(separator: "\n").map(String.init)
}

private func counted(_ count: Int, _ noun: String) -> String {
  "\(Layout.grouped(count)) \(noun)\(count == 1 ? "" : "s")"
}
