import DNSModel
import Migration
import Notation

/// A migration on one screen of text: where it is, what it waits for, what comes next, what undoing
/// costs.
struct StatusText {
  let view: MigrationView
  let console: Console

  var lines: [String] {
    [heading] + steps + wayBack + [""] + queued + waits + troubles
      + Self.labelled("next     ", view.nextChange?.lines ?? ["nothing more is changed"])
      + ["undo     " + view.undoText] + (view.certificateText.map { ["certs    " + $0] } ?? [])
  }

  var heading: String {
    let name = console.ink(.bold, view.plan.hostname.host)
    let direction = view.isTurnedBack ? ", rolling back" : ""
    return "\(name)  \(console.ink(ink, view.standing.text))\(direction)  (\(view.id))"
  }

  private var ink: Console.Ink {
    switch view.standing {
    case .acting, .waiting: .blue
    case .approval, .paused: .yellow
    case .held: .red
    case .moved, .rolledBack, .handedOver: .green
    }
  }

  private var steps: [String] {
    view.plan.steps.indices.map { index in
      line(view.plan.steps[index].kind.title, view.standing(ofStep: index))
    }
  }

  private var wayBack: [String] {
    let lines = view.wayBack.map { line($0.stage.title, $0.standing) }
    return lines.isEmpty ? [] : ["", "the way back"] + lines
  }

  private func line(_ title: String, _ standing: MigrationView.StepStanding) -> String {
    switch standing {
    case .done: "  " + console.ink(.green, "✓") + " " + title
    case .active: "  " + console.ink(.bold, "▸ " + title)
    case .ahead: "  " + console.ink(.dim, "· " + title)
    }
  }

  private var waits: [String] {
    if view.state.ending != nil { return [] }
    let texts = view.blockerTexts
    guard !texts.isEmpty else { return ["now      nothing is in the way"] }
    return Self.labelled("waits    ", texts) + Self.labelled("seen     ", view.strangers)
  }

  /// What a person was told to do, word for word, for as long as it is open; and what fails beside the journal.
  private var troubles: [String] {
    Self.labelled("task     ", view.handedOver)
      + (view.reloadTrouble.map { ["reload   " + $0] } ?? [])
      + (view.troubles.notices.map { ["notices  " + $0] } ?? [])
  }

  /// Taken up when the engine runs next; what stands below is without it.
  private var queued: [String] {
    Self.labelled(
      "said     ",
      view.queued.map { "\($0.verb.name) by \(safeText($0.actor)), taken up by: cutover run" })
  }

  private static func labelled(_ label: String, _ texts: [String]) -> [String] {
    texts.enumerated().map { ($0.offset == 0 ? label : "         ") + $0.element }
  }
}
