import Assessment
import DNSModel
import Engine
import Migration
import Notation
import Store

/// What a migration knows of the values its record had: until when each may still sit in a cache, by the
/// ledger of what was really published and seen.
struct LedgerHistory {
  let id: MigrationID
  let plan: Plan
  let former: [Assessment.Expectation.Former]

  /// The migration of `name`; nil where there is none.
  init?(_ place: StatePlace, name: DomainName) throws {
    guard let reader = try place.reader() else { return nil }
    let rows = try reader.list().filter { $0.hostname == name.host.lowercased() }
    guard let row = rows.last(where: { !$0.standing.isEnd }) ?? rows.last else { return nil }
    let view = try MigrationView(reader, row)
    self.init(
      id: row.id, plan: try PinnedPlan(source: reader.source(row.id)).plan, view.plan,
      view.state.ledger, at: view.now)
  }

  init(
    id: MigrationID, plan: Plan, _ compiled: CompiledPlan, _ ledger: ExposureLedger, at now: Now
  ) {
    self.id = id
    self.plan = plan
    // The ledger counts in safe time, which may lag behind what the clocks of resolvers count (R20).
    let shift = max(.zero, now.wall - now.safe)
    var former: [Assessment.Expectation.Former] = []
    for content in [RecordContent.old, .new] {
      let exposures = ledger.exposures.filter { $0.value.content == content }
      guard let ttl = exposures.map(\.value.ttl).max() else { continue }
      let ends = exposures.map { $0.end(margin: compiled.waits.margin) }
      // While one of them may still be served, nobody knows the end of all.
      let end = ends.contains(nil) ? nil : ends.compactMap { $0 }.max().map { $0 + shift }
      former.append(
        .init(
          data: [.cname(content == .old ? compiled.oldTarget : compiled.newTarget)], ttl: ttl,
          knownEnd: end))
    }
    self.former = former
  }

  /// Those that are not what is expected now.
  func former(beside expected: [RecordData]) -> [Assessment.Expectation.Former] {
    former.filter { $0.data != expected }
  }

  var lines: [String] {
    former.map { value in
      let end = value.knownEnd.map { "may be kept until \($0)" } ?? "may still be served"
      let ttl = value.ttl.map { ", TTL up to \($0) s" } ?? ""
      return "\(value.data.map(\.shortText).joined(separator: ", "))\(ttl): \(end)"
    }
  }
}
