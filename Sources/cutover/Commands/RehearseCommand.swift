import Engine
import Invocation
import Migration
import Notation
import PlanFiles
import Rehearsal
import Store
import SystemIO

enum RehearseCommand: Command {
  static let spec = CommandSpec(
    name: "rehearse", summary: "run the plan against a hostile simulated world",
    operands: [OperandSpec("PLAN", .optional, "the plan file (YAML or JSON)")],
    options: [
      .value("schedules", "N", "how many worlds to draw (default: 1000)"),
      .value("seed", "S", "the first world's seed (default: 0)"),
      .value("at", "TIME", "rehearse as if begun at this moment (default: now)"),
      .value("from-state", "ID", "rehearse the rest of this running migration, from its journal"),
      .value("only", "FAULTS", "worlds with no other trouble than this, comma-separated, or none"),
      .flag("story", "tell the one world of --seed, line by line"),
      .value("svg", "FILE", "draw how clients leave the old endpoint to FILE, or - for stdout"),
      .value("html", "FILE", "write everything as one page to FILE, or - for stdout"),
    ],
    examples: [
      "cutover rehearse Plans/api.contososhoes.com.yaml --schedules 1000",
      "cutover rehearse Plans/api.contososhoes.com.yaml --seed 42 --only crashes,abort --story",
      "cutover rehearse --from-state api.contososhoes.com",
    ],
    notes: """
      Each seed draws a world: authorities that lag, resolvers with habits, crashes, lost replies, late
      writes, clock steps, strangers who edit the record, people who abort. The plan runs through it with
      the engine's own core and turn, in virtual time. The same seed tells the same story. A broken rule is
      shrunk to the least trouble that still breaks it. A mistake planted on purpose must be caught.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let schedules = try count(invocation, "schedules", otherwise: 1000)
    let seed = try count(invocation, "seed", otherwise: 0)
    guard schedules > 0 else { throw UsageError("--schedules needs at least one world") }
    let only = try features(invocation)
    guard let subject = try RehearsalSubject.chosen(invocation, console) else { return .refused }
    if invocation.flag("story") {
      let (result, lines) = subject.rehearsal.tell(seed: seed, only: only, in: subject.words)
      for line in lines { console.result(line) }
      for violation in result.violations { console.result("BROKEN \(violation)") }
      return result.violations.isEmpty ? .done : .refused
    }
    let study = RehearsalStudy(
      subject.rehearsal, schedules: schedules, seed: seed, only: only,
      strategies: subject.strategies, words: subject.words
    ) { console.progress("\($0) of \(schedules) worlds") }
    if try !draw(study, subject, invocation, console) {
      show(study, subject, console)
    }
    return study.holds ? .done : .refused
  }

  /// True when the answer itself was a drawing.
  private static func draw(
    _ study: RehearsalStudy, _ subject: RehearsalSubject, _ invocation: ParsedInvocation,
    _ console: Console
  ) throws -> Bool {
    var isAnswered = false
    for (option, text) in [
      ("svg", { study.drawing(title: subject.title) }),
      ("html", { study.page(title: subject.title, command: subject.command) }),
    ] {
      guard let path = invocation.value(option) else { continue }
      if path == "-" {
        console.raw(text())
        isAnswered = true
      } else {
        try AtomicFile.replace(path, with: Array(text().utf8), mode: 0o644)
      }
    }
    return isAnswered
  }

  private static func count(
    _ invocation: ParsedInvocation, _ name: String, otherwise: UInt64
  ) throws -> UInt64 {
    guard let text = invocation.value(name) else { return otherwise }
    guard let value = UInt64(text) else { throw UsageError("--\(name) needs a whole number") }
    return value
  }

  private static func features(_ invocation: ParsedInvocation) throws -> [ScenarioFeature]? {
    guard let text = invocation.value("only") else { return nil }
    if text == "none" { return [] }
    let known = ScenarioFeature.allCases.map(\.rawValue)
    return try text.split(separator: ",").map { word in
      if let feature = ScenarioFeature(rawValue: String(word)) { return feature }
      let near = nearestWord(to: String(word), among: known)
      throw UsageError(
        "--only: there is no fault \"\(safeText(String(word)))\""
          + (near.map { "; did you mean \($0)?" } ?? "; there are "
            + known.joined(separator: ", ")),
        command: "rehearse")
    }
  }

  private static func show(
    _ study: RehearsalStudy, _ subject: RehearsalSubject, _ console: Console
  ) {
    if console.wantsJSON { return console.result(study.json) }
    for (index, section) in study.sections(command: subject.command).enumerated() {
      if index > 0 { console.result("") }
      console.result(console.ink(.bold, section.heading))
      for line in section.lines { console.result(line.isEmpty ? "" : "  " + line) }
    }
  }
}

/// What is rehearsed: a plan from its beginning, or the rest of a migration that runs.
private struct RehearsalSubject {
  let rehearsal: Rehearsal
  let strategies: [StrategyCost]
  let title: String
  /// What plays a world of it again, up to its seed.
  let command: String

  /// A story is told in the words of `cutover history`.
  var words: StoryWords {
    let plan = rehearsal.plan
    return StoryWords(fact: { $0.text(plan) }, value: { $0.text(plan) })
  }

  /// Nil when the plan was refused, which has been told.
  static func chosen(
    _ invocation: ParsedInvocation, _ console: Console
  ) throws -> RehearsalSubject? {
    var start = SystemClock.wall()
    if let text = invocation.value("at") {
      guard let instant = UTCInstant(parsing: text) else {
        throw UsageError("--at needs a moment such as 2026-12-01T06:00:00Z")
      }
      start = instant
    }
    let path = invocation.operands.first
    if let id = invocation.value("from-state") {
      guard path == nil else {
        throw UsageError("--from-state has its plan: name no other", command: "rehearse")
      }
      return try running(id, invocation, start)
    }
    guard let path else {
      throw UsageError("name a plan, or a migration by --from-state", command: "rehearse")
    }
    let bytes = try InputFile.read(path)
    do throws(PlanRejection) {
      let file = try PlanFile.read(bytes, now: start, zoneRules: PinnedPlan.zoneRules)
      let compiled = CompiledPlan(file.plan, start: start, timeZone: file.timeZone)
      return RehearsalSubject(
        rehearsal: Rehearsal(compiled, startingAt: start),
        strategies: Forecast(file.plan, start: start, timeZone: file.timeZone)?.strategies ?? [],
        title: "Rehearsal: \(file.plan.title.isEmpty ? path : file.plan.title)",
        command: "cutover rehearse \(path) --at \(start)")
    } catch {
      _ = PlanComplaint(path: path).tell(error, console)
      return nil
    }
  }

  private static func running(
    _ id: String, _ invocation: ParsedInvocation, _ start: UTCInstant
  ) throws -> RehearsalSubject {
    let place = StatePlace(invocation)
    guard let reader = try place.reader() else {
      throw Complaint("nothing was ever started in \(safeText(place.path))", .usage)
    }
    let row = try reader.choose(id)
    if row.standing.isEnd {
      throw Complaint("\(row.id.text) has ended (\(row.standing.rawValue)): nothing is left of it")
    }
    let rehearsal = Rehearsal(
      try reader.plan(row.id), startingAt: start, after: try reader.history(row.id))
    return RehearsalSubject(
      rehearsal: rehearsal, strategies: [], title: "Rehearsal of what is left of \(row.id.text)",
      command: "cutover rehearse --from-state \(row.id.text) --at \(rehearsal.start)")
  }
}
