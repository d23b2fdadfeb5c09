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
  private let monitor = Monitor()
  private var nextTry: [Int64: UTCInstant] = [:]
  private static let triesLimit = 12

  init(store: SQLiteStore, clock: StoredClock) {
    self.store = store
    self.clock = clock
  }

  func deliver() {
    monitor.locked {
      guard let queue = try? store.outbox(limit: 100) else { return }
      for queued in queue {
        let now = clock.now()
        if let at = nextTry[queued.number], at > now.safe { continue }
        let delivered = carry(queued.notice) || queued.tries + 1 >= Self.triesLimit
        try? store.settleNotice(queued.number, delivered: delivered, at: now)
        let pause = TimeSpan.seconds(1 << min(queued.tries + 1, 10))
        nextTry[queued.number] = delivered ? nil : now.safe + pause
      }
    }
  }

  private func carry(_ notice: Notice) -> Bool {
    guard let source = try? store.source(notice.migration),
      let hooks = try? PinnedPlan(source: source).plan.notifications
    else { return false }
    var wasTaken = true
    for hook in hooks where hook.occasions.contains(where: { $0.covers(notice.kind) }) {
      if !send(notice, to: hook.target) { wasTaken = false }
    }
    return wasTaken
  }

  private func send(_ notice: Notice, to target: NotificationHook.Target) -> Bool {
    HookPost(clock: clock).send(
      [
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
