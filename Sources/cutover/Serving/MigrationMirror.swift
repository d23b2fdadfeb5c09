import DNSModel
import DNSServer
import Engine
import Migration
import Notation
import Store
import SystemIO

/// Shows the migrations of a state directory in DNS: `TXT _cutover.NAME` says where the move of NAME stands,
/// when it goes on, and until when undoing can be decided. It only reads: the engine may run, be killed or
/// not have begun, and so may this server.
///
/// Each text is a zone of its own below the name. The zone that holds the name is left as it is, its serial
/// too, and a name that exists only through a wildcard stays that way (R18).
final class MigrationMirror: Sendable {
  private let directory: String
  private let shelf: ZoneShelf
  private let tell: @Sendable (String) -> Void
  private let stopped = StopFlag()

  init(_ directory: String, _ shelf: ZoneShelf, tell: @escaping @Sendable (String) -> Void) {
    self.directory = directory
    self.shelf = shelf
    self.tell = tell
  }

  /// Looks several times a second until `stop`.
  func run() {
    var shown: [DomainName: Shown] = [:]
    var trouble = ""
    while !stopped.isSet {
      do {
        try refresh(&shown)
        trouble = ""
      } catch {
        if "\(error)" != trouble { tell("--follow \(safeText(directory)): \(error)") }
        trouble = "\(error)"
      }
      SystemClock.pause(until: SystemClock.sinceBoot() + .milliseconds(200))
    }
  }

  func stop() { stopped.set() }

  private struct Shown {
    var row: MigrationRow
    /// What the text says changes with time too: a wait ends without anyone writing it down.
    var lookedAt: TimeSpan
    var texts: [String]
  }

  private func refresh(_ shown: inout [DomainName: Shown]) throws {
    guard AtomicFile.exists(directory), let reader = try SQLiteReader(StateDirectory(directory))
    else { return }
    var latest: [DomainName: MigrationRow] = [:]
    for row in try reader.list() {
      guard let name = try? DomainName(parsing: row.hostname) else { continue }
      if let other = latest[name], !other.standing.isEnd { continue }
      latest[name] = row
    }
    for (name, row) in latest {
      let before = shown[name]
      let now = SystemClock.sinceBoot()
      if let before, before.row == row, now - before.lookedAt < .seconds(2) { continue }
      guard let origin = name.prepending("_cutover"), isServed(name) else { continue }
      let texts = Self.texts(try MigrationView(reader, row))
      shown[name] = Shown(row: row, lookedAt: now, texts: texts)
      if before?.texts != texts, let zone = Self.zone(origin, texts, revision: row.revision) {
        shelf.publish(zone)
      }
    }
  }

  private func isServed(_ name: DomainName) -> Bool { shelf.zones.zone(enclosing: name) != nil }

  /// `key=value`, one to a string.
  static func texts(_ view: MigrationView) -> [String] {
    var texts = [
      "migration=\(view.id)", "phase=\(view.standing.rawValue)",
      "direction=\(view.state.isRollingBack ? "rollback" : "forward")",
    ]
    let steps = view.plan.steps.indices.filter { view.standing(ofStep: $0) == .active }
      .map { view.plan.steps[$0].id }
    let active = steps + view.wayBack.filter { $0.standing == .active }.map { $0.stage.id }
    if !active.isEmpty { texts.append("step=\(active.joined(separator: ","))") }
    if view.state.ending == nil {
      texts.append("next=\(view.decision.wakeAt.map { "\($0)" } ?? "when it is seen or decided")")
    }
    if let decideBy = view.rollbackClock.decideBy, view.canRollBack {
      texts.append("decide-by=\(decideBy)")
    }
    return texts.map { safeText($0, limit: 250) }
  }

  /// Forgotten at once by caches: it is news.
  private static func zone(_ origin: DomainName, _ texts: [String], revision: UInt64) -> Zone? {
    guard let text = RecordData.txt(texts.map { Array($0.utf8) }) else { return nil }
    let soa = SOA(
      primary: origin, mailbox: origin, serial: Serial(UInt32(truncatingIfNeeded: revision)),
      refresh: 60, retry: 60, expire: 3600, minimum: 0)
    let records = [RecordData.soa(soa), .ns(origin), text].map {
      ResourceRecord(owner: origin, ttl: .zero, data: $0)
    }
    return Zone(origin: origin, records: records)
  }
}
