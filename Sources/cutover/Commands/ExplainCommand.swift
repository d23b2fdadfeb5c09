import DNSModel
import Invocation
import Migration
import Notation

enum ExplainCommand: Command {
  static let spec = CommandSpec(
    name: "explain",
    summary: "why nothing more happens now: each reason, until when, and who can change it",
    operands: [.migration],
    examples: ["cutover explain", "cutover explain api.contososhoes.com --json"])

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let view = try MigrationView.chosen(invocation)
    if console.wantsJSON {
      console.result(view.json)
      return view.standing.exitCode
    }
    for line in lines(view) { console.result(line) }
    return view.standing.exitCode
  }

  static func lines(_ view: MigrationView) -> [String] {
    var lines = ["\(view.plan.hostname.host): \(view.standing.text)", ""]
    for blocker in view.blockers {
      for (index, text) in view.texts(of: blocker).enumerated() {
        lines.append((index == 0 ? "· " : "  ") + text)
      }
      lines.append("  " + blocker.unblocker.text)
    }
    if view.blockers.isEmpty, view.state.ending == nil {
      lines.append("· nothing is in the way; the engine goes on as soon as it runs")
    }
    if !view.handedOver.isEmpty { lines += ["", "What a person is to do:"] }
    lines += view.handedOver.map { $0.isEmpty ? "" : "  " + $0 }
    let troubles = [view.reloadTrouble, view.troubles.notices].compactMap { $0 }
    if !troubles.isEmpty { lines += ["", "What fails beside that:"] + troubles.map { "  " + $0 } }
    if !view.strangers.isEmpty {
      lines += ["", "What is served instead:"] + view.strangers.map { "  " + $0 }
    }
    lines += ["", "What may sit in caches:"]
    for exposure in view.state.ledger.exposures {
      let end = exposure.end(margin: view.plan.waits.margin)
      let text = end.map { $0 > view.now.safe ? "until \($0)" : "gone since \($0)" }
      lines.append(
        "  \(exposure.value.text(view.plan)): \(text ?? "still served, or may be")")
    }
    lines += ["", "Evidence:"]
    for kind in EvidenceKind.allCases where view.state.evidence(kind).outcome != .missing {
      let item = view.state.evidence(kind)
      lines.append("  \(kind.subject): \(item.outcome.text), seen \(item.at)")
    }
    lines += ["", "Undo: " + view.undoText]
    return lines
  }
}

extension Blocker.Unblocker {
  var text: String {
    switch self {
    case .time: "time alone changes it"
    case .world: "it changes when the world shows it; it is being looked at"
    case .worldOrPerson: "it changes when the world does, or when a person decides"
    case .person: "a person must decide"
    }
  }
}
