import DNSModel
import Notation

/// Something a signer should know that does not stop the plan.
public struct PlanFinding: Hashable, Sendable {
  public enum Weight: String, Hashable, Sendable, CaseIterable { case warning, note }

  /// Stable.
  public let id: String
  public let weight: Weight
  /// In the plan's notation.
  public let path: String
  public let text: String

  init(_ id: String, _ weight: Weight, at path: String, _ text: String) {
    self.id = id
    self.weight = weight
    self.path = path
    self.text = text
  }

  static func all(_ plan: Plan, _ compiled: CompiledPlan, cutOver: UTCInstant) -> [PlanFinding] {
    capacity(plan) + wayBack(plan, compiled, cutOver) + waits(plan) + people(plan)
  }

  private static func capacity(_ plan: Plan) -> [PlanFinding] {
    var found: [PlanFinding] = []
    if let loss = RegionLoss(plan.router), !loss.isSurvived {
      found.append(PlanFinding("router.region-loss", .warning, at: "router.regions", loss.text))
    }
    for (index, region) in plan.router.regions.enumerated() {
      if let capacity = region.capacity, capacity < region.share {
        found.append(
          PlanFinding(
            "router.overload", .warning, at: "router.regions[\(index)].capacity",
            "\(safeText(region.name)) gets \(region.share) % and can carry \(capacity) %"))
      }
    }
    for subject in ["shared-state", "singletons", "skus"]
    where !plan.router.choices.contains(where: { $0.subject == subject }) {
      found.append(
        PlanFinding(
          "router.unattested", .note, at: "router.choices",
          "nobody attests what was chosen for \(subject), and why"))
    }
    return found
  }

  private static func wayBack(
    _ plan: Plan, _ compiled: CompiledPlan, _ cutOver: UTCInstant
  ) -> [PlanFinding] {
    var found: [PlanFinding] = []
    let old = plan.oldEndpoint
    if old.certificate.renewal == .whilePointedAt {
      found.append(
        PlanFinding(
          "certificate.decays", .warning, at: "old-endpoint.certificate.renewal",
          "the old certificate renews only while the name points at the old endpoint: from the cutover "
            + "on it decays" + (old.certificate.ends.map { ", until \($0)" } ?? "")))
    }
    if old.certificate.ends == nil {
      found.append(
        PlanFinding(
          "certificate.old-end-unknown", .note, at: "old-endpoint.certificate",
          "the plan does not say when the old certificate ends; the audit looks, and decide-by follows"
        ))
    } else if let ends = old.certificate.ends, old.certificate.renewal == .independent,
      ends < cutOver + compiled.undoHorizon
    {
      found.append(
        PlanFinding(
          "certificate.old-renews-in-window", .warning, at: "old-endpoint.certificate.ends",
          "the old certificate ends on \(ends), within the window of the way back: its renewal must "
            + "happen meanwhile"))
    }
    if !old.lock.isWanted, old.becomesOrigin {
      found.append(
        PlanFinding(
          "old-endpoint.unlocked-origin", .warning, at: "old-endpoint.lock",
          "the old endpoint becomes an origin and stays open to everyone: clients can go around the router"
        ))
    }
    return found
  }

  private static func waits(_ plan: Plan) -> [PlanFinding] {
    var found: [PlanFinding] = []
    if plan.ttl.floor > .zero, plan.ttl.floor < TTL(clamping: 60) {
      found.append(
        PlanFinding(
          "ttl.below-a-minute", .note, at: "ttl",
          "browsers keep an answer for a minute anyway: a TTL of \(plan.ttl.floor) is not quicker there"
        ))
    }
    if plan.ttl.published(from: plan.from.ttl).isEmpty {
      found.append(
        PlanFinding(
          "ttl.not-lowered", .note, at: "ttl",
          "the TTL of \(plan.from.ttl) is low enough and stays; its full length is waited out once, as "
            + "it may have been lowered just now (R2)"))
    }
    let changes = plan.ttl.published(from: plan.from.ttl).count
    if plan.zone.provider.isManual, changes > 1 {
      found.append(
        PlanFinding(
          "ttl.stages-by-hand", .note, at: "ttl",
          "\(changes) stages are \(changes) changes by hand, each at its own moment; a direct way is one, "
            + "and asks more of the authoritatives"))
    }
    if !plan.zone.provider.hasFence, !plan.zone.provider.isManual {
      found.append(
        PlanFinding(
          "provider.no-fence", .note, at: "zone.provider",
          "without a fence record each doubtful write is waited out for "
            + "\(plan.zone.provider.longestWrite)"))
    }
    return found
  }

  private static func people(_ plan: Plan) -> [PlanFinding] {
    var found: [PlanFinding] = []
    for approval in plan.approvals where approval.count == 0 && approval.gate != .restoreTTL {
      found.append(
        PlanFinding(
          "approvals.none", .warning, at: "approvals.\(approval.gate.planKey).count",
          "nobody has to say yes at \(approval.gate.planKey)"))
    }
    if plan.notifications.isEmpty {
      found.append(
        PlanFinding("notify.nobody", .note, at: "notify", "nobody is told when the move is held"))
    }
    return found
  }
}
