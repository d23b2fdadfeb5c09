import Notation

/// Who served the crowd, second by second, with failures, events, and the TTL the primary gave.
struct TrafficDrawing {
  private let story: TrafficStory
  private let length: Int64
  private static let width = 960
  private static let left = 64
  private static let right = 940
  private static let top = 96
  private static let plotHeight = 200
  private static let stairTop = 388
  /// The numbers of events, in as many rows as keep them apart.
  private static let markRows = 4
  private static let stairHeight = 90
  /// From the bottom of the stack upwards.
  private static let layers: [(name: String, style: String)] = [
    ("old", "old"), ("west", "window"), ("east", "new"), ("south", "undo"),
  ]

  init(_ story: TrafficStory) {
    self.story = story
    length = max(1000, Int64(story.seconds.count) * 1000)
  }

  var svg: String {
    var canvas = SVGCanvas()
    canvas.text(Self.left, 34, story.headline, "title")
    canvas.text(
      Self.left, 56, "Requests a second by who served them; below, what the primary said.", "sub")
    drawLegend(&canvas)
    drawTraffic(&canvas)
    drawStairs(&canvas)
    drawAxis(&canvas)
    drawEvents(&canvas)
    let height = Self.stairTop + Self.stairHeight + 70 + 16 * marked.count
    return SVGCanvas.document(
      width: Self.width, height: height, title: story.headline, canvas.text)
  }

  private func x(_ at: Int64) -> Int {
    Self.left + Int(min(max(0, at), length) * Int64(Self.right - Self.left) / length)
  }

  private var most: Int { max(1, story.seconds.map(\.sent).max() ?? 1) }

  private func drawLegend(_ canvas: inout SVGCanvas) {
    var place = Self.left
    for (name, style) in Self.layers {
      canvas.rect(place, 72, 12, 12, style)
      canvas.text(place + 18, 82, name, "value")
      place += 80
    }
    canvas.rect(place, 72, 12, 12, "move")
    canvas.text(place + 18, 82, "failed", "value")
  }

  private func drawTraffic(_ canvas: inout SVGCanvas) {
    let bottom = Self.top + Self.plotHeight
    for part in [0, 1, 2] {
      let y = bottom - part * Self.plotHeight / 2
      canvas.line(Self.left, y, Self.right, y, "grid")
      canvas.text(Self.left - 8, y + 4, "\(most * part / 2)", "tick end")
    }
    for (index, second) in story.seconds.enumerated() {
      let (from, to) = (x(Int64(index) * 1000), x(Int64(index + 1) * 1000))
      var below = 0
      let parts =
        Self.layers.map { (second.served[$0.name, default: 0], $0.style) } + [
          (second.failed, "move")
        ]
      for (count, style) in parts where count > 0 {
        let start = bottom - below * Self.plotHeight / most
        below += count
        let end = bottom - below * Self.plotHeight / most
        let height = style == "move" ? max(3, start - end) : start - end
        canvas.path("M\(from) \(start)v-\(height)h\(max(1, to - from))v\(height)z", style)
      }
    }
  }

  /// The TTL in seconds as stairs; the colour says where the record leads.
  private func drawStairs(_ canvas: inout SVGCanvas) {
    let bottom = Self.stairTop + Self.stairHeight
    let highest = max(1, story.stairs.map(\.ttl).max() ?? 1)
    canvas.text(Self.left, Self.stairTop - 12, "TTL at the primary, in seconds", "lane")
    for (index, stair) in story.stairs.enumerated() {
      let next = index + 1 < story.stairs.count ? story.stairs[index + 1].at : length
      let height = max(3, Int(stair.ttl * Int64(Self.stairHeight - 10) / highest))
      let (from, to) = (x(stair.at), x(next))
      canvas.rect(from, bottom - height, max(2, to - from), height, stair.isOld ? "old" : "new")
      // Room for a figure only where stairs are wide, and at the left edge.
      if to - from > 14 || index == 0 {
        canvas.text((from + to) / 2, bottom - height - 4, "\(stair.ttl)", "value mid")
      }
    }
    canvas.line(Self.left, bottom, Self.right, bottom, "grid")
  }

  private func drawAxis(_ canvas: inout SVGCanvas) {
    let y = Self.stairTop + Self.stairHeight + 16
    let step: Int64 = length > 600_000 ? 120_000 : length > 120_000 ? 20_000 : 10_000
    for at in stride(from: 0, through: length, by: Int64.Stride(step)) {
      canvas.text(x(at), y, "\(at / 1000) s", "tick mid")
    }
  }

  /// Numbered, since texts would overlap.
  private var marked: [TrafficStory.Event] { Array(story.events.prefix(Self.markLimit)) }
  static let markLimit = 40

  private func drawEvents(_ canvas: inout SVGCanvas) {
    var ends = Array(repeating: 0, count: Self.markRows)
    let bottom = Self.top + Self.plotHeight
    for (index, event) in marked.enumerated() {
      let place = x(event.at)
      canvas.line(place, Self.top - 4, place, bottom, "grid")
      // Under its line where a row has room; otherwise as near as it gets.
      let row =
        ends.firstIndex { $0 + 17 <= place } ?? ends.indices.min { ends[$0] < ends[$1] } ?? 0
      let label = max(place, ends[row] + 17)
      ends[row] = label
      canvas.text(label, bottom + 18 + 13 * row, "\(index + 1)", "cutlabel mid")
      let y = Self.stairTop + Self.stairHeight + 44 + 16 * index
      canvas.text(Self.left, y, "\(index + 1)", "cutlabel end")
      canvas.text(Self.left + 8, y, "\(secondsText(event.at))  \(safeText(event.text))", "value")
    }
  }
}
