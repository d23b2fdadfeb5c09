import Notation

/// Who still goes to the old endpoint after the cutover, by habit, as a drawing that stands alone and follows
/// the reader's light or dark setting. Time runs in magnitudes: minutes matter as much as days.
public struct RehearsalDrawing: Sendable {
  public struct Curve: Sendable {
    public let label: String
    public let points: [(after: TimeSpan, perMille: Int)]

    public init(label: String, points: [(after: TimeSpan, perMille: Int)]) {
      self.label = label
      self.points = points
    }
  }

  private let title: String
  private let subtitle: String
  private let total: Curve
  private let curves: [Curve]
  private let last: TimeSpan

  private static let (left, right, top, bottom) = (84, 800, 104, 424)

  public init(title: String, subtitle: String, total: Curve, curves: [Curve]) {
    self.title = title
    self.subtitle = subtitle
    self.total = total
    self.curves = curves
    last = max(total.points.last?.after ?? .hours(1), .minutes(2))
  }

  public var svg: String {
    var canvas = SVGCanvas()
    canvas.text(32, 40, safeText(title, limit: 110), "title")
    canvas.text(32, 62, safeText(subtitle, limit: 150), "sub")
    axes(&canvas)
    for (index, curve) in curves.enumerated() {
      canvas.path(path(curve), "curve c\(index % 6)")
      legend(&canvas, row: index + 1, "c\(index % 6)", curve.label)
    }
    canvas.path(path(total), "curve total")
    legend(&canvas, row: 0, "total", total.label)
    return SVGCanvas.document(width: 1290, height: 490, title: title, canvas.text)
  }

  private func axes(_ canvas: inout SVGCanvas) {
    for share in [0, 250, 500, 750, 1000] {
      let y = self.y(share)
      canvas.line(Self.left, y, Self.right, y, "grid")
      canvas.text(Self.left - 10, y + 4, "\(share / 10) %", "tick end")
    }
    let ticks: [TimeSpan] = [
      .seconds(1), .seconds(10), .minutes(1), .minutes(5), .minutes(15), .hours(1), .hours(6),
      .days(1), .days(3), .days(7),
    ]
    for tick in ticks where tick <= last {
      canvas.line(x(tick), Self.top, x(tick), Self.bottom, "grid")
      canvas.text(x(tick), Self.bottom + 20, "\(tick)", "tick mid")
    }
    canvas.text(
      (Self.left + Self.right) / 2, Self.bottom + 44, "after the cutover", "tick mid")
    canvas.text(32, Self.top - 14, "still at the old endpoint", "tick")
  }

  private func legend(_ canvas: inout SVGCanvas, row: Int, _ style: String, _ label: String) {
    let y = Self.top + 16 + row * 30
    canvas.line(830, y, 866, y, "curve \(style)")
    canvas.text(876, y + 4, safeText(label, limit: 60), row == 0 ? "lane" : "value")
  }

  private func path(_ curve: Curve) -> String {
    var data = ""
    for point in curve.points {
      data += "\(data.isEmpty ? "M" : "L")\(x(point.after)) \(y(point.perMille))"
    }
    return data
  }

  private func y(_ perMille: Int) -> Int {
    Self.bottom - (Self.bottom - Self.top) * perMille / 1000
  }

  /// By magnitude, in integers: eight steps to each doubling.
  private func x(_ span: TimeSpan) -> Int {
    let whole = Self.magnitude(last)
    let part = min(Self.magnitude(span), whole)
    return Self.left + (Self.right - Self.left) * part / max(whole, 1)
  }

  private static func magnitude(_ span: TimeSpan) -> Int {
    // In units of a second; below it everything is the beginning.
    let value = max(span.milliseconds, 1000) / 10
    let doublings = 63 - value.leadingZeroBitCount
    let rest = Int((value << 10) >> Int64(doublings)) - 1024
    return max(0, doublings * 1024 + rest - (6 * 1024 + 576))
  }
}

/// One page for people: what a rehearsal came to, with its drawing.
public func rehearsalPage(
  title: String, sections: [(heading: String, lines: [String])], svg: String
)
  -> String
{
  var body = ""
  for section in sections {
    body += "<h2>\(markup(section.heading))</h2>\n<pre>"
    body += section.lines.map { markup($0) }.joined(separator: "\n")
    body += "</pre>\n"
  }
  return """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(markup(title))</title>
    <style>
    :root { color-scheme: light dark; }
    body { font-family: "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; margin: 2rem auto; max-width: 1200px; padding: 0 1rem; }
    h1 { font-size: 1.4rem; } h2 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
    pre { font-size: .85rem; line-height: 1.45; overflow-x: auto; margin: 0; }
    svg { max-width: 100%; height: auto; }
    </style>
    </head>
    <body>
    <h1>\(markup(title))</h1>
    \(svg)
    \(body)</body>
    </html>

    """
}

/// Names from a plan become no markup, and control characters stay visible.
private func markup(_ text: String) -> String {
  SVGCanvas.escaped(safeText(text, limit: 1000))
}
