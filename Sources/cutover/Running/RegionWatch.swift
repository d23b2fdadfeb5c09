import Engine
import Migration
import Notation
import Routers
import Store
import SystemIO

/// What people are told of a region.
enum RegionNews {
  static let kinds = ["region-down", "region-up"]

  static func kind(isUp: Bool) -> String { isUp ? "region-up" : "region-down" }
}

/// Follows what the router itself says of its regions while migrations run, and has people told when one
/// goes down or comes up: once each time, whatever restarts in between. When a region counts as down or up
/// is the router's own decision, with its hysteresis; nothing is decided here.
final class RegionWatch {
  private let store: SQLiteStore
  private let clock: any MigrationClock
  private let journalPath: String
  private let tell: (MigrationID, String) -> Void
  /// Nil for routers that we do not steer.
  private var followed: [MigrationID: Followed?] = [:]

  private struct Followed {
    let router: String
    let regions: HAProxyRegions
    /// As looked at last; what people know is in the journal.
    var standings: [String: Bool]
  }

  init(
    store: SQLiteStore, clock: any MigrationClock, state: String,
    tell: @escaping (MigrationID, String) -> Void
  ) {
    self.store = store
    self.clock = clock
    journalPath = RegionBook.path(in: state)
    self.tell = tell
  }

  func look() {
    guard let rows = try? store.list() else { return }
    // A name's latest move; one that was given up has no regions to watch.
    var latest: [String: MigrationRow] = [:]
    for row in rows { latest[row.hostname] = row }
    for row in latest.values where row.standing != .rolledBack && row.standing != .handedOver {
      guard let regions = followed(row.id)?.regions, let found = try? regions.list() else {
        continue
      }
      do {
        try follow(found, row.id)
      } catch {
        tell(row.id, "what became of its regions could not be noted: \(error)")
      }
    }
  }

  private func followed(_ id: MigrationID) -> Followed? {
    if let known = followed[id] { return known }
    guard let source = try? store.source(id), let plan = try? PinnedPlan(source: source).plan else {
      return nil
    }
    let new = plan.haproxyRegions.map {
      Followed(router: plan.routerLabel, regions: $0, standings: [:])
    }
    followed[id] = .some(new)
    if let new { try? takeUp(id, new) }
    return followed[id] ?? nil
  }

  private func witness(_ id: MigrationID) -> String { "told for \(id)" }

  /// After a restart: what was noted last may not have been told.
  private func takeUp(_ id: MigrationID, _ new: Followed) throws {
    let sights = try RegionBook.read(journalPath).sights(at: new.router, for: witness(id))
    for (region, sight) in sights where !sight.isFirst {
      try queue(region, sight.isUp, sight.at, "seen at \(sight.at)", id)
    }
    followed[id]??.standings = sights.mapValues(\.isUp)
  }

  private func follow(_ found: [HAProxyRegions.Standing], _ id: MigrationID) throws {
    guard let router = followed(id) else { return }
    var now: [String: Bool] = [:]
    // One that the router no longer has serves nobody; one in maintenance is somebody's order.
    for name in router.standings.keys { now[name] = false }
    for region in found { now[region.name] = region.isInMaintenance ? nil : region.isUp }
    let serving = found.filter { $0.isUp && !$0.isDraining }.count
    for (region, isUp) in now.sorted(by: { $0.key < $1.key })
    where router.standings[region] != isUp {
      let place = "\(serving) of \(found.count) regions serve"
      try note(region, isUp, place, router.router, id)
      followed[id]??.standings[region] = isUp
    }
    let isGone: (String) -> Bool = { name in !found.contains { $0.name == name } }
    // Whoever removed it knows: its return is no news.
    for name in router.standings.keys where isGone(name) {
      let sights = try RegionBook.read(journalPath).sights(at: router.router, for: witness(id))
      if sights[name] == nil { followed[id]??.standings[name] = nil }
    }
  }

  /// On disk first; then people are told, unless nothing was known of it before.
  private func note(
    _ region: String, _ isUp: Bool, _ place: String, _ router: String, _ id: MigrationID
  ) throws {
    let book = try RegionBook(path: journalPath)
    let before = book.journal.sights(at: router, for: witness(id))[region]
    guard before?.isUp != isUp, before != nil || isUp else { return }
    let at = clock.now().wall
    try book.write(
      RegionJournal.Entry(
        at: at, actor: "the router", router: router, order: isUp ? .up : .down, region: region,
        detail: witness(id), stage: .seen))
    guard before != nil else { return }
    try queue(region, isUp, at, place, id)
    tell(id, "region \(safeText(region)) is \(isUp ? "up" : "down"); \(place)")
  }

  private func queue(
    _ region: String, _ isUp: Bool, _ at: UTCInstant, _ place: String, _ id: MigrationID
  ) throws {
    let direction = isUp ? "up" : "down"
    try store.queue(
      Notice(
        migration: id, deduplication: "region \(region) \(direction) \(at.milliseconds)",
        kind: RegionNews.kind(isUp: isUp),
        text: "region \(safeText(region)) is \(direction), says the router; \(place)"),
      at: clock.now())
  }
}
