import Certificates
import Digests
import HTTP
import Notation

/// A fake of the protocol, not a CA: it keeps accounts, orders and authorizations as RFC 8555 has them,
/// checks no signature and issues no real certificate. It exists to lose any one request or reply on
/// purpose, which Pebble cannot do. (Issuance against the real thing: PebbleTests.)
final class ProtocolFakeCA: ACMETransport {
  enum Loss: Equatable {
    case request(Int)
    case reply(Int)
  }

  struct Order {
    var identifiers: [JSON]
    var authorizations: [Int]
    var status = "pending"
    var expires: String
    var finalizations = 0
  }

  struct Authorization {
    var domain: String
    var isWildcard: Bool
    var status = "pending"
    var token: String
    var error: JSON?
  }

  var loss: Loss?
  var isLost = false
  var requests = 0
  var log: [String] = []
  var orders: [Order] = []
  var authorizations: [Authorization] = []
  var accounts = 0
  var listsOrders = true
  var badNonces = 0
  var expiry = "2030-01-01T00:00:00Z"
  var refusal: (path: String, status: Int, problem: JSON, headers: [HTTPHeader])?
  /// What the CA would see in the zone, by name of the domain.
  var published: () -> [String: Set<String>] = { [:] }
  var thumbprint: [UInt8] = []
  var lastProfile: String?
  private let base = "https://ca.test"

  func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
    requests += 1
    if loss == .request(requests) {
      isLost = true
      throw .cannotConnect("the request was lost on purpose")
    }
    let path = String(request.url.dropFirst(base.count))
    log.append("\(request.method) \(path)")
    let response = handle(request.method, path, payload(request))
    if loss == .reply(requests) {
      isLost = true
      throw .timedOut("the reply was lost on purpose")
    }
    return response
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
    switch parts.first {
    case "directory": return answer(200, directory)
    case "nonce": return answer(200, .null)
    case "account":
      accounts = max(accounts, 1)
      let orders: JSON? = listsOrders ? .string("\(base)/list") : nil
      return answer(
        201, .record([("status", "valid"), ("orders", orders)]),
        [HTTPHeader("Location", "\(base)/acct/1")])
    case "list":
      return answer(200, ["orders": .strings(orders.indices.map { "\(base)/order/\($0)" })])
    case "new-order": return newOrder(payload)
    case "order": return orderAnswer(Int(parts[1])!)
    case "authz": return answer(200, authorizationJSON(Int(parts[1])!))
    case "challenge":
      validate(Int(parts[1])!)
      return answer(200, challengeJSON(Int(parts[1])!))
    case "finalize":
      let index = Int(parts[1])!
      orders[index].finalizations += 1
      orders[index].status = "valid"
      return orderAnswer(index)
    case "cert":
      return HTTPResponse(
        status: 200, headers: [nonce], body: Array("-----BEGIN CERTIFICATE-----\n".utf8))
    default: return answer(404, ["type": "about:blank", "detail": "no such thing"])
    }
  }

  private var directory: JSON {
    [
      "newNonce": .string("\(base)/nonce"), "newAccount": .string("\(base)/account"),
      "newOrder": .string("\(base)/new-order"), "revokeCert": .string("\(base)/revoke"),
      "keyChange": .string("\(base)/key-change"),
      "meta": ["profiles": ["short": "six days"], "externalAccountRequired": false],
    ]
  }

  private func newOrder(_ payload: JSON?) -> HTTPResponse {
    let identifiers = payload?["identifiers"]?.array ?? []
    lastProfile = payload?["profile"]?.string
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
    orders.append(Order(identifiers: identifiers, authorizations: indices, expires: expiry))
    return orderAnswer(orders.count - 1, status: 201)
  }

  private func orderAnswer(_ index: Int, status: Int = 200) -> HTTPResponse {
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
      ("challenges", .array([challengeJSON(index)])),
    ])
  }

  private func challengeJSON(_ index: Int) -> JSON {
    .record([
      ("type", "dns-01"), ("url", .string("\(base)/challenge/\(index)")),
      ("status", .string(authorizations[index].status)),
      ("token", .string(authorizations[index].token)),
      ("error", authorizations[index].error),
    ])
  }

  /// Looks at once, as a CA in a hurry: what is not published by now fails.
  private func validate(_ index: Int) {
    guard authorizations[index].status == "pending" else { return }
    let key = authorizations[index].token + "." + thumbprint.base64(.url)
    let wanted = HashFunction.sha256.hash(Array(key.utf8)).base64(.url)
    let isThere = published()[authorizations[index].domain]?.contains(wanted) == true
    authorizations[index].status = isThere ? "valid" : "invalid"
    if !isThere {
      authorizations[index].error = [
        "type": "urn:ietf:params:acme:error:unauthorized", "detail": "no such TXT record",
      ]
    }
  }

  private var nonce: HTTPHeader { HTTPHeader("Replay-Nonce", "n\(requests)") }

  private func answer(_ status: Int, _ json: JSON, _ headers: [HTTPHeader] = []) -> HTTPResponse {
    HTTPResponse(status: status, headers: headers + [nonce], body: Array(json.compact.utf8))
  }
}
