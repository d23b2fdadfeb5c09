import Assessment
import Notation

/// Certificates against the phases of a move, drawn with characters.
public struct TimelineText {
  let timeline: CertificateTimeline
  let width: Int

  public init(_ timeline: CertificateTimeline, width: Int = 100) {
    self.timeline = timeline
    self.width = min(max(width - 24, 30), 100)
  }

  private var marks: [(letter: Character, at: UTCInstant, name: String)] {
    let phases = timeline.phases
    return [
      ("C", phases.cutover, "cutover"), ("D", phases.drained, "old answers have left the caches"),
      ("S", phases.soaked, "soaked"), ("R", phases.rollbackEnds, "the promised way back ends"),
    ]
  }

  private var from: UTCInstant { timeline.now }

  /// A little beyond the last phase: what ends later leaves the picture.
  private var to: UTCInstant {
    let last = marks.map(\.at).max() ?? from
    let length = max(last - from, .minutes(10))
    return from + TimeSpan(milliseconds: length.milliseconds / 8 * 9)
  }

  private func column(_ at: UTCInstant) -> Int {
    let inside = min(max(at, from), to)
    let length = max((to - from).milliseconds / 1000, 1)
    return Int((inside - from).milliseconds / 1000 * Int64(width - 1) / length)
  }

  public var lines: [String] {
    var scale = [Character](repeating: " ", count: width)
    // The earlier mark keeps its column; the later one stands beside it.
    for mark in marks {
      var column = column(mark.at)
      while column < width - 1, scale[column] != " " { column += 1 }
      scale[column] = mark.letter
    }
    var lines = [Layout.padded("", 18) + String(scale)]
    for row in timeline.rows { lines.append(line(row)) }
    if let decideBy = timeline.decideBy {
      var bar = [Character](repeating: " ", count: width)
      let end = column(decideBy)
      for index in column(timeline.phases.cutover)...max(end, column(timeline.phases.cutover)) {
        bar[index] = "="
      }
      if decideBy > to { bar[width - 1] = ">" }
      lines.append(Layout.padded("way back", 18) + String(bar))
      lines.append("  decide by \(decideBy) to go back: until then the old certificate lasts")
    }
    for mark in marks { lines.append("  \(mark.letter) \(mark.name): \(mark.at)") }
    for row in timeline.rows {
      lines.append(
        "  \(row.name): ends \(row.ends.map(\.description) ?? "unknown"), \(row.renewal)")
      for (number, due) in row.renewals.enumerated() {
        lines.append("  + renewal \(number + 1) of \(row.name), a step of the move: \(due)")
      }
    }
    return lines
  }

  private func line(_ row: CertificateTimeline.Row) -> String {
    let name = Layout.padded(String(safeText(row.name).prefix(17)), 18)
    var bar: [Character]
    if let ends = row.ends {
      guard ends > from else { return name + "|ended" }
      let length = ends > to ? width - 1 : column(ends)
      bar = [Character](repeating: "-", count: max(length, 0)) + [ends > to ? ">" : "|"]
    } else {
      bar = ["?"]
    }
    for due in row.renewals where due >= from && due <= to {
      while bar.count <= column(due) { bar.append(" ") }
      bar[column(due)] = "+"
    }
    return name + String(bar)
  }

  // MARK: drawn

  /// A picture that stands alone, or inside an HTML page.
  public var svg: String {
    let scale = TimeScale(from: from, to: to, left: 180, right: 1060)
    var canvas = SVGCanvas()
    canvas.text(24, 32, "Certificates and the move", "title")
    let top = 84
    let bottom = top + 26 * (timeline.rows.count + 1)
    for mark in marks {
      let x = scale.x(mark.at)
      canvas.line(x, top - 14, x, bottom, mark.letter == "C" ? "cut" : "grid")
    }
    var y = top
    for row in timeline.rows {
      canvas.text(24, y + 12, safeText(row.name, limit: 24), "lane")
      let right = scale.x(row.ends ?? from)
      canvas.rect(180, y, max(right - 180, 2), 16, row.name == "new" ? "certnew" : "certold")
      if let ends = row.ends, ends > to { canvas.arrow(right, y + 8, "certold") }
      canvas.text(
        188, y + 12, row.ends.map { "until \($0)" } ?? "end unknown",
        right - 180 > 170 ? "in" : "value")
      for due in row.renewals {
        let x = scale.x(due)
        canvas.line(x, y - 4, x, y + 20, "renew")
        canvas.text(x + 4, y - 6, "renewed", "hint")
      }
      y += 26
    }
    canvas.text(24, y + 12, "way back", "lane")
    if let decideBy = timeline.decideBy {
      let left = scale.x(timeline.phases.cutover)
      canvas.rect(left, y, max(scale.x(decideBy) - left, 2), 16, "undo")
      canvas.text(left + 8, y + 12, "decide by \(decideBy)", "value")
    }
    y = bottom + 24
    for mark in marks {
      canvas.text(scale.x(mark.at), top - 20, String(mark.letter), "tick mid")
      canvas.text(24, y, "\(mark.letter)  \(mark.name): \(mark.at)", "hint")
      y += 16
    }
    return SVGCanvas.document(
      width: 1100, height: y + 8, title: "Certificates and the move", canvas.text)
  }
}
