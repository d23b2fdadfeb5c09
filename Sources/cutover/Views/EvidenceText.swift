import Migration
import Notation

/// A look that did not come out well, in full: what was seen, since when, what should have been, and what to
/// do about it.
struct EvidenceText {
  let view: MigrationView
  let kind: EvidenceKind
  let outcome: Outcome

  var lines: [String] {
    let verdict = "\(kind.subject): \(outcome.text(of: kind))"
    guard outcome != .missing, outcome != .pass else { return [verdict] }
    return [verdict + seen, "expected: \(kind.expectation); \(advice)"]
  }

  /// The journal has it: a verdict is told once, when it came to be.
  private var seen: String {
    for fact in view.facts.reversed() {
      guard case .evidenceSeen(let report) = fact.kind, report.kind == kind else { continue }
      if report.outcome != outcome { return "" }
      // The same again is journaled without words.
      if !report.summary.isEmpty { return " (\(report.at): \(safeText(report.summary)))" }
    }
    return ""
  }

  private var advice: String {
    switch kind {
    case .oldEndpoint where view.accepts(.breakGlass):
      "put it right, or restore the record all the same: cutover rollback --break-glass"
    case .resolvers:
      "it is asked again by itself; one that will never follow: cutover resume --waive NAME"
    case .parity, .newEndpoint:
      "put it right, and it is looked at again by itself; cutover audit PLAN shows all of it"
    case .soak:
      "put right what the gate measures, or the gate"
        + (view.canRollBack ? "; or turn back: cutover rollback" : "")
    default: "put it right, and it is looked at again by itself"
    }
  }
}

extension Outcome {
  /// Where the plan itself says what a soak gate without an answer means, that is told.
  func text(of kind: EvidenceKind) -> String {
    kind == .soak && self == .inconclusive
      ? "inconclusive; that never passes, and the plan says hold" : text
  }
}

extension EvidenceKind {
  fileprivate var expectation: String {
    switch self {
    case .audit: "the record can be read and changed in the way the plan names"
    case .oldEndpoint: "the old endpoint answers for the name, with a valid certificate"
    case .newEndpoint: "each address of the new endpoint answers for the name, with a valid chain"
    case .parity: "old and new answer alike, but for what the plan accepts"
    case .issuance: "CAA allows the plan's authority to issue for the name"
    case .router: "the router has the name and its certificate"
    case .resolvers: "every required resolver gives the record as it is now"
    case .soak: "every gate passes"
    case .traffic: "no more direct requests at the old endpoint than the plan calls quiet"
    case .originLock: "it can be told whether the old endpoint takes direct clients"
    case .retirement: "the old endpoint is gone"
    }
  }
}
