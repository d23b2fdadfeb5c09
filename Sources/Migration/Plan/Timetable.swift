import DNSModel
import Notation

/// When what can happen at the earliest, from declared values: a lag that is used up whole, clean
/// rounds that span the propagation bound, people who say yes at once.
public struct Timetable: Hashable, Sendable {
  public struct Stage: Hashable, Sendable {
    public let ttl: TTL
    /// What it takes the place of.
    public let before: TTL
    public let published: UTCInstant
    /// Proven to be served no more, anywhere (R1).
    public let beforeGone: UTCInstant
    /// Left every cache that keeps to the rules.
    public let beforeExpired: UTCInstant
  }

  public let start: UTCInstant
  public let stages: [Stage]
  /// When the last authoritative stops serving the old TTL.
  public let oldTTLLastServed: UTCInstant
  /// The caches hold nothing but the last stage, and a wait of one's own is over.
  public let cachesReady: UTCInstant
  /// Caches, a wanted moment and the new endpoint left aside: the earliest this plan could do.
  public let earliestReady: UTCInstant
  /// Nil when no change window is open any more.
  public let cutOver: UTCInstant?
  private let plan: Plan

  public init(_ plan: Plan, start: UTCInstant, timeZone: TimeZoneRules) {
    self.plan = plan
    self.start = start
    let waits = Waits(plan)
    let early = waits.stages(from: start, wanted: nil)
    let earliest = waits.ready(early, start: start, plan)
    let wanted = plan.timing.cutOverAt.map { max($0, earliest) }
    let chosen = wanted == nil ? early : waits.stages(from: start, wanted: wanted)
    let ready = max(waits.ready(chosen, start: start, plan), wanted ?? start)
    earliestReady = earliest
    stages = chosen
    oldTTLLastServed = chosen.first.map { $0.published + plan.timing.lag } ?? start
    cachesReady = ready
    if let window = plan.changeWindow {
      cutOver = window.next(after: ready, in: timeZone).map { max($0.opens, ready) }
    } else {
      cutOver = ready
    }
  }

  /// From the moment the last authoritative stopped serving the old TTL.
  public var fromLastOldTTLToCutOver: TimeSpan { (cutOver ?? cachesReady) - oldTTLLastServed }

  /// The last client that keeps to the rules has moved.
  public func drained(_ cutOver: UTCInstant) -> UTCInstant {
    cutOver + plan.timing.lag + plan.timing.propagation + plan.ttl.floor.span + plan.timing.margin
  }

  /// R10: cutover, drain, soak and the promised window.
  public func undoNeededUntil(_ cutOver: UTCInstant) -> UTCInstant {
    drained(cutOver) + plan.soak.afterCutover + plan.rollback.window
  }
}

/// The arithmetic of the stairs (R8).
private struct Waits {
  let ttls: [TTL]
  let old: TTL
  let isLadder: Bool
  let lag, propagation, margin: TimeSpan

  init(_ plan: Plan) {
    old = plan.from.ttl
    ttls = plan.ttl.published(from: plan.from.ttl)
    if case .ladder = plan.ttl.strategy { isLadder = true } else { isLadder = false }
    lag = plan.timing.lag
    propagation = plan.timing.propagation
    margin = plan.timing.margin
  }

  private func stage(_ index: Int, at published: UTCInstant) -> Timetable.Stage {
    let before = index == 0 ? old : ttls[index - 1]
    let gone = published + lag + propagation
    return Timetable.Stage(
      ttl: ttls[index], before: before, published: published, beforeGone: gone,
      beforeExpired: gone + before.span + margin)
  }

  func stages(from start: UTCInstant, wanted: UTCInstant?) -> [Timetable.Stage] {
    var stages: [Timetable.Stage] = []
    for index in ttls.indices {
      let before = index == 0 ? old : ttls[index - 1]
      let earliest: UTCInstant
      if let last = stages.last {
        earliest = isLadder ? last.beforeGone : last.beforeExpired
      } else {
        earliest = start
      }
      guard isLadder else {
        stages.append(stage(index, at: earliest))
        continue
      }
      // All end together: at the wanted moment, or when the first one must.
      let end = max(stages.first?.beforeExpired ?? .distantPast, wanted ?? .distantPast)
      let moment = end - before.span - lag - propagation - margin
      stages.append(stage(index, at: max(earliest, moment)))
    }
    return stages
  }

  func ready(_ stages: [Timetable.Stage], start: UTCInstant, _ plan: Plan) -> UTCInstant {
    var latest = start
    for stage in stages { latest = max(latest, stage.beforeExpired) }
    // Without any stage the declared TTL may have been in force until just now (R2).
    if stages.isEmpty { latest = start + old.span + margin }
    if let wait = plan.ttl.wait, let first = stages.first {
      latest = max(latest, first.published + wait)
    }
    return latest
  }
}
