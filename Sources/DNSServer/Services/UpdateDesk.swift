import DNSModel
import Notation
import SystemIO

/// Takes updates from any thread and has them made durable on one: those that come while a write is
/// underway are the next write together.
final class UpdateDesk: @unchecked Sendable {
  struct Pending: Sendable {
    let zone: DomainName
    let update: UpdateRequest
    let requester: Requester
    let answer: @Sendable (ResponseCode) -> Void
  }

  /// What the desk tells the rest of the server.
  struct Events: Sendable {
    /// Before anyone is told that it is done.
    let publish: @Sendable (Zone, [ZoneStep]) -> Void
    let log: @Sendable (String) -> Void
  }

  private let options: ZoneServicesOptions
  private let events: Events
  private let loop: EventLoop
  private let queue = Mutex<[Pending]>([])
  /// Held while a group is written; the threads that answer never take it.
  private let keepers = Mutex<[DomainName: ZoneKeeper]>([:])

  init(options: ZoneServicesOptions, loop: EventLoop, events: Events) {
    self.options = options
    self.loop = loop
    self.events = events
  }

  /// The zone with what its journal holds on top. Also for a zone that nobody may update (any more):
  /// what was acknowledged is served.
  func takeUp(_ zone: Zone, zonePath: String) throws -> Zone {
    try keepers.withLock { try takeUp(zone, zonePath: zonePath, &$0) }
  }

  /// Takes zones up and has them published while no update is worked on.
  func renew(
    _ read: [(zone: Zone, path: String)], publish: ([Zone]) -> Void
  ) -> [DomainName: any Error] {
    keepers.withLock { keepers in
      var failures: [DomainName: any Error] = [:]
      var zones: [Zone] = []
      for (zone, path) in read {
        do {
          zones.append(try takeUp(zone, zonePath: path, &keepers))
        } catch {
          failures[zone.origin] = error
        }
      }
      publish(zones)
      return failures
    }
  }

  private func takeUp(
    _ zone: Zone, zonePath: String, _ keepers: inout [DomainName: ZoneKeeper]
  ) throws -> Zone {
    let journalPath = options.journalPath(of: zone.origin, zonePath: zonePath)
    if let live = keepers[zone.origin], try live.stands(after: zone) { return live.zone }
    let disk = FileDisk()
    let isUpdated = options.updates.rules.contains {
      $0.zones.isEmpty || $0.zones.contains(zone.origin)
    }
    guard try isUpdated || disk.read(journalPath) != nil else { return zone }
    var notes: [String] = []
    let keeper = try ZoneKeeper(
      zone: zone, zonePath: zonePath, journalPath: journalPath, disk: disk,
      text: options.zoneText, notes: &notes)
    keepers[zone.origin] = keeper
    for note in notes { events.log(note) }
    return keeper.zone
  }

  func submit(_ pending: Pending) {
    let isFirst = queue.withLock { queue in
      queue.append(pending)
      return queue.count == 1
    }
    if isFirst { loop.post { [self] in work() } }
  }

  private func work() {
    let waiting = queue.withLock { queue in
      defer { queue = [] }
      return queue
    }
    var zones: [DomainName] = []
    for pending in waiting where !zones.contains(pending.zone) { zones.append(pending.zone) }
    for zone in zones {
      var rest = waiting.filter { $0.zone == zone }[...]
      while !rest.isEmpty {
        commit(Array(rest.prefix(ZoneKeeper.groupLimit)), to: zone)
        rest = rest.dropFirst(ZoneKeeper.groupLimit)
      }
    }
  }

  private func commit(_ group: [Pending], to zone: DomainName) {
    let rules = options.updates
    let requests = group.map { pending in
      ZoneKeeper.Request(update: pending.update) { name, type in
        rules.allows(pending.requester, zone: zone, name: name, type: type)
      }
    }
    let outcomes = keepers.withLock { keepers -> [ZoneKeeper.Outcome]? in
      guard let keeper = keepers[zone] else { return nil }
      let (outcomes, steps) = keeper.commit(requests)
      if !steps.isEmpty { events.publish(keeper.zone, steps) }
      return outcomes
    }
    for (index, pending) in group.enumerated() {
      switch outcomes?[index] {
      case .done: pending.answer(.noError)
      case .refused(let refusal):
        events.log("\(pending.requester): update of \(zone) refused: \(refusal)")
        pending.answer(refusal.code)
      case nil: pending.answer(.refused)
      }
    }
    fold(zone, ifLongerThan: options.journalLimit)
  }

  /// Brings the zone file up to date and empties the journal.
  func fold(_ zone: DomainName, ifLongerThan limit: Int) {
    keepers.withLock { keepers in
      guard let keeper = keepers[zone], keeper.journalLength > limit else { return }
      do {
        try keeper.fold()
      } catch {
        events.log("the zone file of \(zone) could not be written; its journal goes on: \(error)")
      }
    }
  }

  /// At an orderly end.
  func foldAll() {
    let origins = keepers.withLock { $0.keys.sorted() }
    for origin in origins { fold(origin, ifLongerThan: 0) }
  }
}
