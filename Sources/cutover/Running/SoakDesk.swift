import Assessment
import HTTP
import Migration
import Notation
import SystemIO

/// The plan's soak gates.
final class SoakDesk {
  private let plan: Plan
  private let endpoints: EndpointLook
  private var attempts = 0
  private var successes = 0
  private var durations: [Int] = []
  private var baseline: Int?

  init(plan: Plan, endpoints: EndpointLook) {
    self.plan = plan
    self.endpoints = endpoints
  }

  func look() -> (Outcome, String) {
    let verdicts = plan.soak.gates.map { SoakVerdict($0, evidence(for: $0)) }
    let text = verdicts.map { "\($0.gate): \($0.reason)" }.joined(separator: "; ")
    return (SoakVerdict.combined(verdicts), text)
  }

  private func evidence(for gate: SoakGate) -> SoakEvidence? {
    switch gate.source {
    case .probes(let path): return .probes(sample(path))
    case .program(let words):
      do {
        let outcome = try ChildProcess.run(words, within: .seconds(60))
        switch outcome.ending {
        case .exited(let status): return .program(.exited(status))
        case .killed: return .program(.exited(-1))
        case .overdue: return .program(.timedOut)
        }
      } catch {
        return .program(.notStarted("\(error)"))
      }
    case .query(let url, _): return .query(perMille: Self.query(url))
    }
  }

  /// The last hundred probes; the first look takes enough of them to judge by, and the baseline.
  private func sample(_ path: String) -> ProbeSample {
    let rounds = attempts < ProbeSample.fewestAttempts ? ProbeSample.fewestAttempts : 2
    for _ in 0..<rounds {
      for sight in endpoints.sights(.new, path: path) {
        attempts += 1
        if sight.isWell {
          successes += 1
          durations.append(Int(clamping: sight.duration.milliseconds))
        }
      }
      if attempts == 0 { break }
    }
    let median = durations.isEmpty ? nil : durations.sorted()[durations.count / 2]
    baseline = baseline ?? median
    return ProbeSample(
      attempts: attempts, successes: successes, latency: median, baseline: baseline)
  }

  /// A number alone, or Prometheus's `{"data":{"result":[{"value":[time,"number"]}]}}`.
  private static func query(_ url: String) -> Int64? {
    guard let client = try? HTTPClient(), let response = try? client.send(HTTPRequest("GET", url)),
      response.status == 200
    else { return nil }
    let text = String(decoding: response.body, as: UTF8.self)
    if let number = perMille(text) { return number }
    guard let json = try? JSON(parsing: text),
      let value = json["data"]?["result"]?.array?.first?["value"]?.array?.last?.string
    else { return nil }
    return perMille(value)
  }

  /// `99.95` as 99950 thousandths, without a float: what is finer is dropped.
  static func perMille(_ text: String) -> Int64? {
    let parts = text.split(whereSeparator: \.isWhitespace).first?
      .split(separator: ".", omittingEmptySubsequences: false)
    guard let parts, (1...2).contains(parts.count), let whole = Int64(parts[0]) else { return nil }
    var fraction: Int64 = 0
    if parts.count == 2 {
      let digits = parts[1].prefix(3) + String(repeating: "0", count: max(0, 3 - parts[1].count))
      guard parts[1].allSatisfy(\.isNumber), let value = Int64(digits) else { return nil }
      fraction = value
    }
    let (scaled, overflow) = whole.multipliedReportingOverflow(by: 1000)
    return overflow ? nil : parts[0].hasPrefix("-") ? scaled - fraction : scaled + fraction
  }
}
