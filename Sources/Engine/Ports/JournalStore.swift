import Migration
import Notation

/// Where migrations live. One conformance suite (TestSupport) holds every store to this contract.
///
/// No clock inside: moments are arguments. Every write is guarded by (epoch, revision); a writer whose
/// claim was taken over changes nothing (R18).
public protocol JournalStore: AnyObject {
  /// Adds a migration with its first facts, at epoch 0 and revision 1. Refused when the hostname is
  /// moving already, or the id is taken. Not to be repeated blindly: after `.unknown`, load.
  func create(_ migration: NewMigration) throws(StoreError)

  /// Takes the migration over: epoch + 1, and everything needed to go on. May be repeated; each time
  /// the claim before is void.
  func claim(_ id: MigrationID, worker: String, at now: Now) throws(StoreError) -> ClaimedMigration

  /// One transition, all or nothing: facts appended, row updated, commands answered, notices queued.
  /// `.stale` when the claim or the revision is not the latest: drop everything and claim again.
  /// `.unknown` when it may or may not have been committed: claim again and see.
  func commit(_ transition: Transition) throws(StoreError)

  /// Puts a command into the migration's inbox, once per request id. Repeating a request gives its
  /// recorded answer, or `.queued` while it has none.
  func enqueue(_ command: Command, for id: MigrationID, at now: Now) throws(StoreError)
    -> InboxResult

  /// Commands without an answer, oldest first. May be repeated.
  func inbox(_ id: MigrationID) throws(StoreError) -> [Command]

  /// Migrations whose time has come or whose inbox is not empty, longest due first. May be repeated.
  func due(at now: Now, limit: Int) throws(StoreError) -> [MigrationID]

  /// The earliest moment at which `due` can have something, nil for never. May be repeated.
  func nextWake() throws(StoreError) -> UTCInstant?

  /// Every migration's row, by creation. May be repeated.
  func list() throws(StoreError) -> [MigrationRow]

  /// The whole history, oldest first, without claiming. May be repeated.
  func history(_ id: MigrationID) throws(StoreError) -> [Fact]

  /// The compiled plan, without claiming. May be repeated.
  func plan(_ id: MigrationID) throws(StoreError) -> CompiledPlan

  /// The plan's own text, as it was pinned. May be repeated.
  func source(_ id: MigrationID) throws(StoreError) -> String

  /// Notices not delivered yet, oldest first. May be repeated.
  func outbox(limit: Int) throws(StoreError) -> [QueuedNotice]

  /// Marks a notice delivered, or tried. May be repeated.
  func settleNotice(_ number: Int64, delivered: Bool, at now: Now) throws(StoreError)
}

public struct NewMigration: Hashable, Sendable {
  public var id: MigrationID
  public var plan: CompiledPlan
  public var facts: [Fact]
  public var wakeAt: UTCInstant?
  public var standing: Standing
  /// The plan's own text in canonical form, whose digest is pinned: adapters are set up from it, and
  /// nobody looks at the plan file again.
  public var source: String

  public init(
    id: MigrationID, plan: CompiledPlan, facts: [Fact], wakeAt: UTCInstant?, standing: Standing,
    source: String = ""
  ) {
    self.id = id
    self.plan = plan
    self.source = source
    self.facts = facts
    self.wakeAt = wakeAt
    self.standing = standing
  }
}

public struct ClaimedMigration: Sendable {
  public var plan: CompiledPlan
  public var facts: [Fact]
  public var epoch: UInt64
  public var revision: UInt64
  public var inbox: [Command]
  /// As of the last transition: what people were told last.
  public var standing: Standing

  public init(
    plan: CompiledPlan, facts: [Fact], epoch: UInt64, revision: UInt64, inbox: [Command],
    standing: Standing
  ) {
    self.plan = plan
    self.facts = facts
    self.epoch = epoch
    self.revision = revision
    self.inbox = inbox
    self.standing = standing
  }
}

public struct Transition: Sendable {
  public var id: MigrationID
  public var epoch: UInt64
  /// The revision this builds on; it becomes one more.
  public var revision: UInt64
  public var facts: [Fact]
  /// Safe time of the next turn; nil when only an event can help, or it has ended.
  public var wakeAt: UTCInstant?
  public var standing: Standing
  public var answers: [CommandAnswer]
  public var notices: [Notice]
  public var at: Now

  public init(
    id: MigrationID, epoch: UInt64, revision: UInt64, facts: [Fact], wakeAt: UTCInstant?,
    standing: Standing, answers: [CommandAnswer] = [], notices: [Notice] = [], at: Now
  ) {
    self.id = id
    self.epoch = epoch
    self.revision = revision
    self.facts = facts
    self.wakeAt = wakeAt
    self.standing = standing
    self.answers = answers
    self.notices = notices
    self.at = at
  }
}

public struct CommandAnswer: Hashable, Sendable {
  public var request: String
  public var result: CommandResult

  public init(request: String, result: CommandResult) {
    self.request = request
    self.result = result
  }
}

public enum InboxResult: Hashable, Sendable {
  case queued
  case answered(CommandResult)
}

/// What the row shows without folding the journal.
public struct MigrationRow: Hashable, Sendable {
  public var id: MigrationID
  public var hostname: String
  public var standing: Standing
  public var epoch: UInt64
  public var revision: UInt64
  public var wakeAt: UTCInstant?

  public init(
    id: MigrationID, hostname: String, standing: Standing, epoch: UInt64, revision: UInt64,
    wakeAt: UTCInstant?
  ) {
    self.id = id
    self.hostname = hostname
    self.standing = standing
    self.epoch = epoch
    self.revision = revision
    self.wakeAt = wakeAt
  }
}

/// Something people are told.
public struct Notice: Hashable, Sendable {
  public var migration: MigrationID
  /// The same for the same occasion.
  public var deduplication: String
  public var kind: String
  public var text: String

  public init(migration: MigrationID, deduplication: String, kind: String, text: String) {
    self.migration = migration
    self.deduplication = deduplication
    self.kind = kind
    self.text = text
  }
}

public struct QueuedNotice: Hashable, Sendable {
  public var number: Int64
  public var notice: Notice
  public var tries: Int

  public init(number: Int64, notice: Notice, tries: Int) {
    self.number = number
    self.notice = notice
    self.tries = tries
  }
}

public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another claim or another revision is the latest. Nothing was changed.
  case stale
  case notFound(String)
  /// The hostname is moving already, or the id is taken. Nothing was changed.
  case exists(String)
  /// It may or may not have been committed.
  case unknown(String)
  /// Certainly nothing was changed: disk full, file damaged, …
  case failed(String)
  /// Nothing could be read.
  case unread(String)
  /// What is stored is not what was written.
  case altered(String)

  public var description: String {
    switch self {
    case .stale: "another process has taken this migration over; nothing was changed"
    case .notFound(let id): "there is no migration \(safeText(id))"
    case .exists(let what): "\(safeText(what)) is moving already; nothing was changed"
    case .unknown(let why): "it is not known whether this was stored: \(safeText(why))"
    case .failed(let why): "nothing was stored: \(safeText(why))"
    case .unread(let why): "the state cannot be read: \(safeText(why))"
    case .altered(let id):
      "the plan of \(safeText(id)) in the state directory is not the one it was started with: somebody "
        + "altered it, and nothing is done by it; put state.db back from a backup"
    }
  }
}
