import Invocation
import Migration
import Notation

enum ApproveCommand: Command {
  static let spec = CommandSpec(
    name: "approve", summary: "say yes at a gate, to this plan and to the evidence that is shown",
    operands: [.migration],
    options: [
      .value("gate", "GATE", Gate.allCases.map(\.name).joined(separator: ", ")),
      .flag("decline", "say no: leave it as it is (restoreTTL only)"),
      .flag("attest-drained", "vouch that no client uses the old endpoint directly any more"),
    ] + CommandDelivery.options,
    examples: [
      "cutover approve --gate cutOver",
      "cutover approve api.contososhoes.com --as ann --gate lockOrigin",
    ],
    notes: """
      An approval is bound to the plan's digest and to the evidence as it stands now, and counts only while the
      evidence is what was signed: if it changes, the gate asks again; if it turns bad and comes back just as it
      was, the approval counts again. A gate opens once its evidence is there; before that nobody can approve it.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    if invocation.flag("attest-drained") {
      return try send(.attestDrained, invocation, console)
    }
    let view = try MigrationView.chosen(invocation)
    let gate = try gate(invocation, view)
    if invocation.flag("decline") { return try send(.decline(gate), invocation, console) }
    for line in evidence(behind: gate, view) { console.progress(line) }
    return try send(
      .approve(
        gate, planDigest: view.plan.planDigest, evidenceDigest: view.state.evidenceDigest(for: gate)
      ), invocation, console)
  }

  /// The one that was named, or the one that is open.
  private static func gate(_ invocation: ParsedInvocation, _ view: MigrationView) throws -> Gate {
    if let name = invocation.value("gate") {
      guard let gate = Gate(name: name) else {
        let near = nearestWord(to: name, among: Gate.allCases.map(\.name))
        throw UsageError(
          "there is no gate \(safeText(name))" + (near.map { "; did you mean \($0)?" } ?? ""),
          command: spec.name)
      }
      return gate
    }
    for blocker in view.decision.blockers {
      if case .approval(let gate, _) = blocker { return gate }
    }
    throw Complaint(
      "nothing waits for an approval: a gate opens once the steps before it are done (cutover status)"
    )
  }

  /// What is being signed.
  static func evidence(behind gate: Gate, _ view: MigrationView) -> [String] {
    var lines = [
      "approving \"\(gate.text)\" of \(view.id), plan \(view.plan.planDigest.prefix(16))"
    ]
    for kind in EvidenceKind.allCases where view.state.evidence(kind).outcome != .missing {
      let item = view.state.evidence(kind)
      lines.append("  \(kind.subject): \(item.outcome.text), seen \(item.at)")
    }
    return lines + ["  undo: \(view.undoText)"]
  }
}
