import Engine
import Migration
import Notation
import PlanFiles
import Store
import SystemIO

/// Carries notices from the outbox to the hooks of their plan: at least once, with the same
/// `deduplication` each time, and with growing pauses while a hook does not take them.
final class NoticeCourier: @unchecked Sendable {
  private let store: SQLiteStore
  private let clock: StoredClock
  /// The state directory: what fails is noted there.
  private let state: String
  private let monitor = Monitor()
  private var nextTry: [Int64: UTCInstant] = [:]
  private static let triesLimit = 12

  init(store: SQLiteStore, clock: StoredClock, state: String) {
    self.store = store
    self.state = state
    self.clock = clock
  }

  func deliver() {
    monitor.locked {
      guard let queue = try? store.outbox(limit: 100) else { return }
      for queued in queue {
        let now = clock.now()
        if let at = nextTry[queued.number], at > now.safe { continue }
        let trouble = carry(queued.notice)
        let delivered = trouble == nil || queued.tries + 1 >= Self.triesLimit
        note(trouble, of: queued.notice, at: now, isGivenUp: delivered)
        try? store.settleNotice(queued.number, delivered: delivered, at: now)
        let pause = TimeSpan.seconds(1 << min(queued.tries + 1, 10))
        nextTry[queued.number] = delivered ? nil : now.safe + pause
      }
    }
  }

  /// Whoever is told nothing must be able to see that; gone once something is taken again.
  private func note(_ trouble: String?, of notice: Notice, at now: Now, isGivenUp: Bool) {
    let troubles = StandingTroubles(state: state, notice.migration)
    guard let trouble else { return troubles.notices.clear() }
    try? troubles.make()
    troubles.notices.write(
      "\(trouble) (\(now.wall)\(isGivenUp ? ", given up" : "; it is tried again"))")
  }

  /// Why a hook did not take it; nil when each did.
  private func carry(_ notice: Notice) -> String? {
    do {
      let hooks = try PinnedPlan(source: store.source(notice.migration)).plan.notifications
      var trouble: String?
      for hook in hooks where hook.occasions.contains(where: { $0.covers(notice.kind) }) {
        trouble = send(notice, to: hook.target) ?? trouble
      }
      return trouble
    } catch {
      return "the hooks of the plan cannot be read: \(error)"
    }
  }

  private func send(_ notice: Notice, to target: NotificationHook.Target) -> String? {
    HookPost(clock: clock).trouble(
      sending: [
        "migration": .string(notice.migration.text), "kind": .string(notice.kind),
        "text": .string(notice.text), "deduplication": .string(notice.deduplication),
      ], to: target)
  }
}

extension NotificationHook.Occasion {
  /// Which notices of the engine belong to an occasion a plan names.
  fileprivate func covers(_ kind: String) -> Bool {
    switch self {
    case .approval: kind == Standing.approval.rawValue
    case .held: kind == Standing.held.rawValue
    case .deadline: kind == "deadline"
    case .cutover: kind == "cutover"
    case .rollback: kind == Standing.rolledBack.rawValue || kind == "rollback"
    case .finished:
      [Standing.moved, .rolledBack, .handedOver].map(\.rawValue).contains(kind)
    case .region: RegionNews.kinds.contains(kind)
    }
  }
}
