import Assessment
import DNSModel
import DNSProviders
import Engine
import HTTP
import Migration
import Notation
import SystemIO

/// Looks at one kind of evidence and judges it. What could not be found out is inconclusive (R21).
final class EvidenceDesk: EvidenceProbe {
  private let plan: Plan
  private let provider: any AliasProvider
  private let endpoints: EndpointLook
  private let clock: any MigrationClock
  private let soak: SoakDesk

  init(
    plan: Plan, provider: any AliasProvider, endpoints: EndpointLook, clock: any MigrationClock
  ) {
    self.plan = plan
    self.provider = provider
    self.endpoints = endpoints
    self.clock = clock
    soak = SoakDesk(plan: plan, endpoints: endpoints)
  }

  func examine(_ kind: EvidenceKind, _ compiled: CompiledPlan) -> EvidenceReport? {
    switch kind {
    case .audit: audit()
    case .oldEndpoint: endpoint(.old, kind)
    case .newEndpoint: endpoint(.new, kind)
    case .parity: parity()
    case .soak: report(kind, soak.look())
    case .traffic: traffic()
    case .router: router()
    case .originLock: locked()
    case .issuance:
      report(kind, (.pass, "the certificate is in place, or the router obtains it"))
    case .retirement, .resolvers: nil
    }
  }

  private func report(
    _ kind: EvidenceKind, _ verdict: (outcome: Outcome, summary: String),
    router: RouterProgress = []
  ) -> EvidenceReport {
    // The fingerprint is of the verdict, not of wording that differs from look to look.
    EvidenceReport(
      kind: kind, outcome: verdict.outcome, at: clock.now().safe,
      fingerprint: RecordContent.fingerprint([kind.rawValue, verdict.outcome.rawValue]),
      router: router, summary: safeText(verdict.summary, limit: 300))
  }

  private func audit() -> EvidenceReport {
    let findings = provider.preflight()
    let worst = findings.first { $0.weight == .blocker } ?? findings.first
    return report(
      .audit,
      (worst?.weight == .blocker ? .fail : .pass, worst?.text ?? "nothing stands against the move"))
  }

  private func endpoint(_ side: EndpointLook.Side, _ kind: EvidenceKind) -> EvidenceReport {
    report(kind, Self.verdict(endpoints.sights(side)))
  }

  /// Every address must do; no address at all is no answer.
  private static func verdict(_ sights: [EndpointSight]) -> (Outcome, String) {
    guard !sights.isEmpty else { return (.inconclusive, "no address of it is known") }
    if let ill = sights.first(where: { !$0.isWell }) { return (.fail, ill.summary) }
    return (.pass, sights.map(\.summary).joined(separator: "; "))
  }

  private func parity() -> EvidenceReport {
    let old = endpoints.sights(.old)
    let new = endpoints.sights(.new)
    guard let before = old.first?.status, let after = new.first?.status else {
      return report(.parity, (.inconclusive, "one of both does not answer"))
    }
    let isSame = (old + new).allSatisfy { $0.status == before }
    return report(
      .parity, (isSame ? .pass : .fail, "the old endpoint answers \(before), the new \(after)"))
  }

  /// Whether the old endpoint still takes direct clients: refusing them is what the lock is for.
  private func locked() -> EvidenceReport {
    let sights = endpoints.sights(.old)
    guard !sights.isEmpty else {
      return report(.originLock, (.inconclusive, "no address is known"))
    }
    let isOpen = sights.contains { $0.isWell }
    return report(.originLock, (isOpen ? .fail : .pass, sights[0].summary))
  }

  /// Seen from outside: whoever answers for the name at the new endpoint, with a valid chain, has been
  /// given the name and the certificate.
  func router() -> EvidenceReport {
    let verdict = Self.verdict(endpoints.sights(.new))
    return report(
      .router, verdict,
      router: verdict.0 == .pass ? [.owned, .certificateReady, .bound] : [])
  }

  private func traffic() -> EvidenceReport {
    guard case .program(let words, let limit) = plan.oldEndpoint.traffic else {
      return report(.traffic, (.inconclusive, "there is no source of traffic figures here"))
    }
    guard let outcome = try? ChildProcess.run(words, within: .seconds(30)), outcome.succeeded,
      let count = Int(outcome.text.filter { $0.isNumber }), !outcome.text.isEmpty
    else { return report(.traffic, (.inconclusive, "the command gives no number")) }
    return report(
      .traffic, (count <= limit ? .pass : .fail, "\(count) direct requests; \(limit) are quiet"))
  }
}

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
