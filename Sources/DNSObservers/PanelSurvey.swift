import DNSModel
import Engine
import Migration
import Notation
import SystemIO

/// The engine's panel of resolvers, asked all at the same time.
public struct PanelSurvey: ResolverPanel {
  private let members: [PanelMember]
  private let trust: ResolverLook.Trust
  private let clock: any MigrationClock
  private let deadline: TimeSpan

  public init(
    _ members: [PanelMember], trust: ResolverLook.Trust = ResolverLook.Trust(),
    within deadline: TimeSpan = .seconds(8), clock: any MigrationClock
  ) {
    self.members = members
    self.trust = trust
    self.deadline = deadline
    self.clock = clock
  }

  public func survey(_ plan: CompiledPlan) -> ResolverSurvey {
    guard let observing = try? Observing() else {
      return ResolverSurvey(completedAt: clock.now().safe, sightings: [], isInconclusive: true)
    }
    let observations = ResolverLook.ask(
      members, plan.hostname, .cname, on: observing, trust: trust, within: deadline)
    let sightings = zip(members, observations).map { member, observation in
      ResolverSighting(
        resolver: member.label, isRequired: member.isRequired, answer: Self.read(observation, plan))
    }
    return ResolverSurvey(completedAt: clock.now().safe, sightings: sightings)
  }

  private static func read(_ observation: DNSObservation, _ plan: CompiledPlan) -> ResolverAnswer {
    guard let reply = observation.reply else { return .unreachable }
    switch reply.meaning {
    case .noSuchName, .noSuchType:
      return .denied(remaining: reply.negativeTTL ?? TTL(clamping: 10800))
    case .refused, .serverFailure, .other, .referral: return .serverFailure
    case .data: break
    }
    guard let record = reply.records.first, let target = record.data.cnameTarget else {
      return .serverFailure
    }
    return .value(
      RecordContent(target: target, old: plan.oldTarget, new: plan.newTarget),
      remaining: record.ttl)
  }
}
