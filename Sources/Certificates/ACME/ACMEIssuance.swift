import Engine
import Notation

/// How far an issuance has come.
public enum IssuanceProgress: Hashable, Sendable {
  /// Something was done; call again at once.
  case moved(String)
  /// Nothing can be done before then.
  case wait(TimeSpan, String)
  /// The chain, as PEM.
  case issued(chain: String)
}

/// Why an issuance does not go on. What it had published was taken away again.
public enum IssuanceFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// Try again then: a passing fault, or a rate limit.
  case tryAgain(TimeSpan, String)
  /// An authorization or the order ran out, as during a long pause: plan the step anew.
  case expired(String)
  /// A person must look. Asking again would only burn the CA's failure budget.
  case needsAPerson(String)

  public var description: String {
    switch self {
    case .tryAgain(let span, let reason): "\(reason); to be tried again in \(span)"
    case .expired(let reason): "\(reason); the order has to be placed anew"
    case .needsAPerson(let reason): reason
    }
  }
}

/// Drives one certificate order to its end, a request at a time. It holds no truth of its own: each
/// call reads where the CA stands and does the next thing, so it can be dropped and begun again at any
/// moment from the saved record.
public final class ACMEIssuance<Signer: ACMESigner> {
  public private(set) var record: IssuanceRecord
  private let client: ACMEClient<Signer>
  private let thumbprint: [UInt8]
  private let kind: ChallengeProof.Kind
  private let publisher: any ChallengePublisher
  private let journal: any IssuanceJournal
  /// DER; made and stored, with its key, before the issuance begins.
  private let request: [UInt8]
  private let account: AccountWish
  /// Which of several chains is taken: the first of which this is true, else the one offered first.
  private let accepts: ([UInt8]) -> Bool
  private var order: ACMEOrder?
  private var polls = 0

  public struct AccountWish: Sendable {
    public var contact: [String]
    public var external: ExternalAccount?

    public init(contact: [String] = [], external: ExternalAccount? = nil) {
      self.contact = contact
      self.external = external
    }
  }

  public init(
    record: IssuanceRecord, client: ACMEClient<Signer>, signer: Signer, request: [UInt8],
    kind: ChallengeProof.Kind = .dns, account: AccountWish = AccountWish(),
    publisher: any ChallengePublisher, journal: any IssuanceJournal,
    accepts: @escaping ([UInt8]) -> Bool = { _ in true }
  ) {
    self.record = record
    self.client = client
    self.thumbprint = signer.thumbprint
    self.request = request
    self.kind = kind
    self.account = account
    self.publisher = publisher
    self.journal = journal
    self.accepts = accepts
  }

  /// One step on. `now` serves to read Retry-After and expiry dates.
  public func advance(now: UTCInstant) throws -> IssuanceProgress {
    if let chain = record.chain {
      try cleanUp()
      return .issued(chain: chain)
    }
    do {
      return try advanceAtTheCA(now: now)
    } catch let error as ACMEError {
      throw try failure(error, now: now)
    }
  }

  private func advanceAtTheCA(now: UTCInstant) throws -> IssuanceProgress {
    guard client.accountURL != nil, record.accountURL != nil else { return try openAccount() }
    guard let url = record.orderURL else { return try placeOrder(now: now) }
    let (order, wait) = try currentOrder(url)
    if order.status != .valid, let expires = order.expires, expires <= now {
      try giveUp()
      throw IssuanceFailure.expired("the order ran out at \(expires)")
    }
    switch order.status {
    case .pending: return try prove(order, now: now)
    case .ready:
      self.order = try client.finalize(order, request: request).0
      polls = 0
      return .moved("the certificate was requested")
    case .processing:
      self.order = nil
      return .wait(pause(wait, now), "the CA is issuing the certificate")
    case .valid: return try fetch(order)
    case .invalid:
      let reason = try reasonOfFailure(order)
      try giveUp()
      throw IssuanceFailure.needsAPerson("the CA gave the order up: \(reason)")
    }
  }

  private func openAccount() throws -> IssuanceProgress {
    let account = try client.openAccount(
      contact: account.contact, externalBinding: account.external)
    guard account.status == .valid else {
      throw IssuanceFailure.needsAPerson("the account is \(account.status.rawValue) at the CA")
    }
    record.accountURL = account.url
    record.ordersURL = account.orders
    try journal.save(record)
    return .moved("the account is open")
  }

  private func placeOrder(now: UTCInstant) throws -> IssuanceProgress {
    if record.orderIntended, let found = try orderWhoseReplyWasLost(now: now) {
      record.orderURL = found.url
      order = found
      try journal.save(record)
      return .moved("the order placed before was found again")
    }
    record.orderIntended = true
    try journal.save(record)
    let order = try client.newOrder(record.identifiers, profile: record.profile)
    record.orderURL = order.url
    self.order = order
    try journal.save(record)
    return .moved("the order was placed")
  }

  /// After a crash between placing an order and learning its URL.
  private func orderWhoseReplyWasLost(now: UTCInstant) throws -> ACMEOrder? {
    guard let list = record.ordersURL else { return nil }
    let wanted = Set(record.identifiers)
    for url in try client.orderURLs(list).reversed() {
      let (order, _) = try client.order(url)
      let isLive = order.status == .pending || order.status == .ready
      if isLive, Set(order.identifiers) == wanted, order.expires.map({ $0 > now }) ?? true {
        return order
      }
    }
    return nil
  }

  private func currentOrder(_ url: String) throws -> (ACMEOrder, RetryAfter?) {
    if let order { return (order, nil) }
    let (order, wait) = try client.order(url)
    self.order = order
    return (order, wait)
  }

  private func prove(_ order: ACMEOrder, now: UTCInstant) throws -> IssuanceProgress {
    for url in order.authorizations
    where !record.challenges.contains(where: { $0.authorization == url }) {
      return try prepare(url, now: now)
    }
    for index in record.challenges.indices where record.challenges[index].stage == .intended {
      try publisher.publish(record.challenges[index].proof)
      record.challenges[index].stage = .published
      try journal.save(record)
      return .moved("the proof for \(record.challenges[index].proof.domain) was published")
    }
    for index in record.challenges.indices where record.challenges[index].stage == .published {
      let proof = record.challenges[index].proof
      switch publisher.visibility(of: proof) {
      case .everywhere: return try answer(index)
      case .notYet(let who):
        polls += 1
        return .wait(pause(nil, now), "the proof for \(proof.domain) is not yet served by \(who)")
      case .unknown(let why):
        polls += 1
        return .wait(
          pause(nil, now), "whether the proof for \(proof.domain) is served cannot be known: \(why)"
        )
      case .impossible(let why):
        try giveUp()
        throw IssuanceFailure.needsAPerson(
          "the CA was not asked to look, it could not have seen the proof: \(why)")
      }
    }
    // All were answered: the order tells the end of all of them in one request.
    let (read, wait) = try client.order(order.url)
    guard read.status == .pending else {
      self.order = read
      polls = 0
      return .moved("the CA has looked")
    }
    return .wait(pause(wait, now), "the CA is looking at the proofs")
  }

  private func prepare(_ url: String, now: UTCInstant) throws -> IssuanceProgress {
    let (authorization, _) = try client.authorization(url)
    let domain = authorization.identifier.value
    if authorization.status == .valid {
      // Proven earlier and still good: nothing to publish.
      let proof = ChallengeProof(kind: kind, domain: domain, token: "", value: "")
      record.challenges.append(PreparedChallenge(authorization: url, proof: proof, stage: .removed))
      try journal.save(record)
      return .moved("\(domain) is still authorized")
    }
    if authorization.status == .expired || authorization.expires.map({ $0 <= now }) == true {
      try giveUp()
      throw IssuanceFailure.expired("the authorization for \(domain) ran out")
    }
    guard authorization.status == .pending,
      let challenge = authorization.challenges.first(where: { $0.type == kind.rawValue })
    else {
      let offered = authorization.challenges.map(\.type).joined(separator: ", ")
      try giveUp()
      throw IssuanceFailure.needsAPerson(
        "the CA offers no \(kind.rawValue) for \(safeText(domain)) (it is "
          + "\(authorization.status.rawValue); offered: \(safeText(offered)))")
    }
    let value =
      kind == .dns
      ? challenge.dnsValue(thumbprint: thumbprint)
      : challenge.keyAuthorization(thumbprint: thumbprint)
    let proof = ChallengeProof(kind: kind, domain: domain, token: challenge.token, value: value)
    record.challenges.append(PreparedChallenge(authorization: url, proof: proof))
    challengeURLs[url] = challenge.url
    try journal.save(record)
    return .moved("the proof for \(safeText(domain)) is prepared")
  }

  /// Where the CA is told to look, by authorization; read again after a restart.
  private var challengeURLs: [String: String] = [:]

  private func answer(_ index: Int) throws -> IssuanceProgress {
    let prepared = record.challenges[index]
    // After a restart the CA's view counts: it may have been told already.
    if challengeURLs[prepared.authorization] == nil {
      let (authorization, _) = try client.authorization(prepared.authorization)
      let challenge = authorization.challenges.first { $0.token == prepared.proof.token }
      if authorization.status == .pending, challenge?.status == .pending {
        challengeURLs[prepared.authorization] = challenge?.url
      }
    }
    if let url = challengeURLs[prepared.authorization] { _ = try client.respond(to: url) }
    record.challenges[index].stage = .answered
    try journal.save(record)
    polls = 0
    return .moved("the CA was told to look at \(prepared.proof.domain)")
  }

  private func fetch(_ order: ACMEOrder) throws -> IssuanceProgress {
    guard let url = order.certificate else {
      self.order = nil
      return .wait(.seconds(1), "the order is valid, its certificate is not there yet")
    }
    record.certificateURL = url
    let (first, alternates) = try client.certificate(url)
    var chosen = first
    for other in alternates where !accepts(chosen) {
      let chain = try client.certificate(other).pem
      if accepts(chain) { chosen = chain }
    }
    record.chain = String(decoding: chosen, as: UTF8.self)
    try journal.save(record)
    return .moved("the certificate is here")
  }

  /// Why the CA gave an order up: its own word, and what it says of each challenge.
  private func reasonOfFailure(_ order: ACMEOrder) throws -> String {
    var reasons = order.error.map { ["\($0)"] } ?? []
    for url in order.authorizations {
      let (authorization, _) = try client.authorization(url)
      for challenge in authorization.challenges {
        guard let error = challenge.error else { continue }
        reasons.append("\(safeText(authorization.identifier.value)): \(error)")
      }
    }
    return reasons.isEmpty ? "it gives no reason" : reasons.joined(separator: "; ")
  }

  private func failure(_ error: ACMEError, now: UTCInstant) throws -> IssuanceFailure {
    switch error {
    case .transport, .unexpected:
      return .tryAgain(.seconds(10), "\(error)")
    case .problem(let problem, let wait):
      switch problem.remedy {
      case .newNonce, .later: return .tryAgain(wait?.wait(from: now) ?? .minutes(1), "\(error)")
      case .account, .person:
        try giveUp()
        return .needsAPerson("\(error)")
      }
    case .format, .signing: return .needsAPerson("\(error)")
    }
  }

  /// The order is not gone on with: its proofs go, and the next attempt places another.
  private func giveUp() throws {
    try cleanUp()
    record.failures += 1
    record.orderIntended = false
    record.orderURL = nil
    record.challenges = []
    order = nil
    challengeURLs = [:]
    polls = 0
    try journal.save(record)
  }

  /// Takes away all that may have been published. Also what a caller does with a record that will not
  /// be gone on with.
  public func cleanUp() throws {
    for index in record.challenges.indices where record.challenges[index].stage != .removed {
      try publisher.remove(record.challenges[index].proof)
      record.challenges[index].stage = .removed
      try journal.save(record)
    }
  }

  /// What the CA asked for, else 1, 2, 4 … 30 seconds.
  private func pause(_ wait: RetryAfter?, _ now: UTCInstant) -> TimeSpan {
    defer { polls += 1 }
    if let wait { return max(wait.wait(from: now), .seconds(1)) }
    return .seconds(min(30, 1 << min(polls, 5)))
  }
}
