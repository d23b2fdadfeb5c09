import Certificates
import Digests
import HTTP
import Notation

/// A fake of the protocol, not a CA: it keeps accounts, orders and authorizations as RFC 8555 has them,
/// checks no signature, and issues only what a test gives it. It exists to lose or bend any one request or
/// reply on purpose, and for what Debian's Pebble lacks: renewal advice and profiles. (Issuance against the
/// real thing: PebbleTests.)
public final class ProtocolFakeCA: ACMETransport {
  public enum Loss: Equatable, Sendable {
    case request(Int)
    case reply(Int)
  }

  public struct Order {
    public var identifiers: [JSON]
    public var authorizations: [Int]
    public var status = "pending"
    public var expires: String
    public var finalizations = 0
    public var profile: String?
    public var replaces: String?
    var certificate: [UInt8]?
  }

  public struct Authorization {
    public var domain: String
    public var isWildcard: Bool
    public var status = "pending"
    public var token: String
    public var error: JSON?
  }

  public var loss: Loss?
  public private(set) var requests = 0
  public private(set) var log: [String] = []
  public var orders: [Order] = []
  public var authorizations: [Authorization] = []
  public var listsOrders = true
  public var badNonces = 0
  public var expiry = "2030-01-01T00:00:00Z"
  public var refusal: (path: String, status: Int, problem: JSON, headers: [HTTPHeader])?
  /// Bends a reply: nil leaves it as it is.
  public var bend: (_ path: String, _ reply: HTTPResponse) -> HTTPResponse? = { _, _ in nil }
  /// What the CA would see in the zone, by name of the domain; nil: it takes everybody's word.
  public var published: (() -> [String: Set<String>])?
  public var thumbprint: [UInt8] = []
  /// From a request (DER) to a chain (PEM).
  public var issue: (_ request: [UInt8]) -> [UInt8] = { _ in
    Array("-----BEGIN CERTIFICATE-----\n".utf8)
  }
  /// The suggested renewal window of any certificate (RFC 9773).
  public var renewalWindow: (start: String, end: String)?
  public var profiles = ["short": "six days"]
  public var base = "https://ca.test"

  public init() {}

  public func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
    requests += 1
    if loss == .request(requests) { throw .cannotConnect("the request was lost on purpose") }
    let path = String(request.url.dropFirst(base.count))
    log.append("\(request.method) \(path)")
    let plain = handle(request.method, path, payload(request))
    if loss == .reply(requests) { throw .timedOut("the reply was lost on purpose") }
    return bend(path, plain) ?? plain
  }

  private func payload(_ request: HTTPRequest) -> JSON? {
    guard let jws = try? JSON(parsing: request.body), let text = jws["payload"]?.string,
      let bytes = [UInt8](base64: text, .url)
    else { return nil }
    return try? JSON(parsing: bytes)
  }

  private func handle(_ method: String, _ path: String, _ payload: JSON?) -> HTTPResponse {
    if let refusal, path.hasPrefix(refusal.path) {
      return answer(refusal.status, refusal.problem, refusal.headers)
    }
    if method == "POST", badNonces > 0 {
      badNonces -= 1
      return answer(
        400, ["type": "urn:ietf:params:acme:error:badNonce", "detail": "on purpose"])
    }
    let parts = path.split(separator: "/").map(String.init)
    let index = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    switch parts.first {
    case "directory": return answer(200, directory)
    case "nonce": return answer(200, .null)
    case "account":
      let orders: JSON? = listsOrders ? .string("\(base)/list") : nil
      return answer(
        201, .record([("status", "valid"), ("orders", orders)]),
        [HTTPHeader("Location", "\(base)/acct/1")])
    case "list":
      return answer(200, ["orders": .strings(orders.indices.map { "\(base)/order/\($0)" })])
    case "new-order": return newOrder(payload)
    case "order": return orderAnswer(index)
    case "authz": return answer(200, authorizationJSON(index))
    case "challenge":
      validate(index)
      return answer(200, challengeJSON(index))
    case "finalize": return finalize(index, payload)
    case "cert":
      return HTTPResponse(
        status: 200, headers: [nonce], body: orders[index].certificate ?? [])
    case "renewal": return renewal()
    default: return answer(404, ["type": "about:blank", "detail": "no such thing"])
    }
  }

  private var directory: JSON {
    .record([
      ("newNonce", .string("\(base)/nonce")), ("newAccount", .string("\(base)/account")),
      ("newOrder", .string("\(base)/new-order")), ("revokeCert", .string("\(base)/revoke")),
      ("keyChange", .string("\(base)/key-change")),
      ("renewalInfo", renewalWindow.map { _ in .string("\(base)/renewal") }),
      (
        "meta",
        .record([
          ("profiles", .record(profiles.sorted { $0 < $1 }.map { ($0.key, .string($0.value)) })),
          ("externalAccountRequired", false),
        ])
      ),
    ])
  }

  private func renewal() -> HTTPResponse {
    guard let renewalWindow else { return answer(404, ["type": "about:blank"]) }
    return answer(
      200,
      [
        "suggestedWindow": [
          "start": .string(renewalWindow.start), "end": .string(renewalWindow.end),
        ], "explanationURL": "https://ca.test/why",
      ], [HTTPHeader("Retry-After", "21600")])
  }

  private func newOrder(_ payload: JSON?) -> HTTPResponse {
    let identifiers = payload?["identifiers"]?.array ?? []
    var indices: [Int] = []
    for identifier in identifiers {
      let value = identifier["value"]?.string ?? ""
      let isWildcard = value.hasPrefix("*.")
      indices.append(authorizations.count)
      authorizations.append(
        Authorization(
          domain: isWildcard ? String(value.dropFirst(2)) : value, isWildcard: isWildcard,
          token: "token\(authorizations.count)"))
    }
    var order = Order(identifiers: identifiers, authorizations: indices, expires: expiry)
    order.profile = payload?["profile"]?.string
    order.replaces = payload?["replaces"]?.string
    orders.append(order)
    return orderAnswer(orders.count - 1, status: 201)
  }

  private func finalize(_ index: Int, _ payload: JSON?) -> HTTPResponse {
    orders[index].finalizations += 1
    orders[index].status = "valid"
    orders[index].certificate = issue([UInt8](base64: payload?["csr"]?.string ?? "", .url) ?? [])
    return orderAnswer(index)
  }

  private func orderAnswer(_ index: Int, status: Int = 200) -> HTTPResponse {
    guard orders.indices.contains(index) else {
      return answer(404, ["type": "urn:ietf:params:acme:error:malformed", "detail": "no order"])
    }
    if orders[index].status == "pending" {
      let states = orders[index].authorizations.map { authorizations[$0].status }
      if states.contains("invalid") {
        orders[index].status = "invalid"
      } else if states.allSatisfy({ $0 == "valid" }) {
        orders[index].status = "ready"
      }
    }
    let order = orders[index]
    let certificate: JSON? = order.status == "valid" ? .string("\(base)/cert/\(index)") : nil
    return answer(
      status,
      .record([
        ("status", .string(order.status)), ("expires", .string(order.expires)),
        ("identifiers", .array(order.identifiers)),
        ("authorizations", .strings(order.authorizations.map { "\(base)/authz/\($0)" })),
        ("finalize", .string("\(base)/finalize/\(index)")), ("certificate", certificate),
      ]), [HTTPHeader("Location", "\(base)/order/\(index)")])
  }

  private func authorizationJSON(_ index: Int) -> JSON {
    let authorization = authorizations[index]
    return .record([
      ("identifier", ["type": "dns", "value": .string(authorization.domain)]),
      ("status", .string(authorization.status)), ("expires", .string(expiry)),
      ("wildcard", authorization.isWildcard ? true : nil),
      ("challenges", .array([challengeJSON(index), ["type": "tls-of-tomorrow-01"]])),
    ])
  }

  private func challengeJSON(_ index: Int) -> JSON {
    // A challenge knows fewer states than its authorization (RFC 8555 §7.1.6).
    let status = authorizations[index].status
    let known = ["valid", "invalid"].contains(status) ? status : "pending"
    return .record([
      ("type", "dns-01"), ("url", .string("\(base)/challenge/\(index)")),
      ("status", .string(known)),
      ("token", .string(authorizations[index].token)),
      ("error", authorizations[index].error),
    ])
  }

  /// Looks at once, as a CA in a hurry: what is not published by now fails.
  private func validate(_ index: Int) {
    guard authorizations[index].status == "pending" else { return }
    let key = authorizations[index].token + "." + thumbprint.base64(.url)
    let wanted = HashFunction.sha256.hash(Array(key.utf8)).base64(.url)
    let isThere = published.map {
      $0()[authorizations[index].domain]?.contains(wanted) == true
    }
    authorizations[index].status = isThere ?? true ? "valid" : "invalid"
    if isThere == false {
      authorizations[index].error = [
        "type": "urn:ietf:params:acme:error:unauthorized", "detail": "no such TXT record",
      ]
    }
  }

  private var nonce: HTTPHeader { HTTPHeader("Replay-Nonce", "n\(requests)") }

  public func answer(
    _ status: Int, _ json: JSON, _ headers: [HTTPHeader] = []
  ) -> HTTPResponse {
    HTTPResponse(status: status, headers: headers + [nonce], body: Array(json.compact.utf8))
  }
}
