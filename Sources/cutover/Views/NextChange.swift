import DNSModel
import Migration
import Notation

/// The next thing that changes the world, if all goes well.
enum NextChange {
  case record(name: DomainName, before: String, after: String)
  case task(String)

  var text: String {
    switch self {
    case .record(let name, let before, let after): "\(name)  \(before)  →  \(after)"
    case .task(let task): task
    }
  }

  /// As a difference, where there is room for one.
  var lines: [String] {
    switch self {
    case .record(let name, let before, let after): ["- \(name) \(before)", "+ \(name) \(after)"]
    case .task(let task): [task]
    }
  }
}

extension MigrationView {
  var nextChange: NextChange? {
    if state.ending != nil { return nil }
    if let effect = decision.effects.first { return change(effect.action) }
    return state.isRollingBack ? nextUndoing : nextStep
  }

  /// What is made already, and only waits to be seen, comes no more.
  private var nextStep: NextChange? {
    for index in plan.steps.indices where !state.isDone(index) {
      switch plan.steps[index].kind {
      case .lowerTTL(_, let ttl) where state.asked != ServedValue(.old, ttl):
        return change(ServedValue(.old, ttl))
      case .cutOver where state.current?.content != .new:
        return change(ServedValue(.new, plan.waits.lowTTL))
      case .raiseTTL(let ttl) where state.asked != ServedValue(.new, ttl):
        return change(ServedValue(.new, ttl))
      case .lockOrigin: return doors(.lock)
      case .ownHostname, .obtainCertificate, .bindHostname, .retireOldEndpoint:
        return .task(plan.steps[index].kind.title)
      default: continue
      }
    }
    return nil
  }

  private var nextUndoing: NextChange? {
    let stage = decision.undoing ?? .unlock
    if stage == .unlock { return doors(.unlock) }
    if stage == .restore, state.current?.content != .old {
      return change(state.restoredValue(plan))
    }
    if stage != .oldTTL, state.maybe.contains(.onRouter), state.leftBehind.isEmpty {
      return .task(EffectPurpose.clean.task)
    }
    let value = state.lostTTL
    return value == state.asked || value == state.current ? nil : value.map(change)
  }

  private func change(_ action: EffectAction) -> NextChange {
    switch action {
    case .writeRecord(let write): change(write.value)
    case .lockOrigin, .unlockOrigin: doors(action.purpose)
    default: .task(action.purpose.task)
    }
  }

  /// With the very words that are run, or said to a person.
  private func doors(_ purpose: EffectPurpose) -> NextChange {
    let how: String
    switch doors {
    case .program(let lock, let unlock):
      how = ": runs " + (purpose == .lock ? lock : unlock).joined(separator: " ")
    case .manual(let instructions): how = ", by hand: " + instructions
    case .some(.none), nil: how = ""
    }
    return .task(purpose.task + safeText(how))
  }

  private func change(_ value: ServedValue) -> NextChange {
    .record(
      name: plan.hostname, before: state.current.map(recordText) ?? "…", after: recordText(value))
  }

  private func recordText(_ value: ServedValue) -> String {
    "\(value.ttl) CNAME \(value.content == .new ? plan.newTarget : plan.oldTarget)"
  }
}
