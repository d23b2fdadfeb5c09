import Glibc
import Invocation
import Notation
import Reports
import Sandbox
import SystemIO

enum SandboxUpCommand: Command {
  static let spec = CommandSpec(
    name: "sandbox up",
    summary: "the whole world on loopback: authorities, resolvers, router, regions, clients",
    options: [
      .sandboxFolder, .value("for", "SPAN", "end by itself after so long (default: never)"),
    ],
    examples: ["cutover sandbox up", "cutover sandbox up --for 10m"],
    notes: """
      In the foreground, on free loopback ports, touching nothing else. HAProxy, Pebble and Unbound run beside
      it; everything ends with it, a kill -9 included, and its folder goes. In another terminal:
        cutover start .cutover-sandbox/plan.yaml --state .cutover-sandbox/state
        cutover step --state .cutover-sandbox/state
      Without a terminal that can be drawn on it prints a line each second.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let span = try lifetime(invocation)
    let begun = SystemClock.sinceBoot()
    let folder = try SandboxFolder(SandboxPlace.folder(invocation))
    defer { folder.remove() }
    Stopping.listen()
    let world = try SandboxWorld(
      SandboxPlaces.free(folder: folder.path), program: SandboxPlace.program())
    let control = try SandboxControl(world)
    let took = SystemClock.sinceBoot() - begun
    defer {
      control.stop()
      world.stop()
    }
    world.note("serving after \(took.milliseconds) ms")
    let end = span.map { begun + $0 }
    let isOver = {
      Stopping.isAsked || control.isAskedToEnd
        || (end.map { SystemClock.sinceBoot() >= $0 } ?? false)
    }
    if !console.wantsJSON, let terminal = Terminal() {
      SandboxSession(world, console, terminal).run(until: isOver)
    } else {
      console.result("serving after \(took.milliseconds) ms in \(folder.path)")
      console.result("plan \(folder.path)/plan.yaml")
      console.result("ready")
      printLines(world, console, until: isOver)
    }
    console.result(world.story.headline)
    return .done
  }

  private static func lifetime(_ invocation: ParsedInvocation) throws -> TimeSpan? {
    guard let text = invocation.value("for") else { return nil }
    guard let span = TimeSpan(parsing: text), span > .zero else {
      throw UsageError(
        "--for \(safeText(text)): expected a span such as 90s or 10m", command: "sandbox up")
    }
    return span
  }

  /// A line each second, and one for each thing that happened.
  private static func printLines(
    _ world: SandboxWorld, _ console: Console, until isOver: () -> Bool
  ) {
    var told = 0
    var next = SystemClock.sinceBoot() + .seconds(1)
    while !isOver() {
      SystemClock.pause(until: SystemClock.sinceBoot() + .milliseconds(100))
      let events = world.story.events
      for event in events.dropFirst(told) { console.result("\(event.clock)  \(event.text)") }
      told = events.count
      guard SystemClock.sinceBoot() >= next else { continue }
      next = next + .seconds(1)
      console.result(SandboxScreen.line(SandboxStatus(world)))
    }
  }
}

/// Where the sandbox of this invocation is, and what runs `cutover`.
enum SandboxPlace {
  static func folder(_ invocation: ParsedInvocation) -> String {
    invocation.value("folder") ?? ".cutover-sandbox"
  }

  /// This very program, for the plan's own commands.
  static func program() -> String {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    guard count > 0 else { return "cutover" }
    return String(decoding: path.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension OptionSpec {
  static let sandboxFolder = OptionSpec.value(
    "folder", "DIR", "the sandbox's own folder (default: .cutover-sandbox)")
}
