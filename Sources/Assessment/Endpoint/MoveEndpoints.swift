import Migration
import Notation

/// The endpoint half of a plan's audit: what stands at the old and the new endpoint today, what clients
/// would notice of the move between them, and which certificate ends when.
public struct MoveEndpoints: Hashable, Sendable {
  public let old: ParitySide
  public let new: ParitySide
  public let oldReadiness: Readiness
  public let newReadiness: Readiness
  public let parity: Parity
  /// Nil where no change window is open any more.
  public let timeline: CertificateTimeline?

  /// A region's origin, as the router meets it.
  public struct Origin: Hashable, Sendable {
    public var region: String
    public var readiness: Readiness
    public init(_ region: String, _ readiness: Readiness) {
      self.region = region
      self.readiness = readiness
    }
  }
  public let origins: [Origin]

  public init(
    _ plan: Plan, _ forecast: Forecast?, old: ParitySide, new: ParitySide, origins: [Origin] = [],
    isPrivate: Bool, at now: UTCInstant
  ) {
    self.old = old
    self.new = new
    self.origins = origins
    oldReadiness = Readiness(old.addresses, at: now, isPrivate: isPrivate)
    newReadiness = Readiness(new.addresses, at: now, isPrivate: isPrivate)
    parity = Parity(old: old, new: new, accepted: plan.parityExceptions)
    let (oldEnds, newEnds) = (oldReadiness.certificateEnds, newReadiness.certificateEnds)
    timeline = forecast.map { forecast in
      CertificateTimeline(
        forecast, oldEnds: oldEnds, newEnds: newEnds,
        origins: origins.map { ("origin \($0.region)", $0.readiness.certificateEnds) }, now: now)
    }
  }

  /// The gravest first.
  public var findings: [Finding] {
    var found = Self.renamed(oldReadiness.findings, "old endpoint").map(Self.asItIsToday)
    found += Self.renamed(newReadiness.findings, "new endpoint")
    for origin in origins {
      found += Self.renamed(origin.readiness.findings, "origin \(origin.region)")
        .filter { $0.severity <= .unknown }
    }
    return (found + parity.findings + (timeline?.findings ?? [])).ordered
  }

  private static func renamed(_ findings: [Finding], _ place: String) -> [Finding] {
    findings.map { finding in
      var finding = finding
      finding.subject = "\(place), \(finding.subject)"
      return finding
    }
  }

  /// Today's clients live with what the old endpoint does; only a chain that they must refuse ends the
  /// way back.
  private static func asItIsToday(_ finding: Finding) -> Finding {
    var finding = finding
    if finding.severity == .blocker, !finding.id.hasPrefix("chain.") { finding.severity = .warning }
    return finding
  }
}
