import Assessment
import Notation

/// The table that a reviewer signs, for a terminal, a change request and a browser. All texts came
/// through `safeText` when the rows were made; Markdown and HTML escape what is theirs.
public struct ParityText {
  let parity: Parity

  public init(_ parity: Parity) { self.parity = parity }

  public var plain: [String] {
    let rows = parity.rows.filter { $0.standing != .same }.sorted { Self.rank($0) < Self.rank($1) }
    let width = rows.map(\.aspect.count).max() ?? 0
    var lines = rows.map { row in
      let standing = Layout.padded(row.standing.rawValue, 9)
      let pad = String(repeating: " ", count: width - row.aspect.count)
      let remark = row.remark.isEmpty ? "" : "  (\(row.remark))"
      return "\(standing)  \(row.aspect)\(pad)  \(row.old) → \(row.new)\(remark)"
    }
    lines.append("\(parity.rows.count - rows.count) aspects are the same")
    return lines
  }

  /// What stops the move first, what was accepted last.
  private static func rank(_ row: Parity.Row) -> Int {
    switch row.standing {
    case .different:
      row.severity == .blocker ? 0 : row.severity == .warning ? 2 : 3
    case .unknown: 1
    case .accepted: 4
    case .same: 5
    }
  }

  public var markdown: String {
    var text = "| | aspect | old | new | remark |\n|---|---|---|---|---|\n"
    for row in parity.rows {
      let cells = [row.standing.rawValue, row.aspect, row.old, row.new, row.remark]
      text += "| " + cells.map(markdownText).joined(separator: " | ") + " |\n"
    }
    return text + "\nReviewed by: ____________________ on ____________\n"
  }

  /// The table as a page of its own.
  public func page(title: String) -> String {
    HTMLPage(title: title, body: "<h1>\(SVGCanvas.escaped(safeText(title)))</h1>\n" + html).text
  }

  public var html: String {
    var text = "<table class=\"parity\">\n<tr><th></th><th>aspect</th><th>old</th><th>new</th>"
    text += "<th>remark</th></tr>\n"
    for row in parity.rows {
      text += "<tr class=\"\(row.standing.rawValue)\">"
      for cell in [row.standing.rawValue, row.aspect, row.old, row.new, row.remark] {
        text += "<td>\(SVGCanvas.escaped(cell))</td>"
      }
      text += "</tr>\n"
    }
    return text + "</table>\n<p>Reviewed by: ____________________ on ____________</p>\n"
  }
}
