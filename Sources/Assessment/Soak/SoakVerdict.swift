import Migration
import Notation

/// One gate's verdict, its policy applied.
public struct SoakVerdict: Hashable, Sendable {
  public let gate: String
  public let outcome: Outcome
  public let reason: String

  /// Judges what was found. No data is never a pass: it is inconclusive, and then the plan's policy for
  /// that counts.
  public init(_ gate: SoakGate, _ evidence: SoakEvidence?) {
    let finding = Self.finding(gate, evidence)
    self.gate = gate.name
    switch finding {
    case .good(let reason):
      outcome = .pass
      self.reason = reason
    case .bad(let reason):
      outcome = Self.apply(gate.onFailure, otherwise: .fail)
      self.reason = reason
    case .unknown(let reason):
      // Whatever the policy says, what is not known never passes (R21).
      outcome = gate.onInconclusive == .rollBack ? .failAndRollBack : .inconclusive
      self.reason = reason
    }
  }

  /// All gates together: the gravest verdict counts. Without any gate there is nothing to hold by.
  public static func combined(_ verdicts: [SoakVerdict]) -> Outcome {
    verdicts.map(\.outcome).max { $0.rawValue < $1.rawValue } ?? .inconclusive
  }

  private enum Finding {
    case good(String)
    case bad(String)
    case unknown(String)
  }

  private static func apply(_ policy: SoakGate.Policy, otherwise held: Outcome) -> Outcome {
    switch policy {
    case .hold: held
    case .rollBack: .failAndRollBack
    case .pass: .pass
    }
  }

  private static func finding(_ gate: SoakGate, _ evidence: SoakEvidence?) -> Finding {
    switch (gate.source, evidence) {
    case (_, nil): .unknown("there is no data yet")
    case (.probes, .probes(let sample)): judge(sample, gate)
    case (.program, .program(let end)): judge(end)
    case (.query(_, let threshold), .query(let value)): judge(value, threshold)
    default: .unknown("the data is of another kind than the gate asks for")
    }
  }

  private static func judge(_ sample: ProbeSample, _ gate: SoakGate) -> Finding {
    guard sample.attempts >= ProbeSample.fewestAttempts else {
      return .unknown(
        "\(sample.attempts) probes are too few to tell (\(ProbeSample.fewestAttempts))")
    }
    let share = sample.successes * 1000 / sample.attempts
    // Compared without dividing: 998.9 is not 999.
    guard sample.successes * 1000 >= gate.successPerMille * sample.attempts else {
      return .bad(
        "\(tenths(share)) % of \(sample.attempts) probes succeeded; \(tenths(gate.successPerMille)) % are asked for"
      )
    }
    guard let latency = sample.latency, let baseline = sample.baseline else {
      return .unknown("the latency has no baseline on the same path")
    }
    // A baseline of a millisecond or two would make noise a verdict.
    let limit = max(baseline, 5) * gate.latencyPercent / 100
    guard latency <= limit else {
      return .bad(
        "the median latency is \(latency) ms; \(limit) ms are allowed (\(gate.latencyPercent) % of \(baseline) ms)"
      )
    }
    return .good("\(tenths(share)) % of \(sample.attempts) probes succeeded, median \(latency) ms")
  }

  private static func judge(_ end: ProgramEnd) -> Finding {
    switch end {
    case .exited(0): .good("the command says yes")
    case .exited(1): .bad("the command says no")
    case .exited(let status):
      .unknown("the command ended with \(status), which is neither yes nor no")
    case .timedOut: .unknown("the command did not end in time")
    case .notStarted(let reason): .unknown("the command could not be started: \(safeText(reason))")
    }
  }

  private static func judge(_ value: Int64?, _ threshold: SoakGate.Threshold) -> Finding {
    guard let value else { return .unknown("the query has no answer that is a number") }
    let isFine = threshold.isUpper ? value <= threshold.perMille : value >= threshold.perMille
    let relation = threshold.isUpper ? "at most" : "at least"
    let text =
      "the query gives \(thousandths(value)), \(relation) \(thousandths(threshold.perMille)) is asked for"
    return isFine ? .good(text) : .bad(text)
  }

  /// 999 → `99.9`.
  private static func tenths(_ perMille: Int) -> String { "\(perMille / 10).\(perMille % 10)" }

  private static func thousandths(_ value: Int64) -> String {
    let magnitude = value.magnitude
    let rest = String(magnitude % 1000 + 1000).dropFirst()
    return (value < 0 ? "-" : "") + "\(magnitude / 1000).\(rest)"
  }
}
