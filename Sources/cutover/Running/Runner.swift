import Engine
import Migration
import Notation
import Store
import SystemIO

/// Runs the migrations of one state directory: holds its lock, serves its control socket, and drives
/// everything that is due on a few threads, so that one slow server does not hold up the others.
final class Runner: @unchecked Sendable {
  let store: SQLiteStore
  let clock: StoredClock
  private let control: ControlServer
  private let waker: Waker
  private let notices: NoticeCourier
  private let tell: @Sendable (MigrationID, String) -> Void
  private let state: String
  private static let loopCount = 4

  init(
    _ directory: StateDirectory, store: SQLiteStore,
    tell: @escaping @Sendable (MigrationID, String) -> Void
  ) throws {
    let waker = Waker()
    let clock = try StoredClock(store)
    self.store = store
    self.clock = clock
    self.tell = tell
    state = directory.path
    self.waker = waker
    notices = NoticeCourier(store: store, clock: clock, state: directory.path)
    control = try ControlServer(
      directory.controlSocket, desk: ControlDesk(store: store, clock: clock) { waker.wake() })
  }

  /// Runs until `isDone` says so (asked about once a second) or a signal asks to stop.
  func run(until isDone: () throws -> Bool) throws {
    let stopped = StopFlag()
    let isStopping: @Sendable () -> Bool = { stopped.isSet || Stopping.isAsked }
    var threads = [try control.serve(until: isStopping)]
    for number in 0..<Self.loopCount {
      threads.append(try Thread("loop \(number)") { [self] in drive(number, isStopping) })
    }
    threads.append(
      try Thread("notices") { [self] in
        while !isStopping() {
          notices.deliver()
          SystemClock.pause(until: SystemClock.sinceBoot() + .milliseconds(300))
        }
      })
    threads.append(
      try Thread("regions") { [self] in
        let watch = RegionWatch(store: store, clock: clock, state: state, tell: tell)
        while !isStopping() {
          watch.look()
          SystemClock.pause(until: SystemClock.sinceBoot() + .milliseconds(500))
        }
      })
    defer {
      stopped.set()
      waker.wake()
      for thread in threads { thread.join() }
      notices.deliver()
      try? clock.remember()
    }
    while !isStopping() {
      if try isDone() { return }
      SystemClock.pause(until: SystemClock.sinceBoot() + .milliseconds(200))
    }
  }

  /// One loop: its share of the migrations by the digest of their ids.
  private func drive(_ number: Int, _ isStopping: @Sendable () -> Bool) {
    let loop = Loop(
      store: store, worker: "loop \(number)", clock: clock,
      owns: { Self.share(of: $0) == number },
      makeWorld: { [self] id in
        let tell = tell
        let assembly = Assembly(clock: clock, state: state) { tell(id, $0) }
        return try assembly.world(for: store.source(id), of: id)
      })
    var troubles: [Loop<SQLiteStore, PortWorld>.Trouble] = []
    while !isStopping() {
      let seen = waker.count
      let next = loop.pass(mayGoOn: { !isStopping() })
      for trouble in loop.troubles where !troubles.contains(trouble) {
        tell(trouble.id, trouble.reason)
      }
      troubles = loop.troubles
      try? clock.remember()
      // Slept in slices of a second: clocks, and signals, are looked at anew after each (R20).
      let left = next.map { $0 - clock.now().safe } ?? .seconds(1)
      waker.wait(for: min(max(left, .milliseconds(2)), .seconds(1)), unlessChangedSince: seen)
    }
  }

  private static func share(of id: MigrationID) -> Int {
    Int(RecordContent.fingerprint(id.text.utf8) % UInt64(loopCount))
  }
}

/// Wakes sleeping loops.
final class Waker: @unchecked Sendable {
  private let monitor = Monitor()
  private var changes: UInt64 = 0

  var count: UInt64 { monitor.locked { changes } }

  func wake() {
    monitor.locked {
      changes += 1
      monitor.wakeAll()
    }
  }

  /// Sleeps, unless somebody called since `count` was read.
  func wait(for span: TimeSpan, unlessChangedSince seen: UInt64) {
    monitor.locked {
      if changes == seen { monitor.wait(for: span) }
    }
  }
}

final class StopFlag: @unchecked Sendable {
  private let monitor = Monitor()
  private var value = false

  var isSet: Bool { monitor.locked { value } }
  func set() { monitor.locked { value = true } }
}
