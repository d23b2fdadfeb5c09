import Assessment
import DNSModel
import Notation

/// The drain of the former value as a drawing that needs no script: what was seen, what follows from
/// it, and what is expected of all caches there are.
public struct DrainDrawing: Sendable {
  private static let (left, right, top, bottom) = (64, 930, 92, 372)
  private let title: String
  private let record: DrainRecord
  private let expected: DrainCurve?
  private let scale: TimeScale

  public init(title: String, record: DrainRecord, expected: DrainCurve?) {
    self.title = title
    self.record = record
    self.expected = expected
    let longest = expected?.points.last.map { record.start + $0.after } ?? record.end
    let end = max(record.end, min(longest, record.start + (record.end - record.start) * 4))
    scale = TimeScale(
      from: record.start, to: end + TimeSpan(milliseconds: (end - record.start).milliseconds / 24),
      left: Self.left, right: Self.right)
  }

  public var svg: String {
    var canvas = SVGCanvas()
    head(&canvas)
    axes(&canvas)
    if let expected {
      let points = expected.points.map {
        DrainRecord.Point(at: record.start + $0.after, permille: $0.permille)
      }
      canvas.path(line(points, stepped: false), "all")
    }
    canvas.path(line(record.forecast, stepped: true), "ahead")
    canvas.path(line(record.observed, stepped: true), "seen")
    marks(&canvas)
    legend(&canvas)
    return SVGCanvas.document(
      width: 960, height: Self.bottom + 84, title: title, canvas.text, style: Self.style)
  }

  private func head(_ canvas: inout SVGCanvas) {
    canvas.text(32, 40, safeText(title, limit: 100), "title")
    let converged = 1000 - (record.observed.last?.permille ?? 1000)
    var text = "\(converged / 10) % converged at \(record.now)"
    if let last = record.forecast.last, last.at > record.now {
      text += "; \((1000 - last.permille) / 10) % by \(last.at)"
    }
    canvas.text(32, 62, text, "sub")
  }

  private func axes(_ canvas: inout SVGCanvas) {
    for share in [0, 250, 500, 750, 1000] {
      let y = height(share)
      canvas.line(Self.left, y, Self.right, y, "grid")
      canvas.text(Self.left - 8, y + 4, "\(share / 10) %", "tick end")
    }
    let moments = MomentText(zone: .utc, name: nil)
    for tick in scale.ticks(zone: moments) {
      canvas.line(tick.x, Self.top, tick.x, Self.bottom, "grid")
      canvas.text(tick.x, Self.bottom + 18, tick.label, "tick mid")
    }
  }

  private func marks(_ canvas: inout SVGCanvas) {
    if let end = record.budgetEnd, end <= scale.to {
      let x = scale.x(end)
      canvas.line(x, Self.top - 6, x, Self.bottom, "cut")
      let isLeft = x > (Self.left + Self.right) / 2
      canvas.text(
        isLeft ? x - 6 : x + 6, Self.top - 10, "every cache has let go, or breaks the rules",
        isLeft ? "cutlabel end" : "cutlabel")
    }
    if let last = record.observed.last {
      let (x, y) = (scale.x(last.at), height(last.permille))
      canvas.path("M\(x - 4) \(y)a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", "now")
    }
  }

  private func legend(_ canvas: inout SVGCanvas) {
    let y = Self.bottom + 50
    let rows =
      [("seen", "seen"), ("ahead", "forecast: what each cache says it has left")]
      + (expected == nil ? [] : [("all", "expected of all known kinds of caches")])
    var x = Self.left
    for (style, text) in rows {
      canvas.line(x, y - 4, x + 24, y - 4, style)
      canvas.text(x + 32, y, text, "hint")
      x += 60 + text.count * 6
    }
    canvas.text(
      Self.left, y + 20, "share of the resolvers asked that do not yet give the expected value",
      "hint")
  }

  private func height(_ permille: Int) -> Int {
    Self.bottom - permille * (Self.bottom - Self.top) / 1000
  }

  private func line(_ points: [DrainRecord.Point], stepped: Bool) -> String {
    var data = ""
    for (index, point) in points.enumerated() where point.at <= scale.to {
      let (x, y) = (scale.x(point.at), height(point.permille))
      if index == 0 {
        data += "M\(x) \(y)"
      } else {
        data += stepped ? "H\(x)V\(y)" : "L\(x) \(y)"
      }
    }
    return data
  }

  private static let style = """
    .seen { fill: none; stroke: #27765a; stroke-width: 3; }
    .ahead { fill: none; stroke: #27765a; stroke-width: 2; stroke-dasharray: 4 4; }
    .all { fill: none; stroke: #9aa7b4; stroke-width: 2; }
    .now { fill: #27765a; }
    @media (prefers-color-scheme: dark) {
      .seen, .ahead { stroke: #6fcfa6; } .now { fill: #6fcfa6; }
    }

    """
}
