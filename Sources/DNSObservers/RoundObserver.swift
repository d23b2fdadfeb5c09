import DNSModel
import DNSTransport
import Engine
import Migration
import Notation
import SystemIO

/// The engine's look at the authorities: each NS × each address, over UDP and TCP, all at the same time.
///
/// Built on the same walk and the same questions as `verify`. Without servers of its own it finds them
/// from the root, so that a server that joins the delegation is asked too.
public struct RoundObserver: AuthoritativeObserver {
  private let given: [(authority: Authority, address: SocketAddress)]
  private let roots: [SocketAddress]
  private let port: UInt16
  private let clock: any MigrationClock
  private let patience: TimeSpan

  public init(
    authorities: [(authority: Authority, address: SocketAddress)],
    roots: [SocketAddress] = RootServers.addresses, port: UInt16 = 53,
    patience: TimeSpan = .milliseconds(800), clock: any MigrationClock
  ) {
    given = authorities
    self.roots = roots
    self.port = port
    self.patience = patience
    self.clock = clock
  }

  public func look(_ plan: CompiledPlan) -> AuthoritativeRound {
    let startedAt = clock.now().safe
    var looks: [AuthorityLook] = []
    var unresolved: [DomainName] = []
    var slip: ManualSlip?
    if let observing = try? Observing(patience: patience) {
      let ask = { (delegation: Delegation) in
        unresolved = delegation.unresolved
        AuthoritativeLook.ask(plan.hostname, .cname, of: delegation, on: observing) { looks = $0 }
        askForSlip(plan, of: delegation, on: observing) { slip = $0 }
      }
      if given.isEmpty {
        DelegationFinder(observing, roots: roots, port: port).find(plan.hostname, then: ask)
      } else {
        let authorities = given.map {
          Delegation.ServerAddress(
            name: $0.authority.name, address: $0.address.description)
        }
        ask(Delegation(zone: plan.zone, authorities: authorities))
      }
      observing.loop.run(for: patience * 40)
    }
    var round = AuthoritativeRound(
      startedAt: startedAt, completedAt: clock.now().safe, authorities: [], answers: [])
    if let slip { round.slips.append(slip.explanation) }
    for (index, look) in looks.enumerated() {
      let authority =
        given.isEmpty
        ? Authority(name: look.authority.name, address: look.authority.address)
        : given[index].authority
      round.add(look, as: authority, plan)
    }
    // Given servers that could not even be asked are missing above: an incomplete round must show it.
    for (authority, _) in given where !round.authorities.contains(authority) {
      round.add(.unreachable(.noAddress), authority)
    }
    for name in unresolved {
      round.add(.unreachable(.noAddress), Authority(name: name, address: "no address"))
    }
    return round
  }

  /// Where people make the changes, a page may have added the zone to a name that was entered whole: then the
  /// record is at another name. What a wildcard puts there, it puts beside it as well.
  private func askForSlip(
    _ plan: CompiledPlan, of delegation: Delegation, on observing: Observing,
    then done: @escaping (ManualSlip) -> Void
  ) {
    guard plan.waits.isManual, let doubled = AuditNames.doubled(plan.hostname, zone: plan.zone),
      let sibling = doubled.parent?.prepending(AuditNames.probeLabel)
    else { return }
    observing.askSome(delegation, doubled, .cname) { observation in
      let served = observation?.reply?.records.first?.data.cnameTarget
      guard let served, [plan.oldTarget, plan.newTarget].contains(served) else { return }
      observing.askSome(delegation, sibling, .cname) { observation in
        guard let reply = observation?.reply, reply.records.isEmpty else { return }
        done(.doubledSuffixInName(doubled))
      }
    }
  }
}

extension AuthoritativeRound {
  fileprivate mutating func add(
    _ answer: AuthoritativeAnswer, _ authority: Authority, serial: UInt32? = nil
  ) {
    authorities.append(authority)
    answers.append(answer)
    serials.append(serial)
  }

  /// What UDP and TCP say, as one answer where they agree or one is silent, else as two.
  fileprivate mutating func add(
    _ look: AuthorityLook, as authority: Authority, _ plan: CompiledPlan
  ) {
    let serial = look.serial?.number
    let datagram = answer(look.datagram, plan)
    let stream = answer(look.stream, plan)
    if case .unreachable = datagram {
      note(look.stream, "\(authority)", plan)
      add(stream, authority, serial: serial)
      return
    }
    add(datagram, authority, serial: serial)
    if case .unreachable = stream { return note(look.datagram, "\(authority)", plan) }
    if stream == datagram { return note(look.datagram, "\(authority)", plan) }
    note(look.datagram, "\(authority) over UDP", plan)
    note(look.stream, "\(authority) over TCP", plan)
    add(stream, authority, serial: serial)
  }

  private func answer(_ observation: DNSObservation, _ plan: CompiledPlan) -> AuthoritativeAnswer {
    guard let reply = observation.reply else {
      switch observation.silence {
      case .malformed, .otherQuestion, .answeredBySomeoneElse: return .unreachable(.malformed)
      default: return .unreachable(.timeout)
      }
    }
    switch reply.meaning {
    case .refused: return .unreachable(.refused)
    case .serverFailure: return .unreachable(.serverFailure)
    case .other: return .unreachable(.malformed)
    case .referral: return .unreachable(.notAuthoritative)
    case .data, .noSuchName, .noSuchType: break
    }
    guard reply.isAuthoritative else { return .unreachable(.notAuthoritative) }
    guard let record = reply.records.first, let target = record.data.cnameTarget else {
      // Without an SOA a denial may not be kept at all; three hours is RFC 2308 §5's sensible limit.
      return .denied(negativeTTL: reply.negativeTTL ?? TTL(clamping: 10800))
    }
    let content = RecordContent(target: target, old: plan.oldTarget, new: plan.newTarget)
    return .value(ServedValue(content, record.ttl))
  }

  /// What a foreign answer said, and where; a slip of the hand is told as such.
  private mutating func note(_ observation: DNSObservation, _ place: String, _ plan: CompiledPlan) {
    guard case .value(let value) = answer(observation, plan), value.content.isForeign,
      let target = observation.reply?.records.first?.data.cnameTarget
    else { return }
    foreignTexts.append("\(place): \(value.ttl) CNAME \(target)")
    let slip = ManualSlip(
      served: target, wanted: [plan.newTarget, plan.oldTarget], zone: plan.zone)
    if let slip, !slips.contains(slip.explanation) { slips.append(slip.explanation) }
  }
}
