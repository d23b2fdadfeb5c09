import DNSModel
import Notation

extension Refusals {
  /// What becomes of the endpoint that the way back leads to.
  static func oldEndpoint(_ plan: Plan) -> [Refusal] {
    var found: [Refusal] = []
    let old = plan.oldEndpoint
    if old.lock.isWanted, !old.lock.isReversible {
      found.append(
        Refusal(
          "old-endpoint.lock-irreversible", at: "old-endpoint.lock.reversible",
          "a lock that cannot be opened again would end the way back at once (R13)",
          remedy: "lock by means that can be undone; retiring comes last"))
    }
    if case .program(_, let unlock) = old.lock.means, unlock.isEmpty {
      found.append(
        Refusal(
          "old-endpoint.no-unlock", at: "old-endpoint.lock",
          "the plan says how the old endpoint is locked, and not how it is opened again (R13)",
          remedy: "give \"unlock\" beside \"lock\""))
    }
    if old.becomesOrigin, old.retires {
      found.append(
        Refusal(
          "old-endpoint.origin-retired", at: "old-endpoint.retires",
          with: ["old-endpoint.becomes-origin"],
          "the old endpoint stays as an origin behind the router, and would be switched off (R10)",
          remedy: "an origin is locked, never retired"))
    }
    let drain = plan.ttl.floor.span + plan.timing.margin
    if old.lock.isWanted || old.retires, old.minimumTail < drain {
      found.append(
        Refusal(
          "old-endpoint.tail-too-short", at: "old-endpoint.minimum-tail", with: ["ttl", "timing"],
          "a tail of \(old.minimumTail) is shorter than the drain itself (\(drain)), and caches that "
            + "over-hold keep sending clients longer still (R7)",
          remedy: "72h is usual"))
    }
    return found
  }
}
