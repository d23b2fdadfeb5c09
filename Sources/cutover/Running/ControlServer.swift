import Engine
import Migration
import Notation
import Store
import SystemIO

/// Answers other commands of the same user while this process runs the migrations.
final class ControlServer: Sendable {
  private let listener: LocalListener
  private let desk: ControlDesk

  init(_ path: String, desk: ControlDesk) throws {
    listener = try LocalListener(replacing: path)
    self.desk = desk
  }

  /// Serves until `isStopping`; one caller at a time, each quickly done with.
  func serve(until isStopping: @escaping @Sendable () -> Bool) throws -> Thread {
    try Thread("control") { [self] in
      while !isStopping() {
        guard let connection = listener.accept(within: .milliseconds(500)) else { continue }
        answer(connection)
      }
    }
  }

  private func answer(_ connection: LocalConnection) {
    guard let line = connection.readLine(within: .seconds(5)) else { return }
    var reply: ControlReply
    do {
      reply = try desk.handle(ControlRequest(json: JSON(parsing: line)))
    } catch {
      reply = .refused("\(error)")
    }
    _ = connection.write(line: Array(reply.json.compact.utf8))
  }
}

/// What the engine does for other commands.
struct ControlDesk: Sendable {
  let store: SQLiteStore
  let clock: StoredClock
  /// Called when something new is in an inbox.
  let wake: @Sendable () -> Void

  func handle(_ request: ControlRequest) throws -> ControlReply {
    switch request {
    case .submit(let id, let command): return try submit(command, to: id)
    case .start(let source, let path, let actor):
      let id = try MigrationStart(source: source, path: path, actor: actor)
        .begin(in: store, clock: clock)
      wake()
      return .started(id)
    }
  }

  /// Queued durably first: whatever happens now, it is journaled exactly once.
  private func submit(_ command: Migration.Command, to id: MigrationID) throws -> ControlReply {
    let end = SystemClock.sinceBoot() + .seconds(30)
    while SystemClock.sinceBoot() < end {
      switch try store.enqueue(command, for: id, at: clock.now()) {
      case .answered(let result): return .answered(result)
      case .queued:
        wake()
        SystemClock.pause(until: SystemClock.sinceBoot() + .milliseconds(10))
      }
    }
    return .queued
  }
}
