import Migration
import Notation

/// The drill's questions, each with its answer and what it rests on.
public struct DrillAnswer: Hashable, Sendable {
  public enum Verdict: String, Hashable, Sendable, CaseIterable {
    case well
    case ill
    /// Neither: it was not, or could not be, tried (R21).
    case inconclusive
  }

  public let id: String
  public let question: String
  public let verdict: Verdict
  public let answer: String
  public let wayOut: String?

  public init(
    _ id: String, _ question: String, _ verdict: Verdict, _ answer: String, wayOut: String? = nil
  ) {
    self.id = id
    self.question = question
    self.verdict = verdict
    self.answer = answer
    self.wayOut = wayOut
  }

  public var json: JSON {
    .record([
      ("id", .string(id)), ("question", .string(question)), ("verdict", .string(verdict.rawValue)),
      ("answer", .string(answer)), ("wayOut", wayOut.map { .string($0) }),
    ])
  }
}

/// Judges a drill: evidence in, answers out.
public struct DrillFindings: Sendable {
  private let evidence: DrillEvidence
  private let router: RouterPlan

  public init(_ evidence: DrillEvidence, router: RouterPlan) {
    self.evidence = evidence
    self.router = router
  }

  public var answers: [DrillAnswer] {
    [
      loss, detection, recovery, failover, kept, pinning, dependencies, lockDown,
      CapacityQuestion.answer(router), objective, logs, told,
    ] + guards + ChoiceQuestion.attested(router)
  }

  private var loss: DrillAnswer {
    let phases = [evidence.calm, evidence.loss, evidence.back]
    let sent = phases.map(\.sent).reduce(0, +)
    let failures = phases.flatMap(\.failures)
    let failed = phases.map(\.failed).reduce(0, +)
    let question = "does a client notice that a region is lost, and that it returns?"
    guard evidence.loss.sent > 0 else {
      return DrillAnswer("drill.loss", question, .inconclusive, "no request was sent meanwhile")
    }
    let text = "\(failed) of \(sent) requests over the new path failed"
    return DrillAnswer(
      "drill.loss", question, failed == 0 ? .well : .ill,
      failures.first.map { "\(text); the first: \($0)" } ?? text,
      wayOut: failed == 0 ? nil : "let the router try idempotent requests again elsewhere")
  }

  private func noticed(
    _ id: String, _ question: String, _ notice: DrillEvidence.Notice, isReal: Bool
  ) -> DrillAnswer {
    switch notice {
    case .seen(let span):
      guard isReal else {
        return DrillAnswer(
          id, question, .inconclusive,
          "it was taken out at the router, so no health check had to notice; the router showed it "
            + "after \(Self.text(span))", wayOut: "give a command: --fail-with and --restore-with")
      }
      return DrillAnswer(id, question, .well, "by its health check, after \(Self.text(span))")
    case .notSeen(let limit):
      return DrillAnswer(
        id, question, .ill, "the router did not notice within \(Self.text(limit))",
        wayOut: "look at the health check: its path, its interval, what it expects")
    case .notTried:
      return DrillAnswer(id, question, .inconclusive, "it was not tried")
    }
  }

  private var detection: DrillAnswer {
    noticed(
      "drill.detection", "what marks \(evidence.region) down, and how soon?", evidence.seenDown,
      isReal: evidence.isRealFailure)
  }

  private var recovery: DrillAnswer {
    noticed(
      "drill.recovery", "what marks \(evidence.region) up again, and how soon?", evidence.seenUp,
      isReal: evidence.isRealFailure)
  }

  private var failover: DrillAnswer {
    DrillAnswer(
      "drill.failover", "how long until nobody meets the lost region?",
      evidence.loss.sent == 0 ? .inconclusive : .well,
      "\(Self.text(evidence.failover)); the slowest request took "
        + "\(evidence.loss.slowest.milliseconds) ms")
  }

  private var kept: DrillAnswer {
    let question = "does a connection that was kept open survive the loss?"
    guard let served = evidence.keptConnectionServed else {
      return DrillAnswer("drill.kept", question, .inconclusive, "it was not tried")
    }
    return DrillAnswer(
      "drill.kept", question, served ? .well : .ill,
      served ? "its requests went on" : "a request on it failed")
  }

  private var pinning: DrillAnswer {
    let names = evidence.cookies
    return DrillAnswer(
      "drill.pinning", "is a client pinned to a region?", names.isEmpty ? .well : .ill,
      names.isEmpty
        ? "no cookie is set on the new path" : "cookies are set: \(names.joined(separator: ", "))",
      wayOut: names.isEmpty
        ? nil : "switch session affinity off, or accept that the loss of a region logs people out")
  }

  private var dependencies: DrillAnswer {
    let question = "does the health endpoint know what the API needs?"
    switch (evidence.dependencyDown, evidence.dependencyUp) {
    case (.seen(let down), .seen(let up)):
      return DrillAnswer(
        "drill.dependencies", question, .well,
        "with a dependency broken the region was down after \(Self.text(down)), mended it was up "
          + "after \(Self.text(up)); \(evidence.ailing.failed) of \(evidence.ailing.sent) requests failed"
      )
    case (.notSeen(let limit), _):
      return DrillAnswer(
        "drill.dependencies", question, .ill,
        "a dependency was broken, and the region stayed up for \(Self.text(limit))",
        wayOut: "let the health path fail when the API cannot serve")
    case (.seen, _):
      return DrillAnswer(
        "drill.dependencies", question, .ill, "it failed, and did not recover in time")
    case (.notTried, _):
      return DrillAnswer(
        "drill.dependencies", question, .inconclusive, "no dependency was broken",
        wayOut: "give commands: --break-with and --mend-with")
    }
  }

  private var lockDown: DrillAnswer {
    let question = "can a region be reached around the router?"
    var open: [String] = []
    var unknown: [String] = []
    for door in evidence.doors {
      for stand in [door.before, door.after] {
        switch stand {
        case .refused: break
        case .served(let status): open.append("\(door.region) answers \(status)")
        case .unknown(let why): unknown.append("\(door.region): \(why)")
        }
      }
    }
    if let first = open.first {
      return DrillAnswer(
        "drill.lock-down", question, .ill, first,
        wayOut: "let origins refuse what does not carry the router's identifier" + identifier)
    }
    if let first = unknown.first ?? (evidence.doors.isEmpty ? "no region was probed" : nil) {
      return DrillAnswer("drill.lock-down", question, .inconclusive, first)
    }
    let names = evidence.doors.map(\.region).joined(separator: ", ")
    return DrillAnswer("drill.lock-down", question, .well, "\(names) refuse, before and after")
  }

  private var identifier: String {
    guard case .azureFrontDoor = router.kind else { return "" }
    return " (\(FrontDoorPlan.identifierHeader): the address ranges alone are every tenant's)"
  }

  private var logs: DrillAnswer {
    LogJoinQuestion.answer(evidence.requestIDs, evidence.logs)
  }

  private var told: DrillAnswer {
    let question = "who is told?"
    guard !evidence.hooks.isEmpty else {
      return DrillAnswer(
        "drill.told", question, .ill, "nobody: the plan has no notify entry",
        wayOut: "name a webhook or a command under notify")
    }
    return DrillAnswer(
      "drill.told", question, .well,
      "down and up were each told once to \(evidence.hooks.joined(separator: ", "))")
  }

  /// What the chain promises, beside all that was sent while a region was well, lost and back.
  private var objective: DrillAnswer {
    let phases = [evidence.calm, evidence.loss, evidence.back]
    let sent = phases.map(\.sent).reduce(0, +)
    let failed = phases.map(\.failed).reduce(0, +)
    return ObjectiveQuestion.answer(router, measured: (sent - failed, sent))
  }

  private var guards: [DrillAnswer] {
    AttestedChoice.guards.map { GuardQuestion.answer($0, router, evidence.guards[$0]) }
  }

  private static func text(_ span: TimeSpan) -> String {
    "\(span.milliseconds / 1000).\(span.milliseconds % 1000 / 100) s"
  }
}
