import DNSModel
import Migration
import Notation

/// A store in memory, for rehearsals and tests. Passes the same conformance suite as the durable one.
public final class MemoryStore: JournalStore {
  struct Entry {
    var plan: CompiledPlan
    var source: String
    var facts: [Fact]
    var row: MigrationRow
    var inbox: [Command] = []
    var answers: [CommandAnswer] = []
  }

  /// In order of creation: few, and searched from the end.
  var entries: [Entry] = []
  var notices: [(notice: QueuedNotice, isDone: Bool)] = []
  /// Set by tests that must notice a store without a guard.
  @_spi(PlantedMistakes) public var ignoresEpochs = false

  public init() {}

  private func index(of id: MigrationID) throws(StoreError) -> Int {
    for index in entries.indices where entries[index].row.id == id { return index }
    throw .notFound(id.text)
  }

  public func create(_ migration: NewMigration) throws(StoreError) {
    let hostname = migration.plan.hostname
    for entry in entries {
      if entry.row.id == migration.id { throw .exists(migration.id.text) }
      if entry.plan.hostname == hostname, !entry.row.standing.isEnd {
        throw .exists(hostname.description)
      }
    }
    let row = MigrationRow(
      id: migration.id, hostname: hostname.description, standing: migration.standing, epoch: 0,
      revision: 1, wakeAt: migration.wakeAt)
    entries.append(
      Entry(
        plan: migration.plan, source: migration.source, facts: migration.facts, row: row))
  }

  public func claim(
    _ id: MigrationID, worker: String, at now: Now
  ) throws(StoreError) -> ClaimedMigration {
    let index = try index(of: id)
    entries[index].row.epoch += 1
    let entry = entries[index]
    return ClaimedMigration(
      plan: entry.plan, facts: entry.facts, epoch: entry.row.epoch, revision: entry.row.revision,
      inbox: entry.inbox, standing: entry.row.standing)
  }

  public func commit(_ transition: Transition) throws(StoreError) {
    let index = try index(of: transition.id)
    let row = entries[index].row
    guard
      row.epoch == transition.epoch && row.revision == transition.revision || ignoresEpochs
    else { throw .stale }
    entries[index].facts += transition.facts
    entries[index].row.revision += 1
    entries[index].row.wakeAt = transition.wakeAt
    entries[index].row.standing = transition.standing
    for answer in transition.answers {
      entries[index].inbox.removeAll { $0.request == answer.request }
      entries[index].answers.append(answer)
    }
    for notice in transition.notices
    where !notices.contains(where: { $0.notice.notice.deduplication == notice.deduplication }) {
      let number = Int64(notices.count + 1)
      notices.append((QueuedNotice(number: number, notice: notice, tries: 0), false))
    }
  }

  public func enqueue(
    _ command: Command, for id: MigrationID, at now: Now
  ) throws(StoreError) -> InboxResult {
    let index = try index(of: id)
    for answer in entries[index].answers where answer.request == command.request {
      return .answered(answer.result)
    }
    if !entries[index].inbox.contains(where: { $0.request == command.request }) {
      entries[index].inbox.append(command)
    }
    return .queued
  }

  public func inbox(_ id: MigrationID) throws(StoreError) -> [Command] {
    entries[try index(of: id)].inbox
  }

  public func due(at now: Now, limit: Int) throws(StoreError) -> [MigrationID] {
    var due: [(wakeAt: UTCInstant, id: MigrationID)] = []
    for entry in entries {
      if !entry.inbox.isEmpty {
        due.append((.distantPast, entry.row.id))
      } else if let wakeAt = entry.row.wakeAt, wakeAt <= now.safe {
        due.append((wakeAt, entry.row.id))
      }
    }
    // A stable order: longest due first, then oldest.
    let order = due.indices.sorted { (due[$0].wakeAt, $0) < (due[$1].wakeAt, $1) }
    return order.prefix(limit).map { due[$0].id }
  }

  public func nextWake() throws(StoreError) -> UTCInstant? {
    if entries.contains(where: { !$0.inbox.isEmpty }) { return .distantPast }
    return entries.compactMap(\.row.wakeAt).min()
  }

  public func list() throws(StoreError) -> [MigrationRow] { entries.map(\.row) }

  public func history(_ id: MigrationID) throws(StoreError) -> [Fact] {
    entries[try index(of: id)].facts
  }

  public func plan(_ id: MigrationID) throws(StoreError) -> CompiledPlan {
    entries[try index(of: id)].plan
  }

  public func source(_ id: MigrationID) throws(StoreError) -> String {
    entries[try index(of: id)].source
  }

  public func outbox(limit: Int) throws(StoreError) -> [QueuedNotice] {
    Array(notices.lazy.filter { !$0.isDone }.map(\.notice).prefix(limit))
  }

  public func settleNotice(_ number: Int64, delivered: Bool, at now: Now) throws(StoreError) {
    for index in notices.indices where notices[index].notice.number == number {
      notices[index].isDone = delivered
      notices[index].notice.tries += 1
    }
  }
}

extension MemoryStore {
  /// For rehearsals, which look into the journal after every effect.
  public func hasFact(_ id: MigrationID, where isMeant: (Fact) -> Bool) -> Bool {
    for entry in entries where entry.row.id == id {
      for fact in entry.facts.reversed() where isMeant(fact) { return true }
    }
    return false
  }

  public func factCount(_ id: MigrationID) -> Int {
    for entry in entries where entry.row.id == id { return entry.facts.count }
    return 0
  }
}
