import Notation

/// The end of a sandbox run: a summary that can be checked, and a page with drawings.
public struct TrafficReport: Sendable {
  public let story: TrafficStory

  public init(_ story: TrafficStory) { self.story = story }

  // MARK: text

  /// The last line is the one that scripts look for.
  public var lines: [String] {
    curve + stairs + measures + failures + ["", story.headline]
  }

  /// The share of the new path over time, as a row of bars.
  private var curve: [String] {
    let shares = newShares(columns: 60)
    guard !shares.isEmpty else { return [] }
    let marks = Array(" ▁▂▃▄▅▆▇█")
    let bars = shares.map { share -> Character in
      guard let share else { return "·" }
      return marks[min(8, (share * 8 + 50) / 100)]
    }
    let length = Int64(story.seconds.count) * 1000
    return [
      "share on the new path, 0 to \(secondsText(length).drop { $0 == " " }) (full bar: 100 %)",
      "  " + String(bars),
    ]
  }

  /// In percent, for each of so many columns; nil where nothing was answered.
  func newShares(columns: Int) -> [Int?] {
    let count = story.seconds.count
    guard count > 0 else { return [] }
    return (0..<min(columns, count)).map { column in
      let from = column * count / min(columns, count)
      let to = max(from + 1, (column + 1) * count / min(columns, count))
      var (new, all) = (0, 0)
      for second in story.seconds[from..<to] {
        for (server, answers) in second.served {
          all += answers
          if server != TrafficStory.old { new += answers }
        }
      }
      return all == 0 ? nil : new * 100 / all
    }
  }

  private var stairs: [String] {
    guard !story.stairs.isEmpty else { return [] }
    return ["", "what the primary said"]
      + story.stairs.map { "  from \(secondsText($0.at))  TTL \($0.ttl)  \($0.target)" }
  }

  private var measures: [String] {
    guard !story.measures.isEmpty else { return [] }
    return ["", "measured"]
      + story.measures.map { measure in
        let promise = measure.promised.map { ", promised \(Self.text($0))" } ?? ""
        return "  \(measure.name): \(Self.text(measure.took))\(promise)"
      }
  }

  private static func text(_ span: TimeSpan) -> String {
    String(secondsText(span.milliseconds).drop { $0 == " " })
  }

  private var failures: [String] {
    var lines: [String] = []
    if !story.foretold.isEmpty {
      lines += ["", "foretold"]
      lines += story.foretold.map { entry in
        let limit = entry.atMost == .max ? "any number" : "at most \(entry.atMost)"
        return "  \(secondsText(entry.at))  \(entry.what): \(limit)"
      }
    }
    guard !story.failures.isEmpty else { return lines }
    lines += ["", "failed: \(story.failed), of which \(story.unannounced.count) unannounced"]
    let shown = story.failures.prefix(20)
    lines += shown.map { "  \(secondsText($0.at))  \($0.client): \($0.what)" }
    if story.failures.count > shown.count {
      lines.append("  … and \(story.failures.count - shown.count) more")
    }
    return lines
  }

  // MARK: page

  public var html: String {
    // The drawing lists the first ones itself.
    let rows = story.events.dropFirst(TrafficDrawing.markLimit).map {
      "<tr><td>\(secondsText($0.at))</td><td>\(SVGCanvas.escaped(safeText($0.text)))</td></tr>"
    }
    let text = SVGCanvas.escaped(lines.joined(separator: "\n"))
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><title>Cutover sandbox: what clients met</title>
      <style>
      body { font-family: "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; margin: 2em auto; max-width: 960px; color: #1f2933; background: #fff; }
      td { padding: 2px 12px 2px 0; font-size: 14px; vertical-align: top; }
      pre { background: #f5f7fa; padding: 1em; overflow-x: auto; } svg { max-width: 100%; height: auto; }
      @media (prefers-color-scheme: dark) { body { color: #e6e9ee; background: #14181d; } pre { background: #1c222a; } }
      </style></head><body>
      \(svg)
      <table>\(rows.joined(separator: "\n"))</table>
      <h2>Summary</h2>
      <pre>\(text)</pre>
      </body></html>

      """
  }

  public var svg: String { TrafficDrawing(story).svg }
}
