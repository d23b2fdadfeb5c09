import Assessment
import DNSModel
import Invocation
import Migration
import Notation
import Reports
import SystemIO

/// `verify --watch`: round after round until all required agree, the time is over, or the reader has seen
/// enough. On a terminal one screen that is drawn anew; else a line for each change.
final class VerifyWatch {
  private let request: VerifyRequest
  private let console: Console
  private let terminal: Terminal?
  private var shown: [String: String] = [:]
  private var record: DrainRecord?

  init(_ request: VerifyRequest, _ console: Console) {
    self.request = request
    self.console = console
    terminal = console.wantsJSON ? nil : Terminal()
    Stopping.listen()
  }

  func run() throws -> ExitCode {
    if terminal != nil { console.raw("\u{1b}[?1049h\u{1b}[?25l") }
    let last: Verification
    do {
      last = try watch()
    } catch {
      leave()
      throw error
    }
    leave()
    if console.wantsJSON {
      console.result(request.json(last))
    } else {
      VerifyCommand.show(last, request, console)
      if let record {
        console.result("")
        for line in DrainChart(record, width: console.columns ?? 80).lines { console.result(line) }
      }
    }
    return last.exitCode
  }

  private func leave() {
    guard let terminal else { return }
    console.raw("\u{1b}[?25h\u{1b}[?1049l")
    terminal.restore()
  }

  private func watch() throws -> Verification {
    let begin = SystemClock.sinceBoot()
    while true {
      let verification = try request.look()
      var record = record ?? DrainRecord(start: request.changedAt ?? verification.at)
      record.note(verification)
      self.record = record
      // Each round leaves a whole drawing behind: a watch of days may be looked at meanwhile.
      try request.draw(record, verification)
      let spent = SystemClock.sinceBoot() - begin
      let isOver = request.lasts.map { spent + request.interval > $0 } ?? false
      if terminal == nil { tellChanges(verification, record) }
      if verification.standing == .agrees || isOver || wait(verification, record) {
        return verification
      }
    }
  }

  /// Until the next round; true when the reader has seen enough.
  private func wait(_ verification: Verification, _ record: DrainRecord) -> Bool {
    let end = SystemClock.sinceBoot() + request.interval
    while true {
      let left = end - SystemClock.sinceBoot()
      guard left > .zero else { return Stopping.isAsked }
      guard let terminal else {
        if Stopping.isAsked { return true }
        SystemClock.pause(until: SystemClock.sinceBoot() + min(left, .milliseconds(200)))
        continue
      }
      draw(verification, record, next: left, on: terminal)
      switch terminal.key(within: min(left, .seconds(1))) {
      case .interrupt, .escape, .character("q"): return true
      case .enter, .character(" "): return false
      default: break
      }
    }
  }

  private func tellChanges(_ verification: Verification, _ record: DrainRecord) {
    for line in verification.authorities + verification.resolvers
    where shown[line.server.description] != line.verdict.kind.rawValue {
      shown[line.server.description] = line.verdict.kind.rawValue
      console.progress(line.text)
    }
    let permille = verification.openPermille
    let bar = String(repeating: "█", count: permille / 50)
    let rest = String(repeating: "░", count: 20 - permille / 50)
    let clock = CivilDateTime(verification.at).timeText
    console.progress("\(clock) \(bar)\(rest) \(permille / 10) % not converged")
  }

  private func draw(
    _ verification: Verification, _ record: DrainRecord, next: TimeSpan, on terminal: Terminal
  ) {
    let size = terminal.size
    let width = max(40, size.columns - 1)
    let ink: (Verdict.Standing, String) -> String = { standing, text in
      let inks: [Verdict.Standing: Console.Ink] = [
        .agrees: .green, .waits: .yellow, .inconclusive: .blue, .wrong: .red,
      ]
      return self.console.ink(inks[standing] ?? .dim, text)
    }
    var lines = [console.ink(.bold, cut(verification.lines[0], width)), ""]
    lines += DrainChart(record, width: width, rows: size.rows > 30 ? 8 : 5).lines
    lines.append("")
    let rows = verification.authorities + verification.resolvers
    let room = max(3, size.rows - lines.count - 5)
    // What agrees says the least: it is left out first.
    let ordered =
      rows.filter { $0.verdict.kind != .converged }
      + rows.filter { $0.verdict.kind == .converged }
    for row in ordered.prefix(room) {
      lines.append(ink(row.verdict.kind.standing, cut(row.text, width)))
    }
    if ordered.count > room { lines.append("… and \(ordered.count - room) more") }
    lines.append("")
    for line in verification.forecastLines.suffix(2) { lines.append(cut(line, width)) }
    let seconds = next.secondsRoundedUp
    lines.append(
      console.ink(.dim, "next round in \(seconds) s   [space] now   [q] enough"))
    console.raw(
      "\u{1b}[H" + lines.prefix(size.rows).map { $0 + "\u{1b}[K" }.joined(separator: "\r\n")
        + "\u{1b}[J")
  }

  private func cut(_ text: String, _ width: Int) -> String {
    text.count <= width ? text : text.prefix(width - 1) + "…"
  }
}
