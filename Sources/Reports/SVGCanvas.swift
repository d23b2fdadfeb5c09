import Notation

/// Shapes with classes; colours live in one style sheet that knows light and dark.
struct SVGCanvas {
  private(set) var text = ""

  mutating func rect(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ style: String) {
    text +=
      "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" rx=\"3\" class=\"\(style)\"/>\n"
  }

  mutating func line(_ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int, _ style: String) {
    text += "<line x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\" class=\"\(style)\"/>\n"
  }

  mutating func path(_ data: String, _ style: String) {
    text += "<path d=\"\(data)\" class=\"\(style)\"/>\n"
  }

  /// Goes on beyond the picture.
  mutating func arrow(_ x: Int, _ y: Int, _ style: String) {
    text += "<path d=\"M\(x) \(y - 8)l10 8l-10 8z\" class=\"\(style)\"/>\n"
  }

  mutating func text(_ x: Int, _ y: Int, _ content: String, _ style: String) {
    text += "<text x=\"\(x)\" y=\"\(y)\" class=\"\(style)\">\(Self.escaped(content))</text>\n"
  }

  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }

  static func document(
    width: Int, height: Int, title: String, _ body: String, style more: String = ""
  ) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" \
    height="\(height)" role="img">
    <title>\(escaped(safeText(title)))</title>
    <style>\(style)\(more)</style>
    <rect x="0" y="0" width="\(width)" height="\(height)" class="page"/>
    \(body)</svg>

    """
  }

  private static let style = """

    text { font-family: "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; fill: #1f2933; }
    .page { fill: #ffffff; }
    .title { font-size: 20px; font-weight: 600; }
    .sub { font-size: 13px; fill: #52606d; }
    .lane { font-size: 13px; font-weight: 600; }
    .hint, .tick { font-size: 11px; fill: #66727f; }
    .value, .in, .out { font-size: 11px; }
    .in { fill: #ffffff; }
    .mid { text-anchor: middle; }
    .end { text-anchor: end; }
    .grid { stroke: #e4e7eb; stroke-width: 1; }
    .cut { stroke: #c2255c; stroke-width: 2; stroke-dasharray: 5 4; }
    .cutlabel { font-size: 12px; font-weight: 600; fill: #c2255c; }
    .stairs { fill: none; stroke: #2563a8; stroke-width: 2.5; }
    .wait { fill: #5b6b7b; } .work { fill: #2563a8; } .move { fill: #c2255c; }
    .soak { fill: #27765a; } .old { fill: #8a5a12; } .new { fill: #27765a; }
    .undo { fill: #6b46a8; } .certold { fill: #8a5a12; } .certnew { fill: #27765a; }
    .window { fill: #2563a8; } .renew { stroke: #c2255c; stroke-width: 3; }
    .curve { fill: none; stroke-width: 2; }
    .total { stroke: #1f2933; stroke-width: 3.5; }
    .c0 { stroke: #27765a; } .c1 { stroke: #2563a8; } .c2 { stroke: #0d8a9c; }
    .c3 { stroke: #c2255c; } .c4 { stroke: #8a5a12; } .c5 { stroke: #6b46a8; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6e9ee; }
      .page { fill: #14181d; }
      .sub, .hint, .tick { fill: #9aa7b4; }
      .in { fill: #0e1216; }
      .grid { stroke: #2a323b; }
      .cut { stroke: #ff7aa8; } .cutlabel { fill: #ff7aa8; }
      .stairs { stroke: #79b4f2; }
      .wait { fill: #93a3b3; } .work { fill: #79b4f2; } .move { fill: #ff7aa8; }
      .soak { fill: #6fcfa6; } .old { fill: #e0ab55; } .new { fill: #6fcfa6; }
      .undo { fill: #b99af0; } .certold { fill: #e0ab55; } .certnew { fill: #6fcfa6; }
      .window { fill: #79b4f2; } .renew { stroke: #ff7aa8; }
      .total { stroke: #e6e9ee; }
      .c0 { stroke: #6fcfa6; } .c1 { stroke: #79b4f2; } .c2 { stroke: #5fd0df; }
      .c3 { stroke: #ff7aa8; } .c4 { stroke: #e0ab55; } .c5 { stroke: #b99af0; }
    }

    """
}

/// Moments to the right.
struct TimeScale {
  let from: UTCInstant
  let to: UTCInstant
  let left: Int
  let right: Int

  func x(_ instant: UTCInstant) -> Int {
    let inside = min(max(instant, from), to)
    let length = max((to - from).milliseconds, 1)
    return left
      + Int((inside - from).milliseconds / 1000 * Int64(right - left) / max(length / 1000, 1))
  }

  /// Five to twelve round moments.
  func ticks(zone: MomentText) -> [(x: Int, label: String)] {
    let steps: [TimeSpan] = [
      .seconds(10), .seconds(30), .minutes(1), .minutes(5), .minutes(15), .hours(1), .hours(3),
      .hours(6), .hours(12), .days(1), .days(2), .days(7), .days(14), .days(30), .days(90),
      .days(365),
    ]
    let length = to - from
    let step = steps.first { $0 * 12 >= length } ?? .days(3650)
    var ticks: [(x: Int, label: String)] = []
    let first = (from.milliseconds / step.milliseconds + 1) * step.milliseconds
    var at = UTCInstant(milliseconds: first)
    while at <= to, ticks.count < 40 {
      let date = CivilDateTime(at)
      let label =
        step >= .days(1)
        ? "\(CivilDateTime.weekdayNames[date.weekday]) \(date.dateText.dropFirst(5))"
        : step >= .minutes(1) ? "\(date.timeText.prefix(5))" : date.timeText
      ticks.append((x(at), label))
      at += step
    }
    return ticks
  }
}
