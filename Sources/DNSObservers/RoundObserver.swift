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
    if let observing = try? Observing(patience: patience) {
      let ask = { (delegation: Delegation) in
        unresolved = delegation.unresolved
        AuthoritativeLook.ask(plan.hostname, .cname, of: delegation, on: observing) { looks = $0 }
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
    let datagram = answer(look.datagram, authority, plan)
    let stream = answer(look.stream, authority, plan)
    if case .unreachable = datagram {
      add(stream, authority, serial: serial)
      return
    }
    add(datagram, authority, serial: serial)
    if case .unreachable = stream { return }
    if stream != datagram { add(stream, authority, serial: serial) }
  }

  private mutating func answer(
    _ observation: DNSObservation, _ authority: Authority, _ plan: CompiledPlan
  ) -> AuthoritativeAnswer {
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
    if content.isForeign { foreignTexts.append("\(authority): \(record.ttl) CNAME \(target)") }
    return .value(ServedValue(content, record.ttl))
  }
}
