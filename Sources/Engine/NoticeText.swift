import DNSModel
import Migration
import Notation

/// What those are told whose turn it is: where the move stands, what was seen, and what helps. They read it on
/// a telephone, hours later.
struct NoticeText {
  let id: MigrationID
  let plan: CompiledPlan
  let state: MigrationState
  let decision: Decision

  var text: String {
    let standing = decision.standing
    if standing.isEnd { return standing.text }
    var reasons = state.pauses.reasons.map(pause)
    reasons += decision.blockers.compactMap { part($0) }
    let why = reasons.isEmpty ? "" : " (\(reasons.joined(separator: "; ")))"
    return "\(standing.text)\(place)\(why); all of it: cutover explain \(id)"
  }

  private var place: String {
    if state.isRollingBack { return ", on the way back" }
    let ids = state.activeSteps(plan).indices.map { plan.steps[$0].id }
    return ids.isEmpty ? "" : " at \(ids.joined(separator: ", "))"
  }

  private func pause(_ reason: PauseReason) -> String {
    switch reason {
    case .person: "paused: cutover resume \(id)"
    case .drift:
      "drift: \(seen)\(wanted); put it right, then cutover resume \(id), or decide with "
        // Nothing can be put back that was never seen.
        + (state.current == nil ? "--adopt" : "--overwrite or --adopt")
    case .failure: "an effect failed: put it right, then cutover resume \(id)"
    case .missedWindow: "the change window went by: cutover resume \(id)"
    }
  }

  private var wanted: String {
    " where \(state.current.map(literal) ?? "CNAME \(plan.oldTarget)") should be"
  }

  /// At the authorities, with the server's name where it is foreign; else at the provider.
  private var seen: String {
    let strange = state.view.map { view in
      view.values.filter {
        $0 != state.current && !($0.content.isForeign && !view.foreignTexts.isEmpty)
      }.map(literal) + view.foreignTexts.map { safeText($0) }
    }
    if let strange, !strange.isEmpty { return "served is \(strange.joined(separator: ", "))" }
    return state.provider?.value.map { "the provider holds \(literal($0))" }
      ?? "something else is seen"
  }

  private func literal(_ value: ServedValue) -> String {
    switch value.content {
    case .old: "\(value.ttl) CNAME \(plan.oldTarget)"
    case .new: "\(value.ttl) CNAME \(plan.newTarget)"
    case .absent: "no such name"
    case .other: "a foreign record, TTL \(value.ttl)"
    }
  }

  /// What is wanted of people. Nil: time or the world is waited for.
  private func part(_ blocker: Blocker) -> String? {
    switch blocker {
    case .approval(let gate, let missing):
      "approvals missing at \(gate.name): \(missing); cutover approve \(id) --gate \(gate.name)"
    case .attestation:
      "does any client still use the old endpoint directly? cutover approve \(id) --attest-drained"
    case .oldEndpointEnds(let constraint, let at): "\(constraint.text) ends \(at), too early"
    case .evidence(let kind, .fail), .evidence(let kind, .failAndRollBack):
      "\(kind.name) fails\(reason(kind))"
    case .evidence(.soak, .inconclusive): "no gate can tell\(reason(.soak))"
    default: nil
    }
  }

  /// As it was seen just now, which is what changed the standing.
  private func reason(_ kind: EvidenceKind) -> String {
    for fact in decision.facts {
      if case .evidenceSeen(let report) = fact.kind, report.kind == kind, !report.summary.isEmpty {
        return ": \(safeText(report.summary))"
      }
    }
    return ""
  }
}
