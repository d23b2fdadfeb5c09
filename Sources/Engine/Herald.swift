import DNSModel
import Migration
import Notation

/// What people are told besides where a migration stands: that the name was cut over or is turned back,
/// and, in good time, every moment after which something can no longer be done. Pure: the same state tells
/// the same, under the same key, so that a restart repeats nothing.
struct Herald {
  struct Message: Hashable {
    /// Same key, same occasion.
    var key: String
    var kind: String
    var text: String
    /// Told from here on, by the later of the two clocks (R20).
    var at: UTCInstant
  }

  let state: MigrationState
  let plan: CompiledPlan
  let now: Now

  var messages: [Message] {
    if state.ending != nil { return [] }
    return turningPoints + decideBy + approvalEnds + windows
  }

  private var turningPoints: [Message] {
    var found: [Message] = []
    if state.current?.content == .new {
      found.append(
        Message(
          key: "cutover", kind: "cutover", text: "the record points to the new endpoint",
          at: .distantPast))
    }
    if let at = state.rollbackStartedAt {
      found.append(
        Message(
          key: "rollback/\(at.milliseconds)", kind: "rollback",
          text: "the move is being rolled back", at: at))
    }
    return found
  }

  /// A day before, an hour before, and when it is over: undoing is only worth a hurry once there is
  /// something to undo.
  private var decideBy: [Message] {
    guard state.mayBeCutOver, !state.isRollingBack, !state.isPastPointOfNoReturn(plan) else {
      return []
    }
    let clock = RollbackClock(state, plan, at: now)
    guard let last = clock.decideBy, let end = clock.end, let binding = clock.binding else {
      return []
    }
    let key = "decide-by/\(binding.rawValue)/\(end.milliseconds)"
    let ahead = [TimeSpan.hours(24), .hours(1)].map { lead in
      Message(
        key: "\(key)/\(lead.milliseconds)", kind: "deadline",
        text: "undoing must be decided by \(last): \(binding.text) ends \(end)", at: last - lead
      )
    }
    return ahead + [
      Message(
        key: "\(key)/0", kind: "deadline",
        text: "it is too late for undoing in good order: \(binding.text) ends \(end)", at: last)
    ]
  }

  /// An hour before a yes runs out that is still needed (a tenth of its life, where that is less), and when
  /// it has.
  private var approvalEnds: [Message] {
    var found: [Message] = []
    for approval in state.approvals where isNeeded(approval.gate) {
      let ends = approval.expiresAt
      let validity = plan.requirement(for: approval.gate).validity
      let lead = min(.hours(1), TimeSpan(milliseconds: validity.milliseconds / 10))
      let key = "approval/\(approval.gate.name)/\(approval.actor)/\(ends.milliseconds)"
      let whose = "\(safeText(approval.actor))'s approval of \(approval.gate.name)"
      found.append(
        Message(
          key: "\(key)/ahead", kind: "deadline", text: "\(whose) runs out \(ends)", at: ends - lead)
      )
      found.append(
        Message(key: "\(key)/over", kind: "deadline", text: "\(whose) has run out", at: ends))
    }
    return found
  }

  private func isNeeded(_ gate: Gate) -> Bool {
    switch gate {
    case .cutOver: !state.mayBeCutOver && !state.isRollingBack
    case .lockOrigin: !state.maybe.contains(.locked) && !state.isRollingBack
    case .pointOfNoReturn: !state.isPastPointOfNoReturn(plan) && !state.isRollingBack
    case .restoreTTL: state.isRollingBack
    }
  }

  /// The next window that the caches leave usable: an hour before it opens, and a quarter of an hour before
  /// it closes unused.
  private var windows: [Message] {
    guard !plan.changeWindows.isEmpty, !state.isWindowWaived, !state.mayBeCutOver,
      !state.isRollingBack, let current = state.current,
      let ready = TTLWait.endOfSuperseded(
        in: state.ledger, except: current, margin: plan.waits.margin),
      let window = plan.changeWindows.first(where: { $0.closes > max(ready, now.latest) })
    else { return [] }
    let key = "window/\(window.opens.milliseconds)"
    return [
      Message(
        key: "\(key)/opens", kind: "deadline",
        text: "the change window is open from \(window.opens) to \(window.closes)",
        at: window.opens - .hours(1)),
      Message(
        key: "\(key)/closes", kind: "deadline",
        text: "the change window closes \(window.closes), and the name is not cut over",
        at: max(window.opens, window.closes - .minutes(15))),
    ]
  }
}
