import DNSModel
import Migration
import Notation
import SystemIO

/// The look at every authority of a zone: each NS × each address, over UDP and over TCP, recursion not
/// desired, so that only what they know themselves is seen.
public enum AuthoritativeLook {
  public static func ask(
    _ name: DomainName, _ type: RecordType, of delegation: Delegation, on observing: Observing,
    then done: @escaping ([AuthorityLook]) -> Void
  ) {
    let targets = delegation.authorities.compactMap { authority in
      SocketAddress(parsing: authority.address).map { (authority, $0) }
    }
    var looks: [AuthorityLook?] = Array(repeating: nil, count: targets.count)
    var left = targets.count
    guard left > 0 else { return done([]) }
    for (index, (authority, address)) in targets.enumerated() {
      let label = authority.name.isRoot ? authority.address : authority.name.description
      var parts: [DNSObservation?] = [nil, nil, nil]
      let gather = { (part: Int, observation: DNSObservation) in
        parts[part] = observation
        guard let datagram = parts[0], let stream = parts[1], let soa = parts[2] else { return }
        looks[index] = AuthorityLook(
          authority: authority, datagram: datagram, stream: stream, soa: soa)
        left -= 1
        if left == 0 { done(looks.compactMap { $0 }) }
      }
      observing.ask(name, type, of: address, label: label) { gather(0, $0) }
      observing.ask(name, type, of: address, label: label, channel: .tcp) { gather(1, $0) }
      observing.ask(delegation.zone, .soa, of: address, label: label) { gather(2, $0) }
    }
  }
}
