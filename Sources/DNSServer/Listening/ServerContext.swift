import DNSModel
import Notation
import SystemIO

/// What every listener of a server shares.
final class ServerContext: Sendable {
  let shelf: ZoneShelf
  let handler: any RequestHandler
  let version: String
  let faults: FaultBoard
  let log: QueryLog?

  init(
    shelf: ZoneShelf, handler: any RequestHandler, version: String, faults: FaultBoard,
    log: QueryLog?
  ) {
    self.shelf = shelf
    self.handler = handler
    self.version = version
    self.faults = faults
    self.log = log
  }

  /// Whether each question must be looked at, so that the hot path cannot take it.
  var isWatching: Bool { log != nil || faults.isActive }

  /// What the slow path does with a message.
  enum Decision {
    case silence
    case reply([UInt8], after: TimeSpan?)
    case special(SpecialRequest)
  }

  func decide(
    _ bytes: [UInt8], from peer: SocketAddress, over transport: Transport,
    _ snapshot: ZoneShelf.Snapshot, _ counters: ThreadCounters, keepalive: UInt16? = nil
  ) -> Decision {
    var responder = Responder(snapshot.zones, version: version)
    responder.fitting.keepalive = keepalive
    let outcome: Responder.Outcome
    var delay: TimeSpan?
    var names: [String] = []
    if faults.isActive, case .query(let query) = QueryIntake(reading: bytes, over: transport) {
      let plan = faults.plan(for: query.question, from: peer, zones: snapshot.zones)
      names = plan.names
      delay = plan.delay
      if !names.isEmpty { counters.hadFault() }
      outcome = plan.respond(to: query, responder)
    } else {
      outcome = responder.respond(to: bytes, over: transport)
    }
    switch outcome {
    case .silence:
      counters.stayedSilent()
      return .silence
    case .special(let query):
      return .special(
        SpecialRequest(bytes: bytes, query: query, peer: peer, zones: snapshot.zones))
    case .reply(let reply, let summary):
      counters.answered(reply.count, third: reply[2], fourth: reply[3], wasCompiled: false)
      log?.note(summary, from: peer, over: transport, bytes: reply.count, faults: names)
      return .reply(reply, after: delay)
    }
  }
}
