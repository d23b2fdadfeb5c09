import Assessment
import DNSModel
import Notation

/// The expected drain of the former value, and what was observed, as a drawing that needs no script.
public func drainCurveSVG(
  title: String, expected: DrainCurve?, observed: [DrainCurve.Point]
) -> String {
  let (width, height, left, top) = (720, 320, 60, 40)
  let (plotWidth, plotHeight) = (width - left - 20, height - top - 50)
  let longest = max(
    1, expected?.points.last?.after.milliseconds ?? 1,
    observed.last?.after.milliseconds ?? 1)
  func place(_ point: DrainCurve.Point) -> String {
    let x = left + Int(point.after.milliseconds * Int64(plotWidth) / longest)
    let y = top + plotHeight - point.permille * plotHeight / 1000
    return "\(x),\(y)"
  }
  func line(_ points: [DrainCurve.Point], _ color: String) -> String {
    let places = points.map(place).joined(separator: " ")
    return "<polyline fill=\"none\" stroke=\"\(color)\" stroke-width=\"2\" points=\"\(places)\"/>\n"
  }
  var text = """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" \
    font-family="sans-serif" font-size="12">
    <rect width="\(width)" height="\(height)" fill="white"/>
    <text x="\(left)" y="24" font-size="15">\(xmlText(title))</text>
    <path d="M\(left) \(top)V\(top + plotHeight)H\(left + plotWidth)" fill="none" stroke="#444"/>\n
    """
  for share in [0, 250, 500, 750, 1000] {
    let y = top + plotHeight - share * plotHeight / 1000
    text += "<text x=\"\(left - 8)\" y=\"\(y + 4)\" text-anchor=\"end\">\(share / 10) %</text>\n"
  }
  for quarter in 0...4 {
    let x = left + plotWidth * quarter / 4
    let span = TimeSpan(milliseconds: longest * Int64(quarter) / 4)
    text +=
      "<text x=\"\(x)\" y=\"\(top + plotHeight + 20)\" text-anchor=\"middle\">\(span)</text>\n"
  }
  if let expected { text += line(expected.points, "#999") }
  text += line(observed, "#0a6")
  text +=
    "<text x=\"\(left)\" y=\"\(height - 10)\" fill=\"#666\">caches that still give the former "
  text += "value: grey expected, green observed</text>\n</svg>\n"
  return text
}

/// Text for XML: hostile names cannot leave their element, and control characters stay visible.
func xmlText(_ text: String) -> String {
  var result = ""
  for scalar in safeText(text).unicodeScalars {
    switch scalar {
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "&": result += "&amp;"
    case "\"": result += "&quot;"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
