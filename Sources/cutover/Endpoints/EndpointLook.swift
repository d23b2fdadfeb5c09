import DNSModel
import DNSTransport
import HTTP
import Migration
import Notation
import SystemIO

/// What clients would meet at one endpoint: a chain that is valid for the name, and an answer.
struct EndpointSight: Hashable {
  var isWell: Bool
  var status: Int?
  var duration: TimeSpan
  var summary: String
}

/// Asks each address of an endpoint for the moving name, by SNI and Host (R9). The moving name itself is
/// never looked up for it, and no resolver is asked for it (R5).
struct EndpointLook {
  enum Side { case old, new }

  private let plan: Plan

  init(_ plan: Plan) { self.plan = plan }

  /// Every address in turn; empty where none is known.
  func sights(_ side: Side, path: String = "/") -> [EndpointSight] {
    let addresses = addresses(side)
    return addresses.map { sight(at: $0, path: path) }
  }

  func addresses(_ side: Side) -> [String] {
    let declared = side == .old ? plan.oldEndpoint.addresses : plan.router.addresses
    if !declared.isEmpty { return declared.map(\.description) }
    let target = side == .old ? plan.from.target : plan.to
    return resolve(target).map { "\($0):443" }
  }

  /// By the plan's own resolvers: other names than the moving one may be asked for at any time.
  func resolve(_ name: DomainName) -> [String] {
    for resolver in plan.resolvers.required {
      guard case .plain(let endpoint) = resolver.endpoint,
        let address = try? endpoint.socketAddress
      else { continue }
      var found: [String] = []
      for type in [RecordType.a, .aaaa] {
        guard
          let answer = try? DNSExchange.ask(
            Question(name, type), of: address, recursionDesired: true, within: .seconds(4))
        else { continue }
        for record in answer.message.answers where record.data.type == type {
          if let address = SocketAddress(address: record.data.wire, port: 0) {
            found.append(address.isIPv6 ? "[\(address.host)]" : address.host)
          }
        }
      }
      if !found.isEmpty { return found }
    }
    return []
  }

  func sight(at address: String, path: String) -> EndpointSight {
    var options = HTTPClient.Options()
    options.connectTimeout = .seconds(3)
    options.timeout = .seconds(6)
    options.isFreshEachTime = true
    options.bodyLimit = 1 << 20
    do {
      if let file = plan.environment.trust {
        options.trust = .anchors(pem: try AtomicFile.read(file, limit: 1 << 20))
      }
      let client = try HTTPClient(options)
      let response = try client.send(
        HTTPRequest("GET", "https://\(plan.hostname.host)\(path)", connectTo: address))
      let isWell = (200..<400).contains(response.status)
      return EndpointSight(
        isWell: isWell, status: response.status, duration: response.duration,
        summary: "\(address) answers \(response.status) with a valid chain")
    } catch {
      return EndpointSight(
        isWell: false, status: nil, duration: .zero, summary: "\(address): \(error)")
    }
  }
}
