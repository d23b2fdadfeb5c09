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

/// Why an issuance does not go on.
public enum IssuanceFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// Try again then: a passing fault, or a rate limit.
  case tryAgain(TimeSpan, String)
  /// An authorization or the order ran out, as during a long pause: plan the step anew.
  case expired(String)
  /// What has to be known before the CA may be asked could not be found out (design R21).
  case inconclusive(String)
  /// A person must look. Asking again would only burn the CA's failure budget.
  case needsAPerson(String)

  public var description: String {
    switch self {
    case .tryAgain(let span, let reason): "\(reason); to be tried again in \(span)"
    case .expired(let reason): "\(reason); the order has to be placed anew"
    case .inconclusive(let reason), .needsAPerson(let reason): reason
    }
  }
}

/// Whether a chain that the CA sent is for the key and the names it was asked for.
public enum ChainOpinion: Hashable, Sendable {
  case wanted
  /// It would do, but another of the CA's chains is preferred.
  case usable
  case unfit(String)
}

/// Chains that a CA offers beyond this many are not looked at.
private let alternateLimit = 8

/// Drives one certificate order to its end, a request at a time. It holds no truth of its own: each
/// call reads where the CA stands and does the next thing, so it can be dropped and begun again at any
/// moment from the saved record. (How control is proven: `ACMEProving`.)
public final class ACMEIssuance<Signer: ACMESigner> {
  public internal(set) var record: IssuanceRecord
  let client: ACMEClient<Signer>
  let thumbprint: [UInt8]
  let kind: ChallengeProof.Kind
  let publisher: any ChallengePublisher
  let journal: any IssuanceJournal
  /// DER; made and stored, with its key, before the issuance begins.
  private let request: [UInt8]
  private let account: AccountWish
  private let permission: (any IssuancePermission)?
  /// Which of several chains is taken, if any: the first wanted, else the first usable.
  private let opinion: ([UInt8]) -> ChainOpinion
  var order: ACMEOrder?
  /// When the CA wants to be asked next, as far as its last word said so.
  var retryAfter: RetryAfter?
  var polls = 0
  /// Where the CA is told to look, by authorization; read again after a restart.
  var challengeURLs: [String: String] = [:]

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
    permission: (any IssuancePermission)? = nil, publisher: any ChallengePublisher,
    journal: any IssuanceJournal, opinion: @escaping ([UInt8]) -> ChainOpinion = { _ in .wanted }
  ) {
    self.record = record
    self.client = client
    self.thumbprint = signer.thumbprint
    self.request = request
    self.kind = kind
    self.account = account
    self.permission = permission
    self.publisher = publisher
    self.journal = journal
    self.opinion = opinion
  }

  /// One step on. `now` serves to read Retry-After and expiry dates.
  public func advance(now: UTCInstant) throws -> IssuanceProgress {
    if let chain = record.chain {
      try cleanUp()
      return .issued(chain: chain)
    }
    if let opens = record.notBefore, opens > now {
      throw IssuanceFailure.tryAgain(
        opens - now, "the CA does not want to be asked before \(opens)")
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
    let order = try currentOrder(url)
    if order.status != .valid, let expires = order.expires, expires <= now {
      try giveUp()
      throw IssuanceFailure.expired("the order ran out at \(expires)")
    }
    switch order.status {
    case .pending: return try prove(order, now: now)
    case .ready:
      // Read anew after a failure: the CA may have taken the request in all the same.
      self.order = nil
      (self.order, retryAfter) = try client.finalize(order, request: request)
      polls = 0
      return .moved("the certificate was requested")
    case .processing:
      self.order = nil
      return .wait(pause(now), "the CA is issuing the certificate")
    case .valid: return try fetch(order, now: now)
    case .invalid: throw try abandoned(order, now: now)
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
    if let opens = FailureBudget.opens(after: record.failures, now: now) {
      throw IssuanceFailure.tryAgain(
        opens - now,
        "\(FailureBudget.limit) validations failed within an hour; the CA is not asked again before "
          + "\(opens), it would lock the name out")
    }
    try holdUnlessPermitted()
    record.orderIntended = true
    try journal.save(record)
    // Only a CA that gives renewal advice knows what to make of it (RFC 9773 §5).
    let replaced = client.directory.renewalInfo == nil ? nil : record.replaces
    let order = try client.newOrder(
      record.identifiers, profile: record.profile, replaces: replaced)
    guard Set(order.identifiers.map(\.folded)) == Set(record.identifiers.map(\.folded)) else {
      throw IssuanceFailure.needsAPerson("the CA's order is for other names than were asked for")
    }
    record.orderURL = order.url
    self.order = order
    try journal.save(record)
    return .moved("the order was placed")
  }

  /// CAA, before the CA hears of the names at all.
  private func holdUnlessPermitted() throws {
    guard let permission else { return }
    let request = PermissionRequest(
      authorities: client.directory.caaIdentities, account: record.accountURL,
      method: kind.rawValue, names: record.identifiers.map(\.value))
    switch permission.verdict(for: request) {
    case .allowed: return
    case .forbidden(let why): throw IssuanceFailure.needsAPerson("nothing was ordered: \(why)")
    case .unknown(let why): throw IssuanceFailure.inconclusive("nothing was ordered: \(why)")
    }
  }

  /// After a crash between placing an order and learning its URL. Lists are not sorted, and long ones
  /// are not read to their end: the ends are where a new order stands.
  private func orderWhoseReplyWasLost(now: UTCInstant) throws -> ACMEOrder? {
    guard let list = record.ordersURL else { return nil }
    let wanted = Set(record.identifiers.map(\.folded))
    let urls = try client.orderURLs(list)
    let near =
      urls.count <= 20 ? Array(urls.reversed()) : urls.suffix(10).reversed() + urls.prefix(10)
    for url in near {
      guard let order = try? client.order(url).0 else { continue }
      let isLive = order.status == .pending || order.status == .ready
      if isLive, Set(order.identifiers.map(\.folded)) == wanted,
        order.expires.map({ $0 > now }) ?? true
      {
        return order
      }
    }
    return nil
  }

  private func currentOrder(_ url: String) throws -> ACMEOrder {
    if let order { return order }
    do {
      let (order, wait) = try client.order(url)
      self.order = order
      retryAfter = wait
      return order
    } catch ACMEError.problem(let problem, _) where problem.status == 404 {
      try giveUp()
      throw IssuanceFailure.expired("the CA does not know the order any more")
    }
  }

  private func fetch(_ order: ACMEOrder, now: UTCInstant) throws -> IssuanceProgress {
    guard let url = order.certificate else {
      self.order = nil
      return .wait(pause(now), "the order is valid, its certificate is not there yet")
    }
    record.certificateURL = url
    let (first, alternates) = try client.certificate(url)
    var chosen: [UInt8]?
    var unfit = ""
    func consider(_ pem: [UInt8]) -> Bool {
      switch opinion(pem) {
      case .wanted:
        chosen = pem
        return true
      case .usable: chosen = chosen ?? pem
      case .unfit(let why): unfit = why
      }
      return false
    }
    var isSettled = consider(first)
    for other in alternates.prefix(alternateLimit) where !isSettled {
      // One that cannot be had is no reason to lose the certificate.
      if let chain = try? client.certificate(other).pem { isSettled = consider(chain) }
    }
    guard let chosen else {
      self.order = nil
      throw IssuanceFailure.needsAPerson(
        "the CA's certificate is not what was ordered: \(unfit); the order is kept")
    }
    record.chain = String(decoding: chosen, as: UTF8.self)
    try journal.save(record)
    return .moved("the certificate is here")
  }

  // MARK: failures

  /// The CA gave the order up: why, by its own word and what it says of each challenge.
  func abandoned(_ order: ACMEOrder, now: UTCInstant) throws -> IssuanceFailure {
    var reasons = order.error.map { ["\($0)"] } ?? []
    var hasExpired = false
    for url in order.authorizations {
      guard let authorization = try? client.authorization(url).0 else { continue }
      let domain = safeText(authorization.identifier.value)
      if [.expired, .deactivated, .revoked].contains(authorization.status) {
        hasExpired = true
        reasons.append("the authorization for \(domain) is \(authorization.status.rawValue)")
      }
      for challenge in authorization.challenges {
        if let error = challenge.error { reasons.append("\(domain): \(error)") }
      }
    }
    let hasFailed = reasons.contains { !$0.hasPrefix("the authorization for ") }
    if hasExpired, !hasFailed {
      try giveUp()
      return .expired(reasons.joined(separator: "; "))
    }
    record.failures = (record.failures + [now]).suffix(FailureBudget.limit)
    try giveUp()
    let reason = reasons.isEmpty ? "it gives no reason" : reasons.joined(separator: "; ")
    return .needsAPerson("the CA gave the order up: \(reason)")
  }

  private func failure(_ error: ACMEError, now: UTCInstant) throws -> IssuanceFailure {
    order = nil
    if error.isPassing {
      let wait = error.retryAfter?.wait(from: now, atMost: .days(7))
      if case .problem(let problem, _) = error, problem.type == "rateLimited" {
        let span = wait ?? .minutes(10)
        record.notBefore = now + span
        try journal.save(record)
        return .tryAgain(span, "\(error)")
      }
      return .tryAgain(wait ?? .seconds(1), "\(error)")
    }
    guard case .problem(let problem, _) = error else {
      try withdraw()
      return .needsAPerson("\(error)")
    }
    if problem.type == "accountDoesNotExist", record.accountURL != nil {
      // Its orders went with it.
      client.forgetAccount()
      record.accountURL = nil
      record.ordersURL = nil
      try giveUp()
      return .tryAgain(.seconds(1), "the CA does not know the account any more")
    }
    if problem.type == "alreadyReplaced", record.replaces != nil {
      record.replaces = nil
      try giveUp()
      return .tryAgain(.seconds(1), "\(error)")
    }
    try giveUp()
    return .needsAPerson("\(error)")
  }

  /// The order is not gone on with: its proofs go, and the next attempt places another.
  func giveUp() throws {
    try withdraw()
    record.orderIntended = false
    record.orderURL = nil
    order = nil
    try journal.save(record)
  }

  /// The proofs go, the order stays: going on prepares and publishes them again.
  public func withdraw() throws {
    try cleanUp()
    guard !record.challenges.isEmpty else { return }
    record.challenges = []
    challengeURLs = [:]
    retryAfter = nil
    polls = 0
    try journal.save(record)
  }

  /// Takes away all that may have been published.
  private func cleanUp() throws {
    for index in record.challenges.indices where record.challenges[index].stage != .removed {
      try publisher.remove(record.challenges[index].proof)
      record.challenges[index].stage = .removed
      try journal.save(record)
    }
  }

  /// What the CA asked for, else 1, 2, 4 … 30 seconds.
  func pause(_ now: UTCInstant) -> TimeSpan {
    defer {
      polls += 1
      retryAfter = nil
    }
    if let retryAfter { return max(retryAfter.wait(from: now), .seconds(1)) }
    return .seconds(min(30, 1 << min(polls, 5)))
  }
}
