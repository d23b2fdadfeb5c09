import DNSModel
import Migration
import Notation

/// What `cutover step` shows: where we are on the drawn timeline, what comes next and exactly what it
/// changes, why it may or may not happen now, what undo costs and until when. A value in, lines out, so
/// that it can be looked at in any width.
struct StepScreen {
  let view: MigrationView
  let width: Int
  let height: Int
  /// Colours and drawing; without them it is plain text for a dumb terminal.
  let console: Console
  /// What happened lately, and what a key led to: the newest last. As many as there is room for.
  let news: [String]
  /// The full list of reasons instead of the first few.
  let isExplaining: Bool
  /// A key that wants to be pressed twice.
  let question: String?

  static let keys = "[g]o  [w]ait  [e]xplain  [p]ause/resume  [r]oll back  [q]uit"

  var lines: [String] {
    var head = heading + [""] + timeline + [""]
    var tail = ["", rule] + foot
    let isCramped = head.count + tail.count + 8 > height
    if isCramped {
      // What it is about, what undoing costs and the keys are the last to go.
      let active = timeline.first { $0.contains("▸") }
      head = Array((heading + [active ?? ""]).prefix(max(1, height - foot.count - 1)))
      tail = foot
    }
    let room = max(1, height - head.count - tail.count)
    let all = isExplaining ? explanation : situation
    let undo = all.filter { isCramped && $0.hasPrefix("undo  ") }
    var body = (undo + all.filter { !undo.contains($0) }).flatMap { wrapped($0) }
    if !isExplaining, room - body.count > 1 {
      body += [""] + news.suffix(room - body.count - 1).map { cut("  " + $0) }
    }
    if isExplaining, body.count > room {
      let hidden = body.count - room + 1
      body.replaceSubrange((room - 1)..., with: ["… and \(hidden) more lines: cutover explain"])
    }
    return head + body.prefix(room) + tail
  }

  /// News are many: each has one line.
  private func cut(_ text: String) -> String {
    text.count > width ? text.prefix(width - 1) + "…" : text
  }

  private var heading: [String] {
    let direction = view.isTurnedBack ? " · rolling back" : ""
    let rest = " · \(view.standing.text)\(direction) · \(view.now.wall.lastSecond)"
    let name = view.plan.hostname.host
    guard name.count + rest.count > width else { return [console.ink(.bold, name) + rest] }
    return [
      console.ink(.bold, String(name.prefix(width))), String(rest.dropFirst(3).prefix(width)),
    ]
  }

  private var rule: String { console.ink(.dim, String(repeating: "─", count: min(width, 140))) }

  /// The steps in a row, and below them the way back, once it is gone.
  private var timeline: [String] {
    let steps = view.plan.steps.indices.map { (view.plan.steps[$0].id, view.standing(ofStep: $0)) }
    let back = view.wayBack.map { ($0.stage.id, $0.standing) }
    return drawn(steps) + (back.isEmpty ? [] : drawn(back, after: "back: "))
  }

  /// Wrapped: done, active, ahead.
  private func drawn(
    _ items: [(id: String, standing: MigrationView.StepStanding)], after label: String = ""
  ) -> [String] {
    var lines: [String] = []
    var line = label
    var used = 0
    for (id, standing) in items {
      let mark = standing == .done ? "✓" : standing == .active ? "▸" : "·"
      let text = "\(mark) \(id)"
      if used > 0, label.count + used + text.count + 3 > width {
        lines.append(line)
        (line, used) = (String(repeating: " ", count: label.count), 0)
      }
      if used > 0 {
        line += console.ink(.dim, " ─ ")
        used += 3
      }
      switch standing {
      case .done: line += console.ink(.green, text)
      case .active: line += console.ink(.bold, text)
      case .ahead: line += console.ink(.dim, text)
      }
      used += text.count
    }
    return lines + [line]
  }

  private var situation: [String] {
    let next = view.nextChange?.lines ?? ["nothing more is changed"]
    var lines = ["next     " + next[0]] + next.dropFirst().map { "         " + $0 }
    let texts = view.blockerTexts
    if view.state.ending != nil {
      lines.append("now      it has ended: \(view.standing.text)")
    } else if texts.isEmpty {
      lines.append("now      allowed: every wait is over, and all that it rests on was seen")
    } else {
      lines.append("waits    " + texts[0])
      lines += texts.dropFirst().prefix(3).map { "         " + $0 }
      if texts.count > 4 { lines.append("         … and \(texts.count - 4) more: [e]xplain") }
    }
    lines += view.strangers.prefix(3).map { "seen     " + $0 }
    if let trouble = view.reloadTrouble { lines.append("reload   " + trouble) }
    if let trouble = view.troubles.notices { lines.append("notices  " + trouble) }
    if let wake = view.decision.wakeAt, wake > view.now.safe {
      lines.append("in       \((wake - view.now.safe).inSeconds)")
    }
    lines.append("undo     " + view.undoText)
    lines += view.handedOver.filter { !$0.isEmpty }.enumerated()
      .map { ($0.offset == 0 ? "task     " : "         ") + $0.element }
    lines.append("record   " + view.recordText)
    let watched = view.watched
    if !watched.isEmpty { lines.append("watched  " + watched.joined(separator: ", ")) }
    return lines
  }

  private var explanation: [String] { ExplainCommand.lines(view).dropFirst(2).map { $0 } }

  private var foot: [String] {
    if let question { return wrapped(question).map { console.ink(.yellow, $0) } }
    return wrapped(Self.keys)
  }

  /// Wrapped at words, hanging below the text of its label; what has no blanks is cut.
  func wrapped(_ text: String) -> [String] {
    guard text.count > width else { return [text] }
    // The label and the blanks behind it stay as they are, and what follows hangs below the text.
    let indent = text.prefix { $0 == " " }
    let label = text.dropFirst(indent.count).prefix { $0 != " " }
    let blanks = text.dropFirst(indent.count + label.count).prefix { $0 == " " }
    let isLabelled = indent.count + label.count + blanks.count <= 24 && blanks.count > 1
    var lines: [String] = []
    var line = isLabelled ? String(indent + label + blanks) : String(indent)
    let hang = String(repeating: " ", count: min(line.count, width / 2))
    for word in text.dropFirst(line.count).split(separator: " ") {
      let piece = String(word.prefix(width - hang.count))
      if line.contains(where: { $0 != " " }), line.count + piece.count + 1 > width {
        lines.append(line)
        line = hang + piece
      } else {
        line += (line.last == " " || line.isEmpty ? "" : " ") + piece
      }
    }
    return lines + [line]
  }
}
