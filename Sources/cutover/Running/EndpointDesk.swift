import Assessment
import Engine
import Migration
import Notation

/// The run's evidence about the two endpoints: readiness, parity, the old one's health and its lock.
/// What could not be found out is inconclusive (R21).
final class EndpointDesk {
  struct Verdict {
    var outcome: Outcome
    var summary: String
    var certificateEnds: UTCInstant?
    /// Of what was found, in a form that does not differ from look to look.
    var substance: [String] = []
  }

  private let plan: Plan
  private let survey: EndpointSurvey
  private let clock: any MigrationClock
  /// An old endpoint that does not answer has not lost the certificate it showed before.
  private var lastOldEnd: UTCInstant?

  init(_ plan: Plan, clock: any MigrationClock) {
    self.plan = plan
    survey = EndpointSurvey(plan)
    self.clock = clock
  }

  /// Certificates are judged by the later clock: none counts as valid for too long (R20).
  private var moment: UTCInstant {
    let now = clock.now()
    return max(now.wall, now.safe)
  }

  private func looked(_ side: EndpointLook.Side) -> Result<[EndpointFacts], LookFailure> {
    do {
      return .success(try survey.facts(side, at: moment))
    } catch {
      return .failure(LookFailure(reason: "the endpoint cannot be looked at: \(error)"))
    }
  }

  struct LookFailure: Error { let reason: String }

  // MARK: the new endpoint (R9)

  /// Good enough to cut over: ready at each address, and answering clients there.
  func newEndpoint() -> Verdict {
    switch looked(.new) {
    case .failure(let failure): return Verdict(outcome: .inconclusive, summary: failure.reason)
    case .success(let facts):
      let readiness = Readiness(facts, at: moment, isPrivate: survey.isPrivate)
      let grave = readiness.findings.filter { $0.severity <= .unknown }
      var verdict = Verdict(
        outcome: Self.outcome(readiness.verdict), summary: "",
        certificateEnds: readiness.certificateEnds,
        substance: readiness.findings.filter {
          $0.severity <= .warning && !$0.id.hasPrefix("http.")
        }
        .map(\.id))
      if verdict.outcome == .pass, let ill = facts.first(where: { !Self.answers($0) }) {
        verdict.outcome = .fail
        verdict.summary = Self.answerText(ill)
      } else if let first = grave.first {
        verdict.summary = "\(first.subject): \(first.detail) [\(first.id)]"
      } else {
        verdict.summary = facts.map(Self.answerText).joined(separator: "; ")
      }
      return verdict
    }
  }

  private static func outcome(_ verdict: Readiness.Verdict) -> Outcome {
    switch verdict {
    case .ready: .pass
    case .notReady: .fail
    case .unknown: .inconclusive
    }
  }

  private static func answers(_ facts: EndpointFacts) -> Bool {
    facts.health.map { (200..<400).contains($0.status) } ?? false
  }

  private static func answerText(_ facts: EndpointFacts) -> String {
    let chain = facts.shown?.verdict.isTrusted == true ? " with a valid chain" : ""
    if let health = facts.health { return "\(facts.address) answers \(health.status)\(chain)" }
    return "\(facts.address): \(facts.problem?.text ?? facts.healthProblem ?? "no answer")"
  }

  // MARK: the old endpoint (R10, R13)

  /// Serves the name as it always did. Rules of style do not hold up a way back to what worked before.
  func oldEndpoint() -> Verdict {
    switch looked(.old) {
    case .failure(let failure):
      return Verdict(
        outcome: .inconclusive, summary: failure.reason, certificateEnds: knownOldEnd)
    case .success(let facts):
      let ends = facts.compactMap { $0.shown?.ends }.min()
      if let ends { lastOldEnd = ends }
      var verdict = Verdict(
        outcome: .pass, summary: facts.map(Self.answerText).joined(separator: "; "),
        certificateEnds: ends ?? knownOldEnd)
      if facts.isEmpty {
        verdict.outcome = .inconclusive
        verdict.summary = "no address of it is known"
      }
      for item in facts where verdict.outcome != .fail {
        guard let fault = Self.fault(item) else { continue }
        verdict.outcome = fault.isAnswer ? .fail : .inconclusive
        verdict.summary = fault.text
      }
      return verdict
    }
  }

  /// What the plan declares counts until it was seen.
  private var knownOldEnd: UTCInstant? { lastOldEnd ?? plan.oldEndpoint.certificate.ends }

  private static func fault(_ facts: EndpointFacts) -> (isAnswer: Bool, text: String)? {
    if let problem = facts.problem {
      return (problem.isAnAnswer, "\(facts.address): \(problem.text)")
    }
    if let fault = facts.shown?.verdict.faults.first {
      return (true, "\(facts.address): \(fault.detail)")
    }
    guard facts.health != nil else { return (false, answerText(facts)) }
    return answers(facts) ? nil : (true, answerText(facts))
  }

  /// Whether direct clients are still served: refusing them is what the lock is for. An endpoint that is
  /// merely ill, or that nobody can reach from here, is not known to be locked.
  func originLock() -> Verdict {
    guard case .success(let facts) = looked(.old), !facts.isEmpty else {
      return Verdict(outcome: .inconclusive, summary: "no address of the old endpoint is known")
    }
    if let open = facts.first(where: Self.answers) {
      return Verdict(outcome: .fail, summary: "\(Self.answerText(open)): it takes direct clients")
    }
    if let ill = facts.first(where: { ($0.health?.status ?? 0) >= 500 }) {
      return Verdict(
        outcome: .inconclusive,
        summary: "\(Self.answerText(ill)): ill, or locked; it cannot be told")
    }
    let summary = facts.map(Self.answerText).joined(separator: "; ")
    let isSilent = facts.contains { $0.health == nil && $0.problem?.isAnAnswer != true }
    guard isSilent else { return Verdict(outcome: .pass, summary: summary) }
    // Silence may be our own line's: then the new endpoint would be silent too.
    guard case .success(let other) = looked(.new), other.contains(where: { $0.shown != nil }) else {
      return Verdict(
        outcome: .inconclusive, summary: "\(summary); nor can the new endpoint be reached from here"
      )
    }
    return Verdict(outcome: .pass, summary: summary)
  }

  // MARK: parity

  /// Some hundred requests: a slow endpoint takes its time over them, so this may run anywhere.
  func parity() -> @Sendable () -> Verdict {
    let (plan, survey, moment) = (plan, survey, moment)
    return { Self.parity(plan, survey, at: moment) }
  }

  private static func parity(
    _ plan: Plan, _ survey: EndpointSurvey, at moment: UTCInstant
  ) -> Verdict {
    let parity: Parity
    do {
      let sides = try survey.sides(at: moment)
      parity = Parity(old: sides.old, new: sides.new, accepted: plan.parityExceptions)
    } catch {
      return Verdict(
        outcome: .inconclusive, summary: "the endpoints cannot be compared: \(error)")
    }
    let findings = parity.findings
    let outcome: Outcome =
      switch findings.gravest {
      case .blocker: .fail
      case .unknown: .inconclusive
      default: .pass
      }
    let open = findings.filter { $0.severity <= .warning }
    let told = open.prefix(4).map { "\($0.subject): \($0.detail)" }.joined(separator: "; ")
    let rest = open.count > 4 ? "; and \(open.count - 4) more (audit shows all)" : ""
    return Verdict(
      outcome: outcome,
      summary: open.isEmpty
        ? "\(parity.rows.count) aspects alike or accepted" : told + rest,
      substance: parity.rows.filter { $0.severity <= .warning && $0.standing != .same }
        .map { "\($0.aspect) \($0.standing.rawValue)" })
  }
}
