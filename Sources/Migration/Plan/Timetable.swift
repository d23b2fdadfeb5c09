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
  /// The new endpoint has its certificate, is bound and proven.
  public let endpointReady: UTCInstant
  /// A wanted moment and change windows left aside: the earliest this plan could do.
  public let earliestReady: UTCInstant
  /// Nil when no change window is open any more.
  public let cutOver: UTCInstant?
  /// What the cutover waits for last.
  public let binding: Binding

  public enum Binding: String, Hashable, Sendable, CaseIterable {
    case caches, endpoint, wantedMoment, changeWindow
  }

  /// `seenTTL`: what was seen to be served, where that is longer than declared (R2).
  public init(
    _ plan: Plan, start: UTCInstant, timeZone: TimeZoneRules, seenTTL: TTL? = nil
  ) {
    var waits = WaitParameters(plan)
    waits.declaredTTL = max(waits.declaredTTL, seenTTL ?? .zero)
    let stairs = Stairs(plan, waits)
    let endpoint =
      start + plan.timing.lag + plan.certificate.issuanceTime + plan.router.settlingTime
    let early = stairs.stages(from: start, wanted: nil)
    let earliest = max(stairs.ready(early, start: start), endpoint)
    let wanted = plan.timing.cutOverAt.map { max($0, earliest) }
    let chosen = wanted == nil ? early : stairs.stages(from: start, wanted: wanted)
    let caches = stairs.ready(chosen, start: start)
    let ready = max(caches, endpoint, wanted ?? start)
    self.start = start
    stages = chosen
    endpointReady = endpoint
    earliestReady = earliest
    oldTTLLastServed = chosen.first.map { $0.published + plan.timing.lag } ?? start
    cachesReady = caches
    if let window = plan.changeWindow {
      cutOver = window.next(after: ready, in: timeZone).map { max($0.opens, ready) }
    } else {
      cutOver = ready
    }
    if cutOver.map({ $0 > ready }) ?? true {
      binding = .changeWindow
    } else if let wanted, wanted > earliest {
      binding = .wantedMoment
    } else {
      binding = endpoint > caches ? .endpoint : .caches
    }
  }

  /// From the moment the last authoritative stopped serving the old TTL.
  public var fromLastOldTTLToCutOver: TimeSpan { (cutOver ?? cachesReady) - oldTTLLastServed }

  /// When the whole move may last until, people's own time left aside.
  func over(_ waits: WaitParameters, _ rollback: RollbackParameters) -> UTCInstant {
    var soaked = Self.drained(cutOver ?? cachesReady, waits) + waits.minimumTail
    for soak in waits.soaks { soaked += soak }
    return max(soaked, (cutOver ?? cachesReady) + rollback.window)
  }

  /// The last client that keeps to the rules has moved.
  public static func drained(_ cutOver: UTCInstant, _ waits: WaitParameters) -> UTCInstant {
    cutOver + waits.authoritativeLag + waits.propagationBound + waits.lowTTL.span + waits.margin
  }
}

extension CompiledPlan {
  /// From the cutover on, the way back must be there for so long: drain, soaks, the promised window and
  /// a stay on the old side after it (R10).
  public var undoHorizon: TimeSpan {
    var span = waits.authoritativeLag + waits.lowTTL.span + waits.margin
    span += rollback.window + rollback.minimumStay
    for soak in waits.soaks { span += soak }
    return span
  }
}

extension RouterPlan {
  /// How long its configuration takes to be everywhere.
  public var settlingTime: TimeSpan {
    switch kind {
    case .haproxy: .zero
    case .manual, .azureFrontDoor: .minutes(15)
    }
  }
}

/// The arithmetic of the stairs (R8).
private struct Stairs {
  let waits: WaitParameters
  let ownWait: TimeSpan?

  init(_ plan: Plan, _ waits: WaitParameters) {
    self.waits = waits
    ownWait = plan.ttl.wait
  }

  private func before(_ index: Int) -> TTL {
    index == 0 ? waits.declaredTTL : waits.stages[index - 1]
  }

  private func stage(_ index: Int, at published: UTCInstant) -> Timetable.Stage {
    let gone = published + waits.authoritativeLag + waits.propagationBound
    return Timetable.Stage(
      ttl: waits.stages[index], before: before(index), published: published, beforeGone: gone,
      beforeExpired: gone + before(index).span + waits.margin)
  }

  func stages(from start: UTCInstant, wanted: UTCInstant?) -> [Timetable.Stage] {
    var stages: [Timetable.Stage] = []
    for index in waits.stages.indices {
      guard waits.isLadder else {
        stages.append(stage(index, at: stages.last?.beforeExpired ?? start))
        continue
      }
      // All end together: at the wanted moment, or when the first one must.
      let end = max(stages.first?.beforeExpired ?? .distantPast, wanted ?? .distantPast)
      let moment = TTLWait.moment(ofStage: index + 1, cutOver: end, waits: waits)
      stages.append(stage(index, at: max(stages.last?.beforeGone ?? start, moment)))
    }
    return stages
  }

  func ready(_ stages: [Timetable.Stage], start: UTCInstant) -> UTCInstant {
    var latest = start
    for stage in stages { latest = max(latest, stage.beforeExpired) }
    // Without any stage the declared TTL may have been in force until just now (R2).
    if stages.isEmpty { latest = start + waits.declaredTTL.span + waits.margin }
    if let ownWait, let first = stages.first { latest = max(latest, first.published + ownWait) }
    return latest
  }
}
