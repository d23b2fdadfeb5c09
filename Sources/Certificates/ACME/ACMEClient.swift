import Digests
import HTTP
import Notation

/// Carries requests to the CA. The real one is `HTTPClient`.
public protocol ACMETransport {
  func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse
}

extension HTTPClient: ACMETransport {}

/// Why the CA did not do as asked.
public enum ACMEError: Error, Hashable, Sendable, CustomStringConvertible {
  case transport(HTTPError)
  case problem(ACMEProblem, retryAfter: RetryAfter?)
  case format(ACMEFormatError)
  case unexpected(status: Int, url: String)
  case signing(String)

  public var description: String {
    switch self {
    case .transport(let error): "the CA could not be reached: \(error)"
    case .problem(let problem, _): "the CA refused: \(problem)"
    case .format(let error): "\(error)"
    case .unexpected(let status, let url): "the CA answered \(status) to \(safeText(url))"
    case .signing(let reason): "the account key could not sign: \(reason)"
    }
  }
}

/// "Retry-After" (RFC 9110 §10.2.3): a number of seconds, or a moment.
public enum RetryAfter: Hashable, Sendable {
  case after(TimeSpan)
  case at(UTCInstant)

  init?(_ response: HTTPResponse) {
    guard let text = response.header("Retry-After") else { return nil }
    if let seconds = UInt32(text) {
      self = .after(.seconds(seconds))
    } else if let instant = UTCInstant(httpDate: text) {
      self = .at(instant)
    } else {
      return nil
    }
  }

  /// From `now` on, at most an hour: a CA's slip must not stall a migration for a year.
  public func wait(from now: UTCInstant) -> TimeSpan {
    switch self {
    case .after(let span): min(max(span, .zero), .hours(1))
    case .at(let instant): min(max(instant - now, .zero), .hours(1))
    }
  }
}

/// The conversation with one CA: nonces, signatures, problem documents. One method for each of RFC
/// 8555's requests; each sends that request once, or again with a new nonce when the CA did not like
/// the last (§6.5), which by its nature had no effect.
public final class ACMEClient<Signer: ACMESigner> {
  public let directory: ACMEDirectory
  public private(set) var accountURL: String?
  /// How many HTTP requests went out, the directory's included.
  public private(set) var requestCount: Int
  private let transport: any ACMETransport
  private let signer: Signer
  private var nonces: [String] = []
  private let badNonceLimit: Int

  public init(
    directoryURL: String, transport: any ACMETransport, signer: Signer, accountURL: String? = nil,
    badNonceLimit: Int = 20
  ) throws(ACMEError) {
    self.transport = transport
    self.signer = signer
    self.accountURL = accountURL
    self.badNonceLimit = badNonceLimit
    let (directory, response) = try ACMEReading.object(directoryURL, "directory", transport) {
      json throws(ACMEFormatError) in try ACMEDirectory(json)
    }
    self.directory = directory
    requestCount = 1
    keepNonce(of: response)
  }

  // MARK: the requests

  /// §7.3: a new account, or the one this key already has.
  public func openAccount(
    contact: [String], externalBinding: ExternalAccount? = nil
  ) throws(ACMEError) -> ACMEAccount {
    var payload = JSONObject([("termsOfServiceAgreed", true)])
    if !contact.isEmpty { payload["contact"] = .strings(contact) }
    if let externalBinding {
      payload["externalAccountBinding"] = ACMESignedRequest.externalBinding(
        keyIdentifier: externalBinding.keyIdentifier, macKey: externalBinding.macKey,
        url: directory.newAccount, accountKey: signer.publicJWK)
    }
    let response = try post(directory.newAccount, .object(payload), identity: .key)
    let url = try location(response, directory.newAccount)
    accountURL = url
    return try ACMEReading.value(response, "account") { json throws(ACMEFormatError) in
      try ACMEAccount(url: url, json)
    }
  }

  /// §7.4
  public func newOrder(
    _ identifiers: [ACMEIdentifier], profile: String? = nil, replaces: String? = nil
  ) throws(ACMEError) -> ACMEOrder {
    let payload = JSON.record([
      ("identifiers", .array(identifiers.map(\.json))),
      ("profile", profile.map { .string($0) }),
      ("replaces", replaces.map { .string($0) }),
    ])
    let response = try post(directory.newOrder, payload)
    let url = try location(response, directory.newOrder)
    return try ACMEReading.value(response, "order") { json throws(ACMEFormatError) in
      try ACMEOrder(url: url, json)
    }
  }

  public func order(_ url: String) throws(ACMEError) -> (ACMEOrder, RetryAfter?) {
    let response = try post(url, nil)
    let order = try ACMEReading.value(response, "order") { json throws(ACMEFormatError) in
      try ACMEOrder(url: url, json)
    }
    return (order, RetryAfter(response))
  }

  /// §7.1.2.1: the orders of the account, followed over its pages, at most `limit` of them.
  public func orderURLs(_ listURL: String, limit: Int = 100) throws(ACMEError) -> [String] {
    var urls: [String] = []
    var page: String? = listURL
    for _ in 0..<20 {
      guard let url = page, urls.count < limit else { break }
      let response = try post(url, nil)
      let list = try ACMEReading.value(response, "orders list") { json throws(ACMEFormatError) in
        try ACMEFieldReader("orders list", json).array("orders")
      }
      urls += list.compactMap(\.string)
      page = response.headerValues("Link").first { $0.contains("rel=\"next\"") }.flatMap(linkTarget)
    }
    return Array(urls.prefix(limit))
  }

  /// §7.5
  public func authorization(_ url: String) throws(ACMEError) -> (ACMEAuthorization, RetryAfter?) {
    let response = try post(url, nil)
    let authorization = try ACMEReading.value(response, "authorization") {
      json throws(ACMEFormatError) in
      try ACMEAuthorization(url: url, json)
    }
    return (authorization, RetryAfter(response))
  }

  /// §7.5.1: "the client indicates to the server that it is ready for the challenge validation".
  public func respond(to challenge: String) throws(ACMEError) -> ACMEChallenge {
    let response = try post(challenge, .object(JSONObject()))
    return try ACMEReading.value(response, "challenge") { json throws(ACMEFormatError) in
      try ACMEChallenge(json)
    }
  }

  /// §7.5.2: gives up an authorization, so that no failed validation counts for it.
  public func deactivate(authorization url: String) throws(ACMEError) {
    _ = try post(url, ["status": "deactivated"])
  }

  /// §7.4: hands in the request for the certificate (DER).
  public func finalize(
    _ order: ACMEOrder, request: [UInt8]
  ) throws(ACMEError) -> (ACMEOrder, RetryAfter?) {
    let response = try post(order.finalize, ["csr": .string(request.base64(.url))])
    let finalized = try ACMEReading.value(response, "order") { json throws(ACMEFormatError) in
      try ACMEOrder(url: order.url, json)
    }
    return (finalized, RetryAfter(response))
  }

  /// §7.4.2: the chain as PEM, and where other chains for it can be had.
  public func certificate(
    _ url: String
  ) throws(ACMEError) -> (pem: [UInt8], alternates: [String]) {
    let accept = HTTPHeader("Accept", "application/pem-certificate-chain")
    let response = try post(url, nil, headers: [accept])
    let alternates = response.headerValues("Link")
      .filter { $0.contains("rel=\"alternate\"") }.compactMap(linkTarget)
    return (response.body, alternates)
  }

  /// §7.3.5: the account goes over to another key; this client is of no use afterwards.
  public func changeKey(to newSigner: some ACMESigner) throws(ACMEError) {
    guard let url = directory.keyChange, let accountURL else {
      throw .format(
        ACMEFormatError(object: "directory", field: "keyChange", reason: "is missing"))
    }
    let inner: JSON
    do {
      inner = try ACMESignedRequest.keyChange(
        url: url, account: accountURL, oldKey: signer.publicJWK, newSigner: newSigner)
    } catch { throw .signing("\(error)") }
    _ = try post(url, inner)
  }

  /// §7.3.6
  public func deactivateAccount() throws(ACMEError) {
    guard let accountURL else { return }
    _ = try post(accountURL, ["status": "deactivated"])
  }

  /// §7.6
  public func revoke(certificate der: [UInt8]) throws(ACMEError) {
    guard let url = directory.revokeCert else {
      throw .format(ACMEFormatError(object: "directory", field: "revokeCert", reason: "is missing"))
    }
    _ = try post(url, ["certificate": .string(der.base64(.url))])
  }

  // MARK: the exchange

  private func post(
    _ url: String, _ payload: JSON?, identity: ACMESignedRequest.Identity? = nil,
    headers: [HTTPHeader] = []
  ) throws(ACMEError) -> HTTPResponse {
    let identity = identity ?? accountURL.map { .account(url: $0) } ?? .key
    for attempt in 0... {
      let nonce = try nextNonce()
      let body: [UInt8]
      do {
        body = try ACMESignedRequest.body(
          payload: payload, url: url, nonce: nonce, identity: identity, signer: signer)
      } catch { throw .signing("\(error)") }
      let response = try send(
        HTTPRequest(
          "POST", url, headers: [HTTPHeader("Content-Type", "application/jose+json")] + headers,
          body: body))
      if (200..<300).contains(response.status) { return response }
      guard let problem = problem(response) else {
        throw .unexpected(status: response.status, url: url)
      }
      guard problem.remedy == .newNonce, attempt < badNonceLimit else {
        throw .problem(problem, retryAfter: RetryAfter(response))
      }
    }
    throw .unexpected(status: 0, url: url)
  }

  private func send(_ request: HTTPRequest) throws(ACMEError) -> HTTPResponse {
    requestCount += 1
    do {
      let response = try transport.send(request)
      keepNonce(of: response)
      return response
    } catch {
      throw .transport(error)
    }
  }

  private func keepNonce(of response: HTTPResponse) {
    guard let nonce = response.header("Replay-Nonce"), !nonce.isEmpty, nonces.count < 10 else {
      return
    }
    nonces.append(nonce)
  }

  /// The newest first: old ones may have expired.
  private func nextNonce() throws(ACMEError) -> String {
    if let nonce = nonces.popLast() { return nonce }
    _ = try send(HTTPRequest("HEAD", directory.newNonce))
    guard let nonce = nonces.popLast() else {
      throw .format(
        ACMEFormatError(object: "reply to newNonce", field: "Replay-Nonce", reason: "is missing"))
    }
    return nonce
  }

  private func problem(_ response: HTTPResponse) -> ACMEProblem? {
    guard let json = try? JSON(parsing: response.body), let problem = try? ACMEProblem(json) else {
      return nil
    }
    return problem
  }

  private func location(_ response: HTTPResponse, _ url: String) throws(ACMEError) -> String {
    guard let location = response.header("Location"), location.hasPrefix("https://") else {
      throw .format(
        ACMEFormatError(object: "reply to \(url)", field: "Location", reason: "is no https URL"))
    }
    return location
  }

  private func linkTarget(_ link: String) -> String? {
    guard let start = link.firstIndex(of: "<"), let end = link.firstIndex(of: ">"), start < end
    else {
      return nil
    }
    let target = String(link[link.index(after: start)..<end])
    return target.hasPrefix("https://") ? target : nil
  }
}

/// What the CA handed out to bind an account of its own books (RFC 8555 §7.3.4).
public struct ExternalAccount: Sendable {
  public let keyIdentifier: String
  public let macKey: [UInt8]

  public init(keyIdentifier: String, macKey: [UInt8]) {
    self.keyIdentifier = keyIdentifier
    self.macKey = macKey
  }
}
