import Migration
import Notation

/// Drives many migrations: everything that is due, then says when the next thing will be. What sleeps
/// is a row in the store and nothing else; only migrations that had something to do are in memory.
///
/// One thread at a time. Several loops over one store share the work by `owns`, which gives each
/// migration to one of them.
public final class Loop<Store: JournalStore, World: MigrationWorld> {
  /// A migration that could not be taken up: the others go on (one unknown step kind holds only its
  /// own migration), and it is tried again later.
  public struct Trouble: Hashable, Sendable {
    public let id: MigrationID
    public let reason: String
    public let retryAt: UTCInstant
    public let tries: Int
  }

  private let store: Store
  private let worker: String
  private let clock: any MigrationClock
  private let makeWorld: (MigrationID) throws -> World
  private let owns: (MigrationID) -> Bool
  private var turns: [(id: MigrationID, turn: Turn<Store, World>)] = []
  public private(set) var troubles: [Trouble] = []

  /// So many steps of one migration, then the next one has its turn.
  private static var stepsInARow: Int { 64 }

  public init(
    store: Store, worker: String, clock: any MigrationClock,
    owns: @escaping (MigrationID) -> Bool = { _ in true },
    makeWorld: @escaping (MigrationID) throws -> World
  ) {
    self.store = store
    self.worker = worker
    self.clock = clock
    self.owns = owns
    self.makeWorld = makeWorld
  }

  /// Does what is due, and answers when to come back (safe time); nil: not unless a command comes.
  /// `mayGoOn` is asked between any two steps.
  public func pass(mayGoOn: () -> Bool = { true }) -> UTCInstant? {
    let now = clock.now()
    do {
      for id in try store.due(at: now, limit: 10_000) where owns(id) && mayGoOn() {
        takeUp(id, at: now)
      }
    } catch {
      // The store itself is in trouble: nothing of ours is lost, and nothing can be done either.
      return now.safe + .seconds(5)
    }
    // What was due is taken up by now; what still counts as due is another loop's, or in trouble.
    var next = ((try? store.nextWake()) ?? nil).map { max($0, now.safe + .seconds(1)) }
    for index in turns.indices where mayGoOn() {
      let (id, turn) = turns[index]
      if let moment = advance(turn, id, mayGoOn) { next = min(next ?? moment, moment) }
    }
    turns.removeAll { $0.turn.isVoid || $0.turn.state.ending != nil }
    for trouble in troubles { next = min(next ?? trouble.retryAt, trouble.retryAt) }
    return next
  }

  /// A turn for it, if there is none; and the commands that arrived for it.
  private func takeUp(_ id: MigrationID, at now: Now) {
    if troubles.contains(where: { $0.id == id && $0.retryAt > now.safe }) { return }
    do {
      if let turn = turns.first(where: { $0.id == id })?.turn {
        try turn.collect()
      } else {
        let world = try makeWorld(id)
        turns.append((id, try Turn.take(id, from: store, in: world, worker: worker, at: now)))
      }
      troubles.removeAll { $0.id == id }
    } catch {
      note("\(error)", id)
    }
  }

  private func advance(
    _ turn: Turn<Store, World>, _ id: MigrationID, _ mayGoOn: () -> Bool
  ) -> UTCInstant? {
    do {
      for _ in 0..<Self.stepsInARow {
        guard mayGoOn() else { break }
        if case .idle(let until) = try turn.step(at: clock.now()) { return until }
      }
      return clock.now().safe
    } catch {
      // Taken over by someone else, or not stored: the turn is void, and claiming again tells.
      note("\(error)", id)
      return nil
    }
  }

  private func note(_ reason: String, _ id: MigrationID) {
    let tries = (troubles.first { $0.id == id }?.tries ?? 0) + 1
    let pause = TimeSpan.seconds(min(300, 1 << min(tries, 9)))
    troubles.removeAll { $0.id == id }
    troubles.append(
      Trouble(id: id, reason: reason, retryAt: clock.now().safe + pause, tries: tries))
    turns.removeAll { $0.id == id }
  }

  /// For views of the process itself: what a migration is doing right now.
  public func turn(of id: MigrationID) -> Turn<Store, World>? {
    turns.first { $0.id == id }?.turn
  }

  /// Takes it up even if nothing is due: to look around before a person decides.
  public func wake(_ id: MigrationID) { takeUp(id, at: clock.now()) }
}
