import DNSModel
import Engine
import Invocation
import Migration
import Notation
import Routers
import Store
import SystemIO

/// The regions of one plan's router: what may be ordered of them, and the journal of it.
struct RegionDesk {
  let plan: Plan
  private let actor: String
  private let journalPath: String

  static let options: [OptionSpec] = [
    .value("plan", "FILE", "the plan whose router it is (default: that of the migration)"),
    .value(
      "migration", "ID", "the migration whose router it is; may be left out while there is one"),
    .asPerson,
  ]

  init(_ invocation: ParsedInvocation) throws {
    let place = StatePlace(invocation)
    actor = StatePlace.actor(invocation)
    if let file = invocation.value("plan") {
      let text = String(decoding: try InputFile.read(file), as: UTF8.self)
      plan = try PinnedPlan(text: text, readAt: SystemClock.wall(), holdsRules: false).plan
    } else {
      guard let reader = try place.reader() else {
        throw Complaint("there is no migration yet: name a plan with --plan FILE", .usage)
      }
      let id = try reader.choose(invocation.value("migration")).id
      plan = try PinnedPlan(source: reader.source(id)).plan
    }
    journalPath = try StateDirectory(creatingAt: place.path).path + "/regions.jsonl"
  }

  /// As it is written into the journal.
  var router: String {
    switch plan.router.kind {
    case .haproxy(let haproxy): "\(haproxy.socket) \(haproxy.backend)"
    case .manual: "manual \(plan.to.host)"
    case .azureFrontDoor(let door): "azure-front-door \(door.profile)/\(door.endpoint)"
    }
  }

  /// The running HAProxy; nil where a person configures the router.
  func regions() throws -> HAProxyRegions? {
    switch plan.router.kind {
    case .manual: return nil
    case .haproxy(let haproxy):
      return HAProxyRegions(
        HAProxyRuntime(
          socket: HAProxySocket(path: haproxy.socket), backend: haproxy.backend))
    case .azureFrontDoor:
      throw Complaint(
        "regions of an azure-front-door router: this version has no adapter for it, and nothing was "
          + "changed; use the portal, or kind: manual")
    }
  }

  func journal() throws -> RegionJournal {
    guard AtomicFile.exists(journalPath) else { return RegionJournal() }
    let bytes = try AtomicFile.read(journalPath, limit: 64 << 20)
    do {
      return try RegionJournal(parsing: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw Complaint("\(safeText(journalPath)): \(error); nothing was changed", .failed)
    }
  }

  /// Intent first, on disk, then the order, then what came of it.
  func carryOut(
    _ order: RegionJournal.Order, _ region: String, _ detail: String,
    _ work: (HAProxyRegions) throws(HAProxyError) -> Void
  ) throws -> RegionJournal.Stage {
    let haproxy = try regions()
    let book = try RegionBook(path: journalPath)
    func entry(_ stage: RegionJournal.Stage, _ detail: String) -> RegionJournal.Entry {
      RegionJournal.Entry(
        at: SystemClock.wall(), actor: actor, router: router, order: order, region: region,
        detail: detail, stage: stage)
    }
    try book.write(entry(.intended, detail))
    guard let haproxy else {
      try book.write(entry(.handedOver, detail))
      return .handedOver
    }
    do throws(HAProxyError) {
      try work(haproxy)
    } catch {
      try book.write(entry(.failed, safeText(error.description)))
      throw Complaint("region \(order.rawValue) \(region): \(error)", .failed)
    }
    try book.write(entry(.applied, detail))
    return .applied
  }

  /// Regions as the router has them, for the rule of departure.
  func standings(_ haproxy: HAProxyRegions) throws -> [RegionDeparture.Standing] {
    try haproxy.list().map {
      RegionDeparture.Standing(name: $0.name, isServing: $0.isUp && !$0.isDraining)
    }
  }

  /// What a person is to do at a router that we do not steer.
  var instructions: String {
    guard case .manual(let text) = plan.router.kind, !text.isEmpty else { return "" }
    return "\n  " + safeText(text)
  }
}

/// The journal, open for writing by one process at a time.
private final class RegionBook {
  private var journal: RegionJournal
  private let file: AppendFile
  private let lock: FileLock

  init(path: String) throws {
    if !AtomicFile.exists(path) { try AtomicFile.replace(path, with: []) }
    guard let lock = try FileLock(on: path, within: .seconds(10)) else {
      throw Complaint("somebody else is ordering regions; nothing was changed", .inconclusive)
    }
    self.lock = lock
    let text = String(decoding: try AtomicFile.read(path, limit: 64 << 20), as: UTF8.self)
    journal = try RegionJournal(parsing: text)
    file = try AppendFile(path: path)
    // A line that a crash cut off is dropped, so that the next one begins at the left edge.
    if let end = text.lastIndex(of: "\n") {
      try file.truncate(to: text[...end].utf8.count)
    } else {
      try file.truncate(to: 0)
    }
  }

  func write(_ entry: RegionJournal.Entry) throws {
    try file.append(Array(journal.line(adding: entry).utf8))
    try file.synchronise()
  }
}
