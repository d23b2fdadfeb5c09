import DNSModel
import DNSObservers
import Engine
import Migration
import Notation
import PlanFiles
import Store
import SystemIO

/// Begins a migration: reads and pins the plan, looks whether the world is as the plan says, and
/// writes the first facts. Refuses with all reasons at once, and has then changed nothing.
struct MigrationStart {
  let source: String
  let path: String
  let actor: String

  func begin(in store: SQLiteStore, clock: StoredClock) throws -> MigrationID {
    let now = clock.now()
    let pinned: PinnedPlan
    do {
      pinned = try PinnedPlan(text: source, readAt: now.wall)
    } catch {
      throw Complaint(
        (["the plan is refused:"]
          + error.problems.map { "\(path):\($0)" }).joined(separator: "\n  "))
    }
    let plan = pinned.plan
    let host = plan.hostname.folded.host
    let rows = try store.list()
    if let row = rows.first(where: { $0.hostname == host && !$0.standing.isEnd }) {
      throw Complaint("\(host) is moving already (\(row.id)); nothing was changed")
    }
    try refuse(Assembly.promises(plan).map { "the plan promises too much: \($0)" })
    try refuse(
      Assembly.cannotRun(plan).map { "this step cannot be run by this version: \($0)" })
    let compiled = pinned.compiled()
    try refuse(Assembly.cannotRead(plan) + drift(plan, compiled, clock))
    let id = Self.freeID(host, rows)
    try store.create(
      NewMigration(
        id: id, plan: compiled, facts: MigrationCore(compiled).start(by: actor, at: now),
        wakeAt: now.safe, standing: .acting, source: pinned.source))
    return id
  }

  private func refuse(_ reasons: [String]) throws {
    guard !reasons.isEmpty else { return }
    throw Complaint(
      (["the move was not started, and nothing was changed:"] + reasons)
        .joined(separator: "\n  "))
  }

  /// Where the world is not as the plan says it is.
  private func drift(
    _ plan: Plan, _ compiled: CompiledPlan, _ clock: StoredClock
  ) throws -> [String] {
    var reasons: [String] = []
    let round = try RoundObserver(plan, clock: clock).look(compiled)
    if round.authorities.isEmpty {
      reasons.append(
        "no authority of \(compiled.zone) was found from the root; nothing can be seen of "
          + "\(compiled.hostname.host): name them under zone.authoritatives")
    }
    for (authority, answer) in zip(round.authorities, round.answers) {
      switch answer {
      case .value(let value):
        if value.content != .old {
          reasons.append(
            "\(authority) serves \(value.text(compiled)), and the plan says the old one")
        } else if value.ttl > compiled.waits.declaredTTL {
          reasons.append(
            "\(authority) serves TTL \(value.ttl), more than the \(compiled.waits.declaredTTL) of the plan"
          )
        }
      case .denied:
        reasons.append("\(authority) says that \(compiled.hostname.host) does not exist")
      case .unreachable(let why): reasons.append("\(authority) cannot be asked (\(why.rawValue))")
      }
    }
    return reasons + round.foreignTexts
  }

  /// The host name; a later move of the same name gets a number.
  private static func freeID(_ host: String, _ rows: [MigrationRow]) -> MigrationID {
    let count = rows.count { $0.hostname == host }
    return MigrationID(count == 0 ? host : "\(host)~\(count + 1)")
  }
}
