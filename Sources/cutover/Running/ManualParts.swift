import DNSModel
import Engine
import Migration
import Notation
import SystemIO

/// The doors of the old endpoint: a program's work, or a person's.
struct OriginDoors: OriginGuard {
  let plan: Plan
  let tell: (String) -> Void

  func lock(key: EffectKey, plan: CompiledPlan) -> EffectOutcome { turn(\.lock, "lock") }

  func unlock(key: EffectKey, plan: CompiledPlan) -> EffectOutcome { turn(\.unlock, "unlock") }

  func retire(key: EffectKey, plan: CompiledPlan) -> EffectOutcome {
    tell("to be done by a person: retire the old endpoint \(plan.oldTarget.host)")
    return .handedOver
  }

  private struct Words {
    let lock: [String]
    let unlock: [String]
  }

  private func turn(_ way: KeyPath<Words, [String]>, _ what: String) -> EffectOutcome {
    switch plan.oldEndpoint.lock.means {
    case .none: return .rejected(.permanent)
    case .manual(let instructions):
      tell("to be done by a person: \(what) the old endpoint. \(safeText(instructions))")
      return .handedOver
    case .program(let lock, let unlock):
      let words = Words(lock: lock, unlock: unlock)[keyPath: way]
      do {
        let outcome = try ChildProcess.run(words, within: .minutes(2))
        if outcome.succeeded { return .applied }
        tell("\(what) the old endpoint: \(outcome.summary)")
        return outcome.ending == .overdue ? .unknown : .rejected(.tryAgain)
      } catch {
        tell("\(what) the old endpoint: \(error)")
        return .rejected(.needsPerson)
      }
    }
  }
}
