import Engine
import Invocation
import Notation
import Store
import SystemIO

enum StartCommand: Command {
  static let spec = CommandSpec(
    name: "start", summary: "begin a move: pin the plan, and hold it against the world",
    operands: [OperandSpec("PLAN", .one, "the plan's file")], options: [.asPerson],
    examples: ["cutover start Plans/api.contososhoes.com.yaml"],
    notes: """
      Refused, with every reason, when the name is moving already, when the world is not as the plan says, or
      when a step needs something this version has no adapter for. Nothing in DNS is changed here: the engine
      does that, with cutover run or cutover step.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let path = invocation.operands[0]
    let source = String(decoding: try AtomicFile.read(path, limit: 1 << 20), as: UTF8.self)
    let place = StatePlace(invocation)
    let actor = StatePlace.actor(invocation)
    let request = ControlRequest.start(source: source, path: path, actor: actor)
    if let store = try place.storeSoon() {
      let clock = try StoredClock(store)
      let id = try MigrationStart(source: source, path: path, actor: actor)
        .begin(in: store, clock: clock)
      let code = ControlReply.started(id).report("start", id, console)
      console.progress("go on with: cutover run --wait, or cutover step")
      return code
    }
    guard let reply = try request.send(to: place.directory().controlSocket) else {
      throw Complaint("another process holds \(place.path) and does not answer", .inconclusive)
    }
    return reply.report("start", .init(""), console)
  }
}
