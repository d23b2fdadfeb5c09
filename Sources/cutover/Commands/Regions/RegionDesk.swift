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
    journalPath = try RegionBook.path(in: StateDirectory(creatingAt: place.path).path)
  }

  /// As it is written into the journal.
  var router: String { plan.routerLabel }

  /// The running HAProxy; nil where a person configures the router.
  func regions() throws -> HAProxyRegions? {
    if case .azureFrontDoor = plan.router.kind {
      throw Complaint(
        "regions of an azure-front-door router: this version has no adapter for it, and nothing was "
          + "changed; use the portal, or kind: manual")
    }
    return plan.haproxyRegions
  }

  func journal() throws -> RegionJournal { try RegionBook.read(journalPath) }

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
