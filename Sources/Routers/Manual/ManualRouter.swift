import DNSModel
import Engine
import Migration
import Notation

/// A router that a person configures: each wish is told, and what was done is seen from outside, by whoever
/// asks its addresses for the name.
public struct ManualRouter: GlobalRouter {
  /// Where a person does it.
  private let instructions: String
  private let look: () -> EvidenceReport
  private let tell: (String) -> Void

  /// `look`: what a client meets at the new endpoint.
  public init(
    instructions: String, look: @escaping () -> EvidenceReport, tell: @escaping (String) -> Void
  ) {
    self.instructions = instructions
    self.look = look
    self.tell = tell
  }

  public func ownHostname(key: EffectKey, plan: CompiledPlan) -> EffectOutcome {
    hand("let the router take on \(plan.hostname.host) (prove that the name is yours)")
  }

  public func bindHostname(key: EffectKey, plan: CompiledPlan) -> EffectOutcome {
    hand(
      "bind \(plan.hostname.host) and its certificate to the new endpoint \(plan.newTarget.host)")
  }

  public func clean(key: EffectKey, plan: CompiledPlan) -> EffectOutcome {
    hand("take \(plan.hostname.host) off the router again; nothing waits for it")
  }

  public func progress(_ plan: CompiledPlan) -> EvidenceReport { look() }

  private func hand(_ task: String) -> EffectOutcome {
    let place = instructions.isEmpty ? "" : "\n  \(safeText(instructions))"
    tell("to be done at the router by a person: \(task)\(place)")
    return .handedOver
  }
}
