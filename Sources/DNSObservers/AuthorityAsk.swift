import DNSModel
import Migration
import SystemIO

/// One question of an audit to one authority.
struct AuthorityAsk: Hashable {
  /// Some place on earth, by a network there that everybody knows.
  struct Region: Hashable {
    let name: String
    /// The first three bytes of an IPv4 network.
    let network: [UInt8]
  }

  /// Networks of regional registries: servers that tell regions apart know where these are.
  static let regions = [
    Region(name: "Europe (193.0.6.0/24)", network: [193, 0, 6]),
    Region(name: "Asia-Pacific (202.12.29.0/24)", network: [202, 12, 29]),
  ]

  let address: SocketAddress
  let label: String
  let question: Question
  var channel = DNSChannel.udp
  var isSigned = false
  /// The same answer serves every name of the zone.
  var isShared = false
  /// On whose behalf it is asked (RFC 7871); nil: our own.
  var region: Region?
}

/// An authority, and where to ask it.
struct AskedAuthority {
  let address: SocketAddress
  let label: String

  static func all(of delegation: Delegation) -> [AskedAuthority] {
    delegation.authorities.compactMap { authority in
      SocketAddress(parsing: authority.address).map { address in
        AskedAuthority(
          address: address,
          label: authority.name.isRoot ? authority.address : authority.name.description)
      }
    }
  }

  func ask(_ question: Question, for region: AuthorityAsk.Region? = nil) -> AuthorityAsk {
    var ask = AuthorityAsk(address: address, label: label, question: question)
    ask.region = region
    // What is asked again is held against what was asked before, which was asked for with signatures.
    ask.isSigned = region != nil
    return ask
  }
}

extension Observing {
  func ask(_ ask: AuthorityAsk, then observe: @escaping (DNSObservation) -> Void) {
    self.ask(
      ask.question.name, ask.question.type, of: ask.address, label: ask.label,
      channel: ask.channel, dnssec: ask.isSigned,
      // IPv4, 24 bits of it, and none told yet of the answer's scope.
      clientSubnet: ask.region.map { [0, 1, 24, 0] + $0.network }, then: observe)
  }
}
