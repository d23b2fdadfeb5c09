import Assessment
import DNSModel
import DNSProviders
import Engine
import Migration
import Notation
import SystemIO

/// Looks at one kind of evidence and judges it. What could not be found out is inconclusive (R21).
final class EvidenceDesk: EvidenceProbe {
  private let plan: Plan
  private let provider: any AliasProvider
  private let endpoints: EndpointDesk
  private let clock: any MigrationClock
  private let soak: SoakDesk
  private let tell: (String) -> Void
  private var told: Set<String> = []
  private let parityLook = PatientLook<EndpointDesk.Verdict>()

  init(
    plan: Plan, provider: any AliasProvider, clock: any MigrationClock, soak: SoakDesk,
    tell: @escaping (String) -> Void
  ) {
    self.tell = tell
    endpoints = EndpointDesk(plan, clock: clock)
    self.plan = plan
    self.provider = provider
    self.clock = clock
    self.soak = soak
  }

  func examine(_ kind: EvidenceKind, _ compiled: CompiledPlan) -> EvidenceReport? {
    switch kind {
    case .audit: audit()
    case .oldEndpoint: report(kind, endpoints.oldEndpoint())
    case .newEndpoint: newEndpoint()
    case .parity: parity()
    case .soak: report(kind, soak.look())
    case .traffic: traffic()
    case .router: router()
    case .originLock: report(kind, endpoints.originLock())
    case .issuance: issuance()
    case .retirement, .resolvers: nil
    }
  }

  func isLooking(at kind: EvidenceKind) -> Bool { kind == .parity && parityLook.isUnderWay }

  private func parity() -> EvidenceReport? {
    parityLook.take(at: clock.now().safe, endpoints.parity()).map { seen in
      report(.parity, seen.finding, at: seen.began)
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

  private func report(
    _ kind: EvidenceKind, _ verdict: EndpointDesk.Verdict, router: RouterProgress = [],
    at moment: UTCInstant? = nil
  ) -> EvidenceReport {
    let substance = Array(verdict.substance.joined(separator: "\n").utf8)
    return EvidenceReport(
      kind: kind, outcome: verdict.outcome, at: moment ?? clock.now().safe,
      fingerprint: RecordContent.fingerprint(
        [kind.rawValue, verdict.outcome.rawValue] + substance),
      certificateEnds: verdict.certificateEnds, router: router,
      summary: safeText(verdict.summary, limit: 300))
  }

  /// CAA, at the authorities (R11); what cannot be asked holds.
  private func issuance() -> EvidenceReport {
    guard let desk = try? CAADesk(plan) else {
      return report(.issuance, (.inconclusive, "the plan's servers have no addresses to ask"))
    }
    return report(.issuance, desk.evidence(for: plan))
  }

  private func audit() -> EvidenceReport {
    let findings = provider.preflight()
    // With all that there is to paste; the journal has one line of it.
    for finding in findings where finding.weight != .fine && told.insert(finding.text).inserted {
      tell(finding.text)
    }
    let worst =
      findings.first { $0.weight == .blocker } ?? findings.first { $0.weight == .warning }
      ?? findings.first
    let line = worst?.text.split(separator: "\n").first.map(String.init)
    // Another obstacle in place of the last one is news; nobody has signed either.
    var verdict = EndpointDesk.Verdict(
      outcome: .pass, summary: line ?? "nothing stands against the move")
    if worst?.weight == .blocker {
      verdict.outcome = .fail
      verdict.substance = [verdict.summary]
    }
    return report(.audit, verdict)
  }

  /// No client is on the new path yet while it is being proven: the time for the soak's baseline.
  private func newEndpoint() -> EvidenceReport {
    let report = report(.newEndpoint, endpoints.newEndpoint())
    if report.outcome == .pass { soak.takeBaseline() }
    return report
  }

  /// Seen from outside: whoever answers for the name at the new endpoint, with a valid chain, has been
  /// given the name and the certificate.
  func router() -> EvidenceReport {
    let verdict = endpoints.newEndpoint()
    return report(
      .router, verdict,
      router: verdict.outcome == .pass ? [.owned, .certificateReady, .bound] : [])
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
