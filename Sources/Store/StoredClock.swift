import Engine
import Migration
import Notation
import SystemIO

/// The engine's clock: safe time that outlives the process and the machine's restarts (R20).
public final class StoredClock: MigrationClock, @unchecked Sendable {
  private let monitor = Monitor()
  private var clock: SafeClock
  private var savedAt: UTCInstant
  private let store: SQLiteStore
  private let read: @Sendable () -> ClockReading

  /// Goes on from what the store remembers.
  public init(
    _ store: SQLiteStore, read: @escaping @Sendable () -> ClockReading = { SystemClock.reading() }
  ) throws(StoreError) {
    let reading = read()
    clock = try store.storedClock() ?? SafeClock(startingAt: reading)
    _ = clock.advance(to: reading)
    savedAt = clock.safe
    self.store = store
    self.read = read
    try store.save(clock)
  }

  public func now() -> Now { monitor.locked { clock.advance(to: read()) } }

  /// Remembers the clock, at most once a minute: what is older only makes waits longer.
  public func remember() throws(StoreError) {
    let due: SafeClock? = monitor.locked {
      guard clock.safe - savedAt >= .minutes(1) else { return nil }
      savedAt = clock.safe
      return clock
    }
    if let due { try store.save(due) }
  }

  /// How far the wall ran ahead of the boot clock since the process started.
  public var disagreement: TimeSpan { monitor.locked { clock.disagreement } }
}

extension SystemClock {
  /// All clocks at one moment.
  public static func reading() -> ClockReading {
    ClockReading(
      bootID: bootID(), wall: wall(), sinceBoot: sinceBoot(), isSynchronised: isSynchronised())
  }
}

extension SQLiteStore {
  func save(_ clock: SafeClock) throws(StoreError) {
    try exclusively { connection in
      _ = try connection.transaction {
        try connection.run(
          """
          INSERT INTO clock(id, boot_id, wall, boot_time, safe, synchronised)
          VALUES(1, ?, ?, ?, ?, ?)
          ON CONFLICT(id) DO UPDATE SET boot_id = excluded.boot_id, wall = excluded.wall,
            boot_time = excluded.boot_time, safe = excluded.safe,
            synchronised = excluded.synchronised
          """,
          [
            .text(clock.last.bootID), .integer(clock.last.wall.milliseconds),
            .integer(clock.last.sinceBoot.milliseconds), .integer(clock.safe.milliseconds),
            .integer(clock.last.isSynchronised ? 1 : 0),
          ])
      }
    }
  }

  func storedClock() throws(StoreError) -> SafeClock? { try exclusively { try $0.storedClock() } }
}

extension SQLiteConnection {
  /// The clock as it was remembered, and not behind anything that was written down since.
  func storedClock() throws -> SafeClock? {
    let floor = try first(
      """
      SELECT max(coalesce((SELECT max(safe_at) FROM journal), 0),
        coalesce((SELECT max(at) FROM command), 0))
      """
    ) { row throws(SQLiteError) in UTCInstant(milliseconds: row.integer(0)) }
    return try first("SELECT boot_id, wall, boot_time, safe, synchronised FROM clock") {
      row throws(SQLiteError) in
      SafeClock(
        stored: ClockReading(
          bootID: row.text(0), wall: UTCInstant(milliseconds: row.integer(1)),
          sinceBoot: TimeSpan(milliseconds: row.integer(2)), isSynchronised: row.integer(4) == 1),
        safe: UTCInstant(milliseconds: row.integer(3)), floor: floor ?? .distantPast)
    }
  }
}
