import DNSModel
import Digests
import HTTP
import Migration
import Notation
import SystemIO

/// One HTTP request to one address, whatever its certificate: the chain is judged elsewhere.
public struct HTTPLook: Sendable {
  public let identity: ServerIdentity
  public let address: SocketAddress
  public let patience: TimeSpan
  /// The port that clients have in their URL, whatever the address has: it stands in Host.
  public let port: UInt16

  public init(
    identity: ServerIdentity, address: SocketAddress, patience: TimeSpan, port: UInt16 = 443
  ) {
    self.port = port
    self.identity = identity
    self.address = address
    self.patience = patience
  }

  public func get(_ path: String, headers: [HTTPHeader] = []) throws(HTTPError) -> HTTPFacts {
    try ask("GET", path, headers: headers)
  }

  public func ask(
    _ method: String, _ path: String, headers: [HTTPHeader] = []
  ) throws(HTTPError) -> HTTPFacts {
    var options = HTTPClient.Options()
    options.trust = .nobodyChecks
    options.connectTimeout = patience
    options.timeout = patience
    options.bodyLimit = 1 << 20
    let response = try HTTPClient(options).send(
      HTTPRequest(
        method, "https://\(identity.authority(port: port))\(path)", headers: headers,
        connectTo: address.description))
    return HTTPFacts(
      path: path, status: response.status,
      headers: response.headers.map { .init($0.name, $0.value) }, bodyCount: response.body.count,
      bodyDigest: HashFunction.sha256.hash(response.body), duration: response.duration)
  }
}

extension ServerIdentity {
  /// As it stands in URLs and in Host (RFC 9110 §7.2).
  func authority(port: UInt16) -> String {
    let name =
      switch self {
      case .host(let name): name.host
      case .address(let bytes) where bytes.count == 16: "[\(AlternativeName.addressText(bytes))]"
      case .address(let bytes): AlternativeName.addressText(bytes)
      }
    return port == 443 ? name : "\(name):\(port)"
  }
}
