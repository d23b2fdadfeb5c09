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

  public init(identity: ServerIdentity, address: SocketAddress, patience: TimeSpan) {
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
    let host =
      switch identity {
      case .host(let name): name.host
      case .address(let bytes) where bytes.count == 16: "[\(AlternativeName.addressText(bytes))]"
      case .address(let bytes): AlternativeName.addressText(bytes)
      }
    let response = try HTTPClient(options).send(
      HTTPRequest(
        method, "https://\(host):\(address.port)\(path)", headers: headers,
        connectTo: address.description))
    return HTTPFacts(
      path: path, status: response.status,
      headers: response.headers.map { .init($0.name, $0.value) }, bodyCount: response.body.count,
      bodyDigest: HashFunction.sha256.hash(response.body), duration: response.duration)
  }
}
