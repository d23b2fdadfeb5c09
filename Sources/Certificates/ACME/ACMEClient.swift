import Digests
import HTTP
import Notation
import SystemIO

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
  private static var accept: HTTPHeader {
    HTTPHeader("Accept", "application/json, application/problem+json")
  }

  public init(
    directoryURL: String, transport: any ACMETransport, signer: Signer, accountURL: String? = nil,
    badNonceLimit: Int = 20
  ) throws(ACMEError) {
    self.transport = transport
    self.signer = signer
    self.accountURL = accountURL
    self.badNonceLimit = badNonceLimit
    let read = try ACMEReading.object(directoryURL, "directory", transport) {
      json throws(ACMEFormatError) in try ACMEDirectory(json)
    }
    directory = read.value
    requestCount = read.requests
    keepNonce(of: read.response)
  }

  /// The CA does not know the account any more: another is opened.
  public func forgetAccount() { accountURL = nil }

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

  /// §7.3.1: the account that this key has, and none that is made for the question.
  @discardableResult
  public func findAccount() throws(ACMEError) -> String {
    let response = try post(directory.newAccount, ["onlyReturnExisting": true], identity: .key)
    let url = try location(response, directory.newAccount)
    accountURL = url
    return url
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
    let response = try post(directory.newOrder, payload, isSentOnce: true)
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
  public func orderURLs(_ listURL: String, limit: Int = 200) throws(ACMEError) -> [String] {
    var urls: [String] = []
    var page: String? = listURL
    for _ in 0..<10 {
      guard let url = page, urls.count < limit else { break }
      let response = try post(url, nil)
      let list = try ACMEReading.value(response, "orders list") { json throws(ACMEFormatError) in
        try ACMEFieldReader("orders list", json).array("orders")
      }
      urls += list.compactMap { $0.string.flatMap { ACMELink.resolve($0, against: url) } }
      page = ACMELink.targets("next", in: response, of: url).first
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
  public func respond(to challenge: String) throws(ACMEError) -> (ACMEChallenge, RetryAfter?) {
    let response = try post(challenge, .object(JSONObject()))
    let value = try ACMEReading.value(response, "challenge") { json throws(ACMEFormatError) in
      try ACMEChallenge(json)
    }
    return (value, RetryAfter(response))
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
    let response = try post(url, nil, accept: accept)
    return (response.body, ACMELink.targets("alternate", in: response, of: url))
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
    accept: HTTPHeader = ACMEClient.accept, isSentOnce: Bool = false
  ) throws(ACMEError) -> HTTPResponse {
    let identity = identity ?? accountURL.map { .account(url: $0) } ?? .key
    var rejected = 0
    while true {
      let nonce = try nextNonce()
      let body: [UInt8]
      do {
        body = try ACMESignedRequest.body(
          payload: payload, url: url, nonce: nonce, identity: identity, signer: signer)
      } catch { throw .signing("\(error)") }
      let type = HTTPHeader("Content-Type", "application/jose+json")
      var request = HTTPRequest("POST", url, headers: [type, accept], body: body)
      request.isSentOnce = isSentOnce
      let response = try send(request)
      if (200..<300).contains(response.status) { return response }
      let failure = ACMEReading.failure(response, of: url)
      guard case .problem(let problem, _) = failure, problem.remedy == .newNonce,
        rejected < badNonceLimit
      else { throw failure }
      rejected += 1
    }
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

  /// "Clients MUST ignore invalid Replay-Nonce values": those outside base64url (RFC 8555 §6.5.1).
  private func keepNonce(of response: HTTPResponse) {
    guard let nonce = response.header("Replay-Nonce"), !nonce.isEmpty, nonces.count < 10,
      nonce.utf8.allSatisfy(ACMEChallenge.isBase64URL)
    else { return }
    nonces.append(nonce)
  }

  /// The newest first: old ones may have expired.
  private func nextNonce() throws(ACMEError) -> String {
    if let nonce = nonces.popLast() { return nonce }
    let response = try send(HTTPRequest("HEAD", directory.newNonce))
    if let nonce = nonces.popLast() { return nonce }
    guard (200..<300).contains(response.status) else {
      throw ACMEReading.failure(response, of: directory.newNonce)
    }
    throw .format(
      ACMEFormatError(object: "reply to newNonce", field: "Replay-Nonce", reason: "is missing"))
  }

  private func location(_ response: HTTPResponse, _ url: String) throws(ACMEError) -> String {
    guard let location = response.header("Location").flatMap({ ACMELink.resolve($0, against: url) })
    else {
      throw .format(
        ACMEFormatError(object: "reply to \(url)", field: "Location", reason: "is no https URL"))
    }
    return location
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

  /// CAs hand the MAC key out in base64url (§7.3.4).
  public init(keyIdentifier: String, key: SecretReference) throws {
    let text = try key.resolve().reveal { String(decoding: $0, as: UTF8.self) }
    guard let mac = [UInt8](base64: text, .url) else {
      throw IssuanceFailure.needsAPerson("the key at \(key) is no base64url")
    }
    self.init(keyIdentifier: keyIdentifier, macKey: mac)
  }
}
