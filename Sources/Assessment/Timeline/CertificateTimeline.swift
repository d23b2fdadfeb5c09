import Migration
import Notation

/// Certificates held against the phases of a move (R10): which of them ends too early, by when one
/// must have decided, and what makes each of them renew before and after the swap.
public struct CertificateTimeline: Hashable, Sendable {
  /// When the phases fall, as planned or as they came.
  public struct Phases: Hashable, Sendable {
    public var cutover: UTCInstant
    public var drained: UTCInstant
    public var soaked: UTCInstant
    /// Undoing is promised until here.
    public var rollbackEnds: UTCInstant
    /// From the decision to undo until the last client is back, and how long it must then last.
    public var timeToEffect: TimeSpan
    public var minimumStay: TimeSpan

    public init(
      cutover: UTCInstant, drained: UTCInstant, soaked: UTCInstant, rollbackEnds: UTCInstant,
      timeToEffect: TimeSpan, minimumStay: TimeSpan
    ) {
      self.cutover = cutover
      self.drained = drained
      self.soaked = soaked
      self.rollbackEnds = rollbackEnds
      self.timeToEffect = timeToEffect
      self.minimumStay = minimumStay
    }
  }

  /// One certificate, for the drawing.
  public struct Row: Hashable, Sendable {
    /// `old`, `new`, or an origin's name.
    public let name: String
    public let ends: UTCInstant?
    /// What renews it, before and after the swap.
    public let renewal: String
    /// When the move itself replaces it.
    public let renewals: [UTCInstant]

    public init(
      _ name: String, ends: UTCInstant?, renewal: String, renewals: [UTCInstant] = []
    ) {
      self.name = name
      self.ends = ends
      self.renewal = renewal
      self.renewals = renewals
    }
  }

  public let rows: [Row]
  public let phases: Phases
  public let now: UTCInstant
  public let findings: [Finding]
  /// The last moment at which the old certificate still lets a rollback be decided.
  public let decideBy: UTCInstant?

  /// `oldEnds` and `newEnds` as seen or declared, whichever is earlier; `tokenMade`: when the proof of
  /// control over the name was last given to the router or the CA; `origins`: the certificates that the
  /// router meets behind it; `renewals`: when steps of the move replace the new one.
  public init(
    _ plan: OldEndpointPlan, new: CertificatePlan, oldEnds: UTCInstant?, newEnds: UTCInstant?,
    origins: [(name: String, ends: UTCInstant?)] = [], tokenMade: UTCInstant? = nil,
    renewals: [UTCInstant] = [], phases: Phases, now: UTCInstant
  ) {
    let rules = TimelineRules(
      old: plan, new: new, oldEnds: oldEnds, newEnds: newEnds, origins: origins,
      tokenMade: tokenMade, renewals: renewals, phases: phases, now: now)
    self.phases = phases
    self.now = now
    rows = rules.rows
    findings = rules.all.ordered
    decideBy = oldEnds.map { $0 - phases.timeToEffect - phases.minimumStay }
  }

  /// The phases as the plan's forecast has them.
  public init(
    _ forecast: Forecast, oldEnds: UTCInstant?, newEnds: UTCInstant?,
    origins: [(name: String, ends: UTCInstant?)] = [], now: UTCInstant
  ) {
    let plan = forecast.plan
    let drained = Timetable.drained(forecast.cutOver, forecast.compiled.waits)
    var token: UTCInstant?
    if case .azureFrontDoor(let door) = plan.router.kind { token = door.tokenIssuedAt }
    let soaks = forecast.steps.filter { if case .soak = $0.kind { true } else { false } }
    self.init(
      plan.oldEndpoint, new: plan.certificate,
      oldEnds: oldEnds ?? plan.oldEndpoint.certificate.ends,
      newEnds: newEnds, origins: origins, tokenMade: token, renewals: forecast.renewals,
      phases: Phases(
        cutover: forecast.cutOver, drained: drained,
        soaked: soaks.map(\.ends).max() ?? drained,
        rollbackEnds: forecast.cutOver + plan.rollback.window,
        timeToEffect: forecast.step(StepKind.cutOver.id)?.undo ?? .zero,
        minimumStay: plan.rollback.minimumStay), now: now)
  }
}

private struct TimelineRules {
  let old: OldEndpointPlan
  let new: CertificatePlan
  let oldEnds: UTCInstant?
  let newEnds: UTCInstant?
  let origins: [(name: String, ends: UTCInstant?)]
  let tokenMade: UTCInstant?
  let renewals: [UTCInstant]
  let phases: CertificateTimeline.Phases
  let now: UTCInstant

  var all: [Finding] { oldCertificate() + origin() + regionOrigins() + newCertificate() + token() }

  var rows: [CertificateTimeline.Row] {
    let renewal =
      switch old.certificate.renewal {
      case .independent: "renewed whatever the name points to"
      case .whilePointedAt:
        "renewed only while the name points there"
          + (old.certificate.replacement.map { ", then: \(safeText($0))" } ?? "")
      case .none: "renewed by nobody"
      }
    return [
      CertificateTimeline.Row("old", ends: oldEnds, renewal: renewal),
      CertificateTimeline.Row(
        "new", ends: newEnds ?? new.ends, renewal: "renewed: \(safeText(new.renewal))",
        renewals: renewals),
    ]
      + origins.map {
        CertificateTimeline.Row($0.name, ends: $0.ends, renewal: "behind the router")
      }
  }

  /// The router refuses a region whose certificate has ended.
  private func regionOrigins() -> [Finding] {
    origins.compactMap { origin in
      guard let end = origin.ends, end < phases.rollbackEnds else { return nil }
      let isBefore = end <= phases.cutover
      return Finding(
        "timeline.origin.ends", isBefore ? .blocker : .warning, origin.name,
        "the certificate of this region's origin ends at \(end), "
          + (isBefore ? "before the cutover" : "inside the rollback window"),
        wayOut: "renew it, or see its renewal, before the cutover")
    }
  }

  /// Renewals that go on by themselves make the present end unimportant, but not until they were seen.
  private func oldCertificate() -> [Finding] {
    guard let end = oldEnds else {
      return [
        Finding(
          "timeline.old.unseen", .unknown, "old certificate",
          "its end is not known, so a rollback cannot be promised",
          wayOut: "let the audit see the old endpoint, or declare its certificate's end")
      ]
    }
    let needed = phases.rollbackEnds + phases.timeToEffect + phases.minimumStay
    guard end < needed else { return [] }
    let detail =
      "it ends at \(end); with the rollback window open until \(phases.rollbackEnds), "
      + "\(phases.timeToEffect) to take effect and \(phases.minimumStay) to stay, it is needed "
      + "until \(needed)"
    switch old.certificate.renewal {
    case .independent:
      return [
        Finding(
          "timeline.old.must-renew", .warning, "old certificate", detail + "; its renewal goes on",
          wayOut: "see the renewed certificate at the old endpoint before the cutover")
      ]
    case .whilePointedAt where end < phases.cutover:
      return [
        Finding(
          "timeline.old.renews-before", .warning, "old certificate",
          detail + "; it renews while the name still points there",
          wayOut: "see the renewed certificate before the cutover: it is the last one")
      ]
    case .whilePointedAt:
      return [
        Finding(
          "timeline.old.decays", .blocker, "old certificate",
          detail + "; its renewal stops at the swap",
          wayOut: "renew it just before the swap, or give the old endpoint another certificate")
      ]
    case .none:
      return [
        Finding(
          "timeline.old.ends", .blocker, "old certificate", detail + "; nobody renews it",
          wayOut: "renew it before the cutover, or shorten the rollback window")
      ]
    }
  }

  /// An old endpoint that stays as an origin needs a renewal that survives the swap.
  private func origin() -> [Finding] {
    guard old.becomesOrigin, old.certificate.renewal != .independent,
      old.certificate.replacement == nil
    else { return [] }
    return [
      Finding(
        "timeline.origin.no-renewal", .blocker, "origin certificate",
        "the old endpoint becomes an origin, and nothing renews its certificate after the swap; the "
          + "router will refuse it once it has ended" + (oldEnds.map { " at \($0)" } ?? ""),
        wayOut: "name what renews it after the swap: oldEndpoint.certificate.replacement")
    ]
  }

  private func newCertificate() -> [Finding] {
    guard let end = newEnds ?? new.ends else {
      return phases.cutover - now < new.issuanceTime
        ? [
          Finding(
            "timeline.new.late", .blocker, "new certificate",
            "it does not exist yet; obtaining it takes \(new.issuanceTime) and the cutover is at "
              + "\(phases.cutover)")
        ] : []
    }
    if end <= phases.cutover {
      return [
        Finding(
          "timeline.new.ends", .blocker, "new certificate",
          "it ends at \(end), before the cutover at \(phases.cutover)", wayOut: "renew it first")
      ]
    }
    guard end < phases.rollbackEnds else { return [] }
    if case .files = new.issuer {
      return [
        Finding(
          "timeline.new.ends-inside", .blocker, "new certificate",
          "it ends at \(end), inside the rollback window, and comes from files that nobody renews",
          wayOut: "bring one that lasts until \(phases.rollbackEnds)")
      ]
    }
    // A step of the move sees to it.
    if renewals.contains(where: { $0 < end }) { return [] }
    return [
      Finding(
        "timeline.new.renews-inside", .warning, "new certificate",
        "it ends at \(end), inside the rollback window; its renewal (\(safeText(new.renewal))) will be "
          + "the first one over the new path")
    ]
  }

  /// Azure Front Door's validation token lives for seven days; an ACME proof may be reused as long as
  /// the CA says, which shrinks to hours.
  private func token() -> [Finding] {
    guard let made = tokenMade else { return [] }
    let limit = made + .days(7)
    guard phases.cutover >= limit, new.issuer == .router else { return [] }
    return [
      Finding(
        "timeline.token.old", now >= limit ? .blocker : .warning, "validation token",
        "it was made at \(made) and lives until \(limit); the cutover is at \(phases.cutover)",
        wayOut: "have it made anew, and publish the new value only")
    ]
  }
}
