import Engine
import Invocation
import Migration
import Notation
import Store
import SystemIO

enum RunCommand: Command {
  static let spec = CommandSpec(
    name: "run", summary: "run the migrations until something must be waited for or approved",
    operands: [.migration],
    options: [
      .flag("wait", "unattended: wait for everything, to the end"),
      .flag("serve", "keep running for migrations that are yet to come"),
      .value("until", "STEP", "stop once this step is done (its id, as in cutover status --json)"),
    ],
    examples: ["cutover run", "cutover run --wait", "cutover run --until cutover"],
    notes: """
      One process at a time runs the migrations of a state directory; others talk to it. It may be killed at
      any instant: what was under way is resolved by looking, and nothing is done twice.
      Exit code: 0 ended, 4 waiting, 6 held. With --until: 4 where the step is done and the move goes on, and
      3 where the move ended without it; standard error says whether it is done.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let place = StatePlace(invocation)
    guard let store = try place.storeSoon() else {
      throw Complaint("another process runs the migrations of \(place.path) already")
    }
    Stopping.listen()
    let runner = try Runner(place.directory(), store: store) { id, text in
      console.progress("\(id): \(text)")
    }
    guard let reader = try place.reader() else { return .failed }
    let watch = RunWatch(
      reader: reader, only: try invocation.operands.first.map { try reader.choose($0).id },
      waits: invocation.flag("wait") || invocation.flag("serve"),
      serves: invocation.flag("serve"), until: invocation.value("until"), console: console)
    try watch.checkStep()
    try watch.begin()
    try runner.run { try watch.isDone() }
    return try watch.report()
  }
}

/// Tells what happens while the engine runs, and when there is nothing left to run for.
final class RunWatch {
  private let reader: SQLiteReader
  private let only: MigrationID?
  private let waits: Bool
  private let serves: Bool
  private let until: String?
  private let console: Console
  private var told: [MigrationID: Int] = [:]
  private var held: Set<MigrationID> = []
  private var quietSince: TimeSpan?

  init(
    reader: SQLiteReader, only: MigrationID?, waits: Bool, serves: Bool, until: String?,
    console: Console
  ) {
    self.reader = reader
    self.only = only
    self.waits = waits
    self.serves = serves
    self.until = until
    self.console = console
  }

  /// Those this version can run. One it cannot is held and told of once; nobody waits for it.
  private func rows() throws -> [MigrationRow] {
    try reader.list().filter { row in
      guard only == nil || row.id == only, !held.contains(row.id) else { return false }
      if told[row.id] != nil || row.standing.isEnd { return true }
      guard let trouble = reader.trouble(row.id) else { return true }
      console.progress("\(row.id): held: \(trouble)")
      held.insert(row.id)
      return false
    }
  }

  func checkStep() throws {
    guard let until else { return }
    for row in try rows() where try reader.plan(row.id).index(of: until) == nil {
      let known = try reader.plan(row.id).steps.map(\.id)
      let near = nearestWord(to: until, among: known)
      throw UsageError(
        "\(row.id) has no step \(safeText(until))" + (near.map { "; did you mean \($0)?" } ?? ""),
        command: RunCommand.spec.name)
    }
  }

  /// What happened before is history: one line says where each stands, and only what comes is told.
  func begin() throws {
    for row in try rows() where !row.standing.isEnd {
      let view = try MigrationView(reader, row)
      // One that has just begun has no past.
      guard view.facts.count > 1 else { continue }
      let active = view.state.activeSteps(view.plan).indices.map { view.plan.steps[$0].id }
      let place = view.isTurnedBack ? "on the way back" : active.joined(separator: ", ")
      console.progress(
        "\(row.id)  goes on at \(place): \(view.standing.text); what was before: cutover history")
      told[row.id] = view.facts.count
    }
  }

  /// Asked a few times a second, while the engine works on its own threads.
  func isDone() throws -> Bool {
    let rows = try rows()
    for row in rows { try tellNews(row) }
    if serves { return false }
    if rows.allSatisfy(\.standing.isEnd) { return true }
    if let until, try rows.allSatisfy({ try isPast(until, $0) }) { return true }
    if waits { return false }
    // Not one of them is at work: whatever they wait for is not going to be over in a moment.
    let isQuiet = rows.allSatisfy { $0.standing != .acting }
    guard isQuiet else {
      quietSince = nil
      return false
    }
    let now = SystemClock.sinceBoot()
    quietSince = quietSince ?? now
    return now - (quietSince ?? now) > .seconds(3)
  }

  private func isPast(_ step: String, _ row: MigrationRow) throws -> Bool {
    if row.standing.isEnd { return true }
    let view = try MigrationView(reader, row)
    return view.plan.index(of: step).map { view.state.isDone($0) } ?? false
  }

  private func tellNews(_ row: MigrationRow) throws {
    let facts = try reader.history(row.id)
    let plan = try reader.plan(row.id)
    for fact in facts.dropFirst(told[row.id] ?? 0) {
      console.progress("\(row.id)  \(fact.line(plan))")
    }
    told[row.id] = facts.count
  }

  func report() throws -> ExitCode {
    let rows = try rows()
    var isMissed = false
    for row in rows {
      let view = try MigrationView(reader, row)
      if let until {
        let isDone = view.plan.index(of: until).map { view.state.isDone($0) } ?? false
        console.progress("\(row.id): \(until) is \(isDone ? "done" : "not done")")
        isMissed = isMissed || row.standing.isEnd && !isDone
      }
      if console.wantsJSON {
        console.result(view.json)
      } else {
        for line in StatusText(view: view, console: console).lines { console.result(line) }
      }
    }
    return .gravest(
      rows.map(\.standing.exitCode) + (held.isEmpty ? [] : [.held]) + (isMissed ? [.refused] : []))
  }
}
