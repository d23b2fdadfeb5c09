import DNSModel
import DNSTransport
import Engine
import Migration
import Notation
import SystemIO

/// Asks the authoritatives that a plan names, each by its address.
struct AuthorityLook: AuthoritativeObserver {
  private let servers: [(authority: Authority, address: SocketAddress)]
  private let clock: any MigrationClock

  init(_ plan: Plan, clock: any MigrationClock) throws {
    self.clock = clock
    servers = try plan.zone.authoritatives.map { server in
      (
        Authority(name: server.name, address: server.address.description),
        try server.address.socketAddress
      )
    }
  }

  func look(_ plan: CompiledPlan) -> AuthoritativeRound {
    let startedAt = clock.now().safe
    var answers: [AuthoritativeAnswer] = []
    var foreign: [String] = []
    for (authority, address) in servers {
      do {
        let answer = try DNSExchange.ask(
          Question(plan.hostname, .cname), of: address, within: .seconds(4)
        ).message
        answers.append(Self.read(answer, plan, authority, &foreign))
      } catch {
        answers.append(.unreachable(.timeout))
      }
    }
    return AuthoritativeRound(
      startedAt: startedAt, completedAt: clock.now().safe,
      authorities: servers.map(\.authority), answers: answers, foreignTexts: foreign)
  }

  private static func read(
    _ answer: Message, _ plan: CompiledPlan, _ authority: Authority, _ foreign: inout [String]
  ) -> AuthoritativeAnswer {
    switch answer.responseCode {
    case .noError, .nameError: break
    case .refused: return .unreachable(.refused)
    case .serverFailure: return .unreachable(.serverFailure)
    default: return .unreachable(.malformed)
    }
    guard answer.header.isAuthoritative else { return .unreachable(.notAuthoritative) }
    guard let (target, ttl) = answer.alias(of: plan.hostname) else {
      return .denied(negativeTTL: answer.negativeTTL)
    }
    let content = RecordContent(target: target, old: plan.oldTarget, new: plan.newTarget)
    if content.isForeign { foreign.append("\(authority): \(ttl) CNAME \(target)") }
    return .value(ServedValue(content, ttl))
  }
}

extension Message {
  /// The name's own alias, where the answer has one.
  func alias(of name: DomainName) -> (target: DomainName, ttl: TTL)? {
    for record in answers where record.owner == name && record.data.type == .cname {
      if let target = DomainName(wire: record.data.wire) { return (target, record.ttl) }
    }
    return nil
  }

  /// How long a denial may be kept: min(SOA TTL, SOA MINIMUM) (RFC 2308 §5); without an SOA it may not
  /// be kept at all, and counts as kept for the three hours that are the RFC's sensible limit.
  var negativeTTL: TTL {
    guard let soa = authorities.first(where: { $0.data.type == .soa }) else {
      return TTL(clamping: 10800)
    }
    let minimum = soa.data.wire.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return min(soa.ttl, TTL(received: minimum))
  }
}

/// Asks the caching resolvers that a plan names.
struct PanelLook: ResolverPanel {
  private let plan: Plan
  private let clock: any MigrationClock

  init(_ plan: Plan, clock: any MigrationClock) {
    self.plan = plan
    self.clock = clock
  }

  func survey(_ compiled: CompiledPlan) -> ResolverSurvey {
    var sightings: [ResolverSighting] = []
    for (group, isRequired) in [(plan.resolvers.required, true), (plan.resolvers.tolerated, false)]
    {
      for resolver in group {
        sightings.append(
          ResolverSighting(
            resolver: resolver.name, isRequired: isRequired, answer: ask(resolver, compiled)))
      }
    }
    return ResolverSurvey(completedAt: clock.now().safe, sightings: sightings)
  }

  private func ask(_ resolver: ResolverPlan, _ compiled: CompiledPlan) -> ResolverAnswer {
    guard case .plain(let endpoint) = resolver.endpoint,
      let address = try? endpoint.socketAddress,
      let answer = try? DNSExchange.ask(
        Question(compiled.hostname, .cname), of: address, recursionDesired: true,
        within: .seconds(4)
      ).message
    else { return .unreachable }
    guard [ResponseCode.noError, .nameError].contains(answer.responseCode) else {
      return .serverFailure
    }
    guard let (target, ttl) = answer.alias(of: compiled.hostname) else {
      return .denied(remaining: answer.negativeTTL)
    }
    let content = RecordContent(
      target: target, old: compiled.oldTarget, new: compiled.newTarget)
    return .value(content, remaining: ttl)
  }
}
