import Digests
import Engine
import Invocation
import Migration
import Notation
import Store
import SystemIO

/// Brings one person's command to one migration: to the running engine, which answers it, or into the
/// inbox, where the engine finds it when it runs next. Either way it is journaled exactly once, also
/// when the same request is sent twice.
struct CommandDelivery {
  let place: StatePlace
  let request: String
  let actor: String
  let reason: String

  init(_ invocation: ParsedInvocation) {
    place = StatePlace(invocation)
    actor = StatePlace.actor(invocation)
    reason = invocation.value("reason") ?? ""
    request = invocation.value("request") ?? SystemRandom.bytes(12).hex
  }

  static let options: [OptionSpec] = [
    .asPerson, .value("reason", "TEXT", "why; it is kept in the history"),
    .value("request", "KEY", "the same key is the same command, however often it is sent"),
  ]

  func deliver(_ verb: Verb, to id: MigrationID) throws -> ControlReply {
    let command = Migration.Command(request: request, actor: actor, verb: verb, reason: reason)
    let message = ControlRequest.submit(id, command)
    if let reply = try message.send(to: place.directory().controlSocket) { return reply }
    guard let store = try place.storeSoon() else {
      // The engine has begun meanwhile.
      if let reply = try message.send(to: place.directory().controlSocket) { return reply }
      throw Complaint("another process holds \(place.path) and does not answer", .inconclusive)
    }
    let clock = try StoredClock(store)
    let view = MigrationView(
      id: id, plan: try store.plan(id), facts: try store.history(id), now: clock.now())
    let table = VerbTable(core: MigrationCore(view.plan))
    // Nothing runs: what would certainly be refused is not even queued.
    let foreseen = table.result(of: command, in: view.state, at: view.now)
    guard foreseen == .accepted else { return .answered(foreseen) }
    guard case .answered(let result) = try store.enqueue(command, for: id, at: clock.now()) else {
      return .queued
    }
    return .answered(result)
  }
}

extension ControlReply {
  /// Says how it went.
  func report(_ what: String, _ id: MigrationID, _ console: Console) -> ExitCode {
    if console.wantsJSON {
      console.result(json.compact)
    } else {
      switch self {
      case .answered(let result): console.result("\(id): \(what): \(result.text)")
      case .queued:
        console.result("\(id): \(what): recorded; it takes effect when the engine runs next")
        console.progress("go on with: cutover run, or cutover step")
      case .started(let id): console.result("\(id): started")
      case .refused(let reason): console.complain(reason)
      }
    }
    switch self {
    case .answered(.refused), .refused: return .refused
    case .answered, .queued, .started: return .done
    }
  }
}
