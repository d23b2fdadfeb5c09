import DNSProviders
import Engine
import Migration
import Notation
import Store
import SystemIO

extension MigrationView {
  /// What a person was told to do, line by line, for as long as it is open.
  var handedOver: [String] {
    if state.ending != nil { return [] }
    let open = state.openEffects.filter(\.isInSomeonesHands)
    guard !open.isEmpty, let pinned else { return [] }
    return open.flatMap { task($0.effect.action, pinned) }
  }

  private func task(_ action: EffectAction, _ pinned: Plan) -> [String] {
    if case .writeRecord(let write) = action {
      guard let change = change(write) else { return [action.purpose.task] }
      var place: String?
      if case .manual(let instructions) = pinned.zone.provider.kind { place = instructions }
      let scope = ProviderScope(zone: pinned.zone.origin, name: pinned.hostname)
      return ManualInstruction(scope: scope, change: change, place: place).text
        .split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    }
    var how: String?
    switch (action.purpose.resource, pinned.oldEndpoint.lock.means, pinned.router.kind) {
    case (.origin, .manual(let instructions), _), (.router, _, .manual(let instructions)):
      how = instructions
    default: break
    }
    return [action.purpose.task + (how.map { ": \(safeText($0))" } ?? "")]
  }

  private func change(_ write: RecordWrite) -> AliasChange? {
    func record(_ value: ServedValue) -> AliasRecord? {
      switch value.content {
      case .old: AliasRecord(target: plan.oldTarget, ttl: value.ttl)
      case .new: AliasRecord(target: plan.newTarget, ttl: value.ttl)
      case .absent, .other: nil
      }
    }
    guard let expected = record(write.expected), let wanted = record(write.value) else {
      return nil
    }
    return AliasChange(expected: expected, wanted: wanted, fence: write.fence)
  }

  /// Over as soon as every authoritative serves what the file says, whoever told them.
  var reloadTrouble: String? {
    guard !state.isSettled, state.ending == nil else { return nil }
    return troubles.reload.map { $0 + "; it is tried again with each look" }
  }
}

extension MigrationView.Troubles {
  init(_ reader: SQLiteReader, _ id: MigrationID) {
    let notes = StandingTroubles(state: reader.directory.path, id)
    reload = notes.reload.text.map { safeText($0, limit: 600) }
    guard let last = notes.notices.text.map({ safeText($0, limit: 600) }) else { return }
    let overdue = (try? reader.overdueNotices(id)) ?? nil
    let count = overdue.map {
      "\($0.count) could not be delivered, the oldest since \($0.since.lastSecond); last: "
    }
    notices = (count ?? "one could not be delivered: ") + last
  }
}
