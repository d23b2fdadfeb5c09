import Assessment
import DNSModel
import DNSObservers
import DNSTransport
import Engine
import Migration
import Notation
import SystemIO

/// Looks CAA up at the authorities, and nowhere else, and judges it before anything is ordered (R11).
struct CAADesk: IssuancePermission {
  /// Where the look begins.
  enum Start {
    /// Delegations are followed from here.
    case roots([SocketAddress], port: UInt16)
    /// A private zone: these servers are asked, and nobody can be asked about what lies above.
    case zoneOnly([SocketAddress])
  }

  let start: Start
  /// What CAA records call the CA, if it was said; the CA's own word counts otherwise.
  let authority: String?
  /// Where the name will point after the move.
  var newTarget: DomainName?
  var patience: TimeSpan = .milliseconds(800)

  /// Servers that only this network reaches are no part of the public tree: with no root of one's own
  /// given, their zone is all there is to ask.
  init(
    roots: [SocketAddress], port: UInt16 = 53, servers: [SocketAddress], authority: String?,
    newTarget: DomainName? = nil
  ) {
    self.authority = authority
    self.newTarget = newTarget
    if !roots.isEmpty {
      start = .roots(roots, port: port)
    } else if !servers.isEmpty, servers.allSatisfy({ Self.isPrivate($0) }) {
      start = .zoneOnly(servers)
    } else {
      start = .roots(RootServers.addresses, port: port)
    }
  }

  /// Loopback, link-local and private addresses (RFC 1918, RFC 4193, RFC 6598).
  static func isPrivate(_ address: SocketAddress) -> Bool {
    guard let bytes = NetworkAddress(parsing: "\(address)", defaultPort: 53)?.bytes else {
      return false
    }
    if bytes.count == 4 {
      switch (bytes[0], bytes[1]) {
      case (127, _), (10, _), (192, 168), (172, 16...31), (169, 254), (100, 64...127): return true
      default: return false
      }
    }
    let isLoopback = bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    return isLoopback || bytes[0] & 0xFE == 0xFC || bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
  }

  func verdict(for request: PermissionRequest) -> PermissionVerdict {
    let requester = CAARequester(
      domains: authority.map { [$0] } ?? request.authorities, account: request.account,
      method: request.method)
    var allowed: [String] = []
    var unknown: String?
    for text in request.names {
      let isWildcard = text.hasPrefix("*.")
      guard let name = try? DomainName(parsing: isWildcard ? String(text.dropFirst(2)) : text)
      else { return .unknown("\(safeText(text)) is no name CAA could be looked up for") }
      guard let evidence = look(at: name) else {
        unknown = unknown ?? "CAA of \(name) could not be looked up in time"
        continue
      }
      let verdict = CAAVerdict(
        evidence, wildcard: isWildcard, for: requester, isZoneOnly: isZoneOnly)
      switch verdict.outcome {
      case .allowed: allowed.append(verdict.text)
      case .forbidden: return .forbidden(verdict.text)
      case .unknown: unknown = unknown ?? verdict.text
      }
    }
    return unknown.map { .unknown($0) } ?? .allowed(allowed.joined(separator: "; "))
  }

  private var isZoneOnly: Bool {
    if case .zoneOnly = start { true } else { false }
  }

  private func look(at name: DomainName) -> NameEvidence? {
    guard let observing = try? Observing(patience: patience) else { return nil }
    let finder =
      switch start {
      case .roots(let roots, let port): DelegationFinder(observing, roots: roots, port: port)
      case .zoneOnly(let servers): DelegationFinder(observing, authorities: servers)
      }
    var found: NameEvidence?
    let move = NameEvidence.Move(newTarget: newTarget)
    NameLook(observing, finder: finder).gather(name, move) { found = $0 }
    observing.loop.run(for: patience * 40)
    return found
  }
}

extension CAADesk {
  /// For the certificate of a plan.
  init(_ plan: Plan) throws {
    self.init(
      roots: try plan.environment.root.map { [try $0.socketAddress] } ?? [],
      port: plan.environment.authorityPort,
      servers: try plan.zone.authoritatives.map { try $0.address.socketAddress },
      authority: plan.certificate.authority, newTarget: plan.to)
  }

  /// R11 as evidence for the step that obtains the certificate.
  func evidence(for plan: Plan) -> (outcome: Outcome, summary: String) {
    var method = "dns-01"
    switch plan.certificate.issuer {
    case .files: return (.pass, "the certificate exists already")
    case .localAuthority: return (.pass, "a certification authority of one's own heeds no CAA")
    case .router: break
    case .acme(let acme): method = acme.challenge.rawValue
    }
    let request = PermissionRequest(method: method, names: [plan.hostname.host])
    switch verdict(for: request) {
    case .allowed(let text): return (.pass, text)
    case .forbidden(let text): return (.fail, text)
    case .unknown(let text): return (.inconclusive, text)
    }
  }
}
