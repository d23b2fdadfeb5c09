import Engine
import Invocation
import Migration
import Notation
import Store
import SystemIO

enum StepCommand: Command {
  static let spec = CommandSpec(
    name: "step",
    summary: "go on interactively: what comes next, why it may happen now, what undo costs",
    operands: [.migration], options: [.asPerson],
    examples: ["cutover step", "cutover step api.contososhoes.com"],
    notes: """
      Keys: g go (approve, or vouch for, what waits for you), w wait and watch, e explain, p pause or resume, r roll back
      (asked twice), q quit. Nothing is lost by quitting or Ctrl-C: the engine picks up where it was. Without a
      terminal that can be drawn on, it prints the screen once and says how to go on.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let view = try MigrationView.chosen(invocation)
    guard !console.wantsJSON, let terminal = Terminal() else {
      let screen = StepScreen(
        view: view, width: 80, height: 200, console: console, news: [], isExplaining: false,
        question: nil)
      for line in screen.lines.dropLast(2) { console.result(line) }
      console.progress("this is no terminal to draw on; \(goOn(view))")
      return view.standing.exitCode
    }
    Stopping.listen()
    let session = try StepSession(invocation, view.id, console, terminal)
    defer { session.leave() }
    return try session.run()
  }

  private static func goOn(_ view: MigrationView) -> String {
    if view.state.ending != nil { return "it has ended; what happened tells: cutover history" }
    for blocker in view.blockers {
      switch blocker {
      case .approval(let gate, _): return "go on with: cutover approve --gate \(gate.name)"
      case .attestation: return "go on with: cutover approve --attest-drained"
      case .paused(.drift): return "go on with: cutover explain"
      case .paused: return "go on with: cutover resume"
      default: continue
      }
    }
    return "go on with: cutover run"
  }
}

/// One person at the screen. If nobody runs the migrations, this process does so meanwhile.
final class StepSession {
  private let id: MigrationID
  private let console: Console
  private let terminal: Terminal
  private let invocation: ParsedInvocation
  private let reader: SQLiteReader
  private let news = NewsList()
  private var runner: Runner?
  private var thread: Thread?
  private let stop = StopFlag()
  private var isExplaining = false
  private var question: (text: String, verb: Verb)?
  private var hasEnded = false

  init(
    _ invocation: ParsedInvocation, _ id: MigrationID, _ console: Console, _ terminal: Terminal
  ) throws {
    self.id = id
    self.console = console
    self.terminal = terminal
    self.invocation = invocation
    let place = StatePlace(invocation)
    guard let reader = try place.reader() else {
      throw Complaint("there is no migration yet", .usage)
    }
    self.reader = reader
    if let store = try place.storeSoon() {
      let news = news
      let runner = try Runner(place.directory(), store: store) { id, text in
        news.add(text)
      }
      self.runner = runner
      let stop = stop
      thread = try Thread("engine") {
        try? runner.run { stop.isSet }
      }
    }
    // A screen of its own: what was there before comes back at the end.
    console.raw("\u{1b}[?1049h\u{1b}[?25l")
  }

  /// Also after an error: the terminal is given back, and the engine ends in good order.
  func leave() {
    console.raw("\u{1b}[?25h\u{1b}[?1049l")
    terminal.restore()
    stop.set()
    thread?.join()
    console.progress(
      hasEnded
        ? "it has ended; what happened tells: cutover history"
        : "nothing is lost; go on with: cutover step, or cutover run --wait")
  }

  func run() throws -> ExitCode {
    while true {
      let view = try MigrationView(reader, reader.choose(id.text))
      hasEnded = view.state.ending != nil
      draw(view)
      guard let key = terminal.key(within: .seconds(1)) else { continue }
      let isConfirmed = question != nil && key == .character("y")
      let asked = question
      question = nil
      if isConfirmed, let asked {
        deliver(asked.verb, asked.verb.text)
        continue
      }
      switch key {
      case .interrupt, .character("q"): return view.standing.exitCode
      case .character("e"): isExplaining.toggle()
      case .character("g"): go(view)
      case .character("w"): isExplaining = false
      case .character("p"):
        let isPaused = view.state.pauses != []
        deliver(isPaused ? .resume : .pause, isPaused ? "resume" : "pause")
      case .character("r"):
        if view.canRollBack {
          question = ("roll back? \(view.undoText)   [y] yes, any other key no", .rollback)
        } else {
          news.add("this cannot be turned back: \(view.undoText)")
        }
      default: break
      }
    }
  }

  /// Go: say yes to what waits for a yes. What waits for time or for the world cannot be hurried.
  private func go(_ view: MigrationView) {
    let no = "   [y] yes, any other key no"
    for blocker in view.blockers {
      switch blocker {
      case .approval(let gate, _):
        let digest = view.state.evidenceDigest(for: gate)
        let verb = Verb.approve(gate, planDigest: view.plan.planDigest, evidenceDigest: digest)
        let next = view.nextChange.map { "   next: " + $0.text } ?? ""
        question = ("approve: \(gate.text)?\(next)\(no)", verb)
        return
      case .attestation:
        question = (
          "do you vouch that no client uses the old endpoint directly any more?\(no)",
          .attestDrained
        )
        return
      default: continue
      }
    }
    news.add(
      view.blockers.isEmpty
        ? "nothing is in the way: it goes on by itself"
        : "this cannot be hurried: \(view.blockerTexts[0])")
  }

  private func deliver(_ verb: Verb, _ what: String) {
    do {
      switch try CommandDelivery(invocation).deliver(verb, to: id) {
      // The journal tells it.
      case .answered: break
      case .queued: news.add("\(what): recorded")
      case .refused(let reason): news.add("\(what): \(reason)")
      case .started: break
      }
    } catch {
      news.add("\(what): \(error)")
    }
  }

  private func draw(_ view: MigrationView) {
    let size = terminal.size
    let screen = StepScreen(
      view: view, width: max(40, size.columns - 1), height: size.rows, console: console,
      news: recent(view), isExplaining: isExplaining, question: question?.text)
    // Home, each line to its end, the rest below: no flicker.
    let lines = screen.lines.prefix(size.rows).map { $0 + "\u{1b}[K" }
    console.raw("\u{1b}[H" + lines.joined(separator: "\r\n") + "\u{1b}[J")
  }

  /// What the journal tells and what was said here, as one story.
  private func recent(_ view: MigrationView) -> [String] {
    let told = view.facts.suffix(20).map { (at: $0.at.wall, text: $0.kind.text(view.plan)) }
    return (told + news.recent).sorted { $0.at < $1.at }
      .map { "\(CivilDateTime($0.at).timeText)  \($0.text)" }
  }
}

/// What happened lately, from several threads.
final class NewsList: Sendable {
  typealias Item = (at: UTCInstant, text: String)
  private let items = Mutex<[Item]>([])

  func add(_ text: String) {
    let now = SystemClock.wall()
    items.withLock { items in
      items += text.split(separator: "\n").map { (now, safeText(String($0))) }
      if items.count > 20 { items.removeFirst(items.count - 20) }
    }
  }

  var recent: [Item] { items.withLock { $0 } }
}
