import Assessment
import Notation

/// The table that a reviewer signs, for a terminal, a change request and a browser. All texts came
/// through `safeText` when the rows were made; Markdown and HTML escape what is theirs.
public struct ParityText {
  let parity: Parity

  public init(_ parity: Parity) { self.parity = parity }

  public var plain: [String] {
    let rows = parity.rows.filter { $0.standing != .same }
    let width = rows.map(\.aspect.count).max() ?? 0
    var lines = rows.map { row in
      let pad = String(repeating: " ", count: width - row.aspect.count)
      let remark = row.remark.isEmpty ? "" : "  (\(row.remark))"
      return "\(row.standing.rawValue)  \(row.aspect)\(pad)  \(row.old) → \(row.new)\(remark)"
    }
    lines.append("\(parity.rows.count - rows.count) aspects are the same")
    return lines
  }

  public var markdown: String {
    var text = "| | aspect | old | new | remark |\n|---|---|---|---|---|\n"
    for row in parity.rows {
      let cells = [row.standing.rawValue, row.aspect, row.old, row.new, row.remark]
      text += "| " + cells.map(Self.markdownCell).joined(separator: " | ") + " |\n"
    }
    return text + "\nReviewed by: ____________________ on ____________\n"
  }

  public var html: String {
    var text = "<table class=\"parity\">\n<tr><th></th><th>aspect</th><th>old</th><th>new</th>"
    text += "<th>remark</th></tr>\n"
    for row in parity.rows {
      text += "<tr class=\"\(row.standing.rawValue)\">"
      for cell in [row.standing.rawValue, row.aspect, row.old, row.new, row.remark] {
        text += "<td>\(Self.htmlText(cell))</td>"
      }
      text += "</tr>\n"
    }
    return text + "</table>\n"
  }

  private static func markdownCell(_ text: String) -> String {
    var result = ""
    for character in text {
      if "|\\`*_<>[]".contains(character) { result.append("\\") }
      result.append(character)
    }
    return result
  }

  private static func htmlText(_ text: String) -> String {
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
}
