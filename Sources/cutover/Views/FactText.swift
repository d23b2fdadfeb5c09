import DNSModel
import Migration
import Notation

extension Fact {
  /// One line of the history.
  func line(_ plan: CompiledPlan) -> String { "\(at.wall)  \(kind.text(plan))" }
}

extension FactKind {
  func text(_ plan: CompiledPlan) -> String {
    switch self {
    case .started(let digest, let person):
      return "started by \(safeText(person)), plan \(digest.prefix(16))"
    case .recovered: return "taken up by a process; what was under way is looked at again"
    case .stepDone(let step):
      let title = plan.steps.indices.contains(step) ? plan.steps[step].kind.title : "step \(step)"
      return "done: \(title)"
    case .roundSeen(let round): return Self.text(round, plan)
    case .providerRead(let reading):
      guard let value = reading.value else { return "the provider could not be read" }
      return "the provider holds \(value.text(plan))"
        + (reading.fence.map { ", fence \($0)" } ?? "")
    case .longerTTLSeen(let value, let resolver):
      return "\(safeText(resolver)) holds \(value.text(plan)): a longer TTL than was known"
    case .ttlRounded(let asked, let served):
      return "the provider serves TTL \(served) where \(asked) was asked for"
    case .evidenceSeen(let report):
      let summary = report.summary.isEmpty ? "" : " (\(safeText(report.summary)))"
      return "\(report.kind.subject): \(report.outcome.text)\(summary)"
    case .effectIntended(let effect):
      return "about to \(effect.action.purpose.task)\(Self.detail(effect.action, plan))"
    case .effectEnded(let number, let outcome): return "effect \(number): \(outcome.text)"
    case .effectResolved(let number, let tookHold):
      return "effect \(number): seen \(tookHold ? "to have taken hold" : "not to have taken hold")"
    case .commanded(let command, let result):
      let reason = command.reason.isEmpty ? "" : " (\(safeText(command.reason)))"
      return "\(safeText(command.actor)): \(command.verb.text)\(reason): \(result.text)"
    case .held(let reason): return "held: \(reason.name)"
    case .released(let reason): return "no longer held: \(reason.name)"
    case .turnedBack(let kind): return "turned back, because of \(kind.subject)"
    case .soaked(let good): return "soaked well for \(good)"
    case .leftBehind(let purpose): return "left behind: could not \(purpose.task)"
    case .ended(let ending): return "ended: \(ending.rawValue)"
    }
  }

  private static func text(_ round: RoundSummary, _ plan: CompiledPlan) -> String {
    let texts = round.values.map { $0.text(plan) } + round.foreignTexts.map { safeText($0) }
    let away = round.unreachable.map { safeText($0) }.joined(separator: ", ")
    if texts.isEmpty {
      return "no authoritative can be asked" + (away.isEmpty ? "" : ": \(away)")
    }
    let missing = away.isEmpty ? "" : "; not to be asked: " + away
    let slips = round.slips.map { "; " + safeText($0) }.joined()
    let who =
      round.askedCount == 1 ? "1 authoritative serves" : "\(round.askedCount) authoritatives serve"
    return "\(who) " + texts.joined(separator: ", ") + missing + slips
  }

  private static func detail(_ action: EffectAction, _ plan: CompiledPlan) -> String {
    guard case .writeRecord(let write) = action else { return "" }
    return ": \(write.expected.text(plan)) becomes \(write.value.text(plan))"
  }
}

extension EffectOutcome {
  var text: String {
    switch self {
    case .applied: "the other side says it is done"
    case .rejected(let rejection): "nothing happened (\(rejection.rawValue))"
    case .unknown: "it is not known whether it happened"
    case .handedOver: "a person was told what to do"
    }
  }
}

extension CommandResult {
  var text: String {
    switch self {
    case .accepted: "accepted"
    case .alreadySo: "it is so already"
    case .refused(let refusal): "refused: \(refusal.explanation)"
    }
  }
}

extension Verb {
  var text: String {
    switch self {
    case .approve(let gate, _, _): "approve (\(gate.text))"
    case .decline(let gate): "decline (\(gate.text))"
    case .waive(let authority): "waive \(safeText(authority))"
    default: name
    }
  }
}
