import DNSModel
import Engine
import Migration
import Notation
import SystemIO

/// A router that a person configures: each wish is printed once, and what was done is seen from
/// outside.
struct ManualRouter: GlobalRouter {
  let plan: Plan
  let evidence: EvidenceDesk
  let tell: (String) -> Void

  func ownHostname(key: EffectKey, plan: CompiledPlan) -> EffectOutcome {
    hand("let the router take on \(plan.hostname.host) (prove that the name is yours)")
  }

  func bindHostname(key: EffectKey, plan: CompiledPlan) -> EffectOutcome {
    hand(
      "bind \(plan.hostname.host) and its certificate to the new endpoint \(plan.newTarget.host)")
  }

  func clean(key: EffectKey, plan: CompiledPlan) -> EffectOutcome {
    hand("take \(plan.hostname.host) off the router again; nothing waits for it")
  }

  func progress(_ plan: CompiledPlan) -> EvidenceReport { evidence.router() }

  private func hand(_ task: String) -> EffectOutcome {
    guard case .manual(let instructions) = plan.router.kind else { return .rejected(.needsPerson) }
    let place = instructions.isEmpty ? "" : "\n  \(safeText(instructions))"
    tell("to be done at the router by a person: \(task)\(place)")
    return .handedOver
  }
}

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
