import DNSModel
import Engine
import Migration
import Notation

/// A drift in full: what should stand there, what was seen in its place and where, whether that is over, and
/// what really gets out of it now. Only what would be accepted is offered.
struct DriftText {
  let view: MigrationView

  private var state: MigrationState { view.state }
  private var plan: CompiledPlan { view.plan }

  var lines: [String] { [story, waysOut] }

  // MARK: What is seen

  private var story: String {
    let wanted = state.current.map { "expected \(view.literal($0))\(Self.fence(expectedFence))" }
    let places = [authoritatives, provider].compactMap { $0 }
    return
      "the record drifted: \(wanted ?? "expected the record before the move, as the plan has it")"
      + places.map { "; \($0)" }.joined()
      + (isOver ? "; it was put right meanwhile" : "; it was not put right yet")
  }

  private static func fence(_ number: UInt64?) -> String {
    number.map { " with fence \($0)" } ?? ""
  }

  /// What our last write left there, or what was there before the first one.
  private var expectedFence: UInt64? {
    var fence: UInt64?
    var left: [UInt32: UInt64] = [:]
    for fact in view.facts {
      switch fact.kind {
      case .providerRead(let reading) where fence == nil: fence = reading.fence
      case .effectIntended(let effect):
        if case .writeRecord(let write) = effect.action {
          left[effect.number] = write.fence.map { $0 + 1 }
        }
      case .effectEnded(let number, .applied), .effectResolved(let number, tookHold: true):
        fence = left[number] ?? fence
      default: break
      }
    }
    return fence
  }

  private var authoritatives: String? {
    guard let seen = state.view else { return nil }
    // Foreign ones name their server themselves.
    let known = seen.values.filter { !$0.content.isForeign }.map { view.literal($0) }
    let texts = known + seen.foreignTexts.map { safeText($0) }
    if texts.isEmpty { return "no authoritative could be asked" }
    let who = seen.agreedValue == nil ? "the authoritatives serve" : "every authoritative serves"
    return "\(who) \(texts.joined(separator: " and ")) (seen \(seen.completedAt))"
  }

  private var lastReading: ProviderReading? {
    for fact in view.facts.reversed() {
      if case .providerRead(let reading) = fact.kind, reading.value != nil { return reading }
    }
    return nil
  }

  private var provider: String? {
    guard let reading = lastReading, let value = reading.value else { return nil }
    return
      "the provider holds \(view.literal(value))\(Self.fence(reading.fence)) (read \(reading.at))"
  }

  // MARK: What to do

  /// A stranger's record at the provider is on its way to the servers, whatever these show.
  private var isOver: Bool {
    let held = state.provider?.value
    return view.accepts(.resume) && (held == nil || state.current == nil || held == state.current)
  }

  private var waysOut: String {
    var ways = [
      isOver ? "cutover resume goes on" : "put it right where it is kept, then cutover resume"
    ]
    if view.accepts(.overwrite) {
      let value = state.isRollingBack ? state.restoredValue(plan) : state.current
      ways.append(
        "cutover resume --overwrite puts \(value.map { view.literal($0) } ?? "ours") in its place")
    }
    if view.accepts(.adopt) { ways.append("cutover resume --adopt lets it stand") }
    var text = "to go on: " + ways.joined(separator: ", or ")
    if state.isRollingBack {
      text += "; the rollback waits for one of these"
    } else if view.accepts(.rollback) {
      text +=
        view.after(.rollback).standing.isEnd
        ? "; cutover rollback ends the move here"
        : "; cutover rollback turns the move back, and waits for one of these, too"
    }
    return text
  }
}

extension MigrationView {
  /// The verb, as `explain` tries it out: said by nobody.
  private func command(_ verb: Verb) -> Migration.Command {
    Migration.Command(request: "", actor: "", verb: verb)
  }

  func accepts(_ verb: Verb) -> Bool {
    VerbTable(core: MigrationCore(plan)).result(of: command(verb), in: state, at: now) == .accepted
  }

  /// How the migration would stand if somebody said this now.
  func after(_ verb: Verb) -> MigrationView {
    let said = Fact(at: now, .commanded(command(verb), .accepted))
    return MigrationView(id: id, plan: plan, facts: facts + [said], now: now)
  }

  /// As a zone file has it, as far as that is known.
  func literal(_ value: ServedValue) -> String {
    switch value.content {
    case .old: "\(value.ttl) CNAME \(plan.oldTarget)"
    case .new: "\(value.ttl) CNAME \(plan.newTarget)"
    case .absent: "no such name"
    case .other: "a foreign record, TTL \(value.ttl)"
    }
  }
}
