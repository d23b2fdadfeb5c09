import DNSModel
import Engine
import HTTP
import Migration
import Notation
import SystemIO
import TLSToolkit

/// Gets a certificate by ACME, from a shelf where everything is kept that must outlive a crash.
public struct ACMEIssuer {
  private let wish: CertificateWish
  private let shelf: CertificateShelf
  private let publisher: any ChallengePublisher
  private let permission: (any IssuancePermission)?
  private let progress: (String) -> Void
  /// Whether someone wants this to end; what was published is taken away then.
  private let isInterrupted: () -> Bool

  private static let nextKey = "certificate.next"
  private static let trial = "staging"
  private static let trialAge: TimeSpan = .days(7)

  public init(
    wish: CertificateWish, shelf: CertificateShelf, publisher: any ChallengePublisher,
    permission: (any IssuancePermission)? = nil,
    progress: @escaping (String) -> Void = { _ in },
    isInterrupted: @escaping () -> Bool = { false }
  ) {
    self.isInterrupted = isInterrupted
    self.wish = wish
    self.shelf = shelf
    self.publisher = publisher
    self.permission = permission
    self.progress = progress
  }

  /// Goes on with the order that is under way, or places one, until the chain is on the shelf.
  public func issue() throws -> [Certificate] {
    try tryAtStaging()
    let signer = try AccountKey(wish.accountKey ?? shelf.key("account", .p256))
    // Key and request lie on disk before the CA hears of them.
    let (request, key) = try currentRequest()
    let record = try currentRecord()
    var drive = IssuanceDrive(
      patience: wish.patience, isInterrupted: isInterrupted, progress: progress)
    let client = try drive.reaching {
      try ACMEClient(
        directoryURL: wish.directory, transport: try transport(), signer: signer,
        accountURL: record.accountURL)
    }
    try checkOffer(client.directory)
    let issuance = ACMEIssuance(
      record: record, client: client, signer: signer, request: request.der, kind: wish.proof,
      account: .init(contact: wish.contact, external: wish.external), permission: permission,
      publisher: publisher, journal: shelf, opinion: { opinion(of: $0, request) })
    let chain: String
    do {
      chain = try drive.toTheEnd(issuance)
    } catch {
      if !wish.leavesProofs { takeAway(issuance) }
      guard let interruption = error as? IssuanceInterruption else { throw error }
      throw IssuanceFailure.tryAgain(.zero, "\(interruption)")
    }
    progress("\(client.requestCount) requests to the CA")
    return try keep(chain, request, key)
  }

  /// The account goes over to a new key (RFC 8555 §7.3.5). The new one lies on disk before the CA hears
  /// of it, and the old one is let go of after the CA is seen to know the new: whatever is cut off, one
  /// of both is the account's.
  public func changeAccountKey() throws {
    guard wish.accountKey == nil else {
      throw IssuanceFailure.needsAPerson(
        "the account's key is kept elsewhere; this changes keys on the shelf only")
    }
    guard let old = try shelf.key("account") else {
      throw IssuanceFailure.needsAPerson("there is no account yet whose key could be changed")
    }
    let new = try shelf.key("account.next", .p256)
    var drive = IssuanceDrive(
      patience: wish.patience, isInterrupted: isInterrupted, progress: progress)
    try drive.reaching {
      // Cut off after the change, the account answers to the new key already.
      if try account(of: new) == nil {
        let signer = try AccountKey(old)
        let client = try ACMEClient(
          directoryURL: wish.directory, transport: try transport(), signer: signer)
        _ = try client.findAccount()
        try client.changeKey(to: try AccountKey(new))
      }
    }
    try shelf.store(new, "account")
    try shelf.discardKey("account.next")
    progress("the account has a new key")
  }

  private func account(of key: PrivateKey) throws -> String? {
    let client = try ACMEClient(
      directoryURL: wish.directory, transport: try transport(), signer: try AccountKey(key))
    do {
      return try client.findAccount()
    } catch ACMEError.problem(let problem, _) where problem.type == "accountDoesNotExist" {
      return nil
    }
  }

  /// A whole issuance at the CA's trial directory first: what fails there costs nothing (R11's budget
  /// is the real CA's). A success of the last days counts.
  private func tryAtStaging() throws {
    guard let staging = wish.staging else { return }
    let trialShelf = try shelf.beside(Self.trial)
    if let pem = try trialShelf.chain(), let leaf = try? Certificate.readAll(pem).first,
      missingName(in: leaf) == nil, SystemClock.wall() - leaf.facts.notBefore < Self.trialAge
    {
      return
    }
    progress("trying at \(safeText(staging)) first")
    var trial = wish
    trial.directory = staging
    trial.staging = nil
    trial.preferredIssuer = nil
    trial.accountKey = nil
    // Offered by the real CA only, as a rule; checked there before anything is ordered.
    trial.profile = nil
    _ = try ACMEIssuer(
      wish: trial, shelf: trialShelf, publisher: publisher, permission: permission,
      progress: { progress("staging: \($0)") }, isInterrupted: isInterrupted
    ).issue()
  }

  /// Takes away what an issuance that is not gone on with left published, a trial's too. The order is kept.
  public func withdraw() throws {
    let trials = wish.staging == nil ? [] : [try shelf.beside(Self.trial)]
    for shelf in [shelf] + trials {
      guard var record = try shelf.issuance(), !record.challenges.isEmpty else { continue }
      for challenge in record.challenges where challenge.stage != .removed {
        try publisher.remove(challenge.proof)
      }
      record.challenges = []
      try shelf.save(record)
    }
  }

  private func takeAway(_ issuance: ACMEIssuance<AccountKey>) {
    do {
      try issuance.withdraw()
    } catch {
      progress("a proof may still be published, the next run takes it away: \(error)")
    }
  }

  private func checkOffer(_ directory: ACMEDirectory) throws {
    if directory.requiresExternalAccount, wish.external == nil {
      throw IssuanceFailure.needsAPerson(
        "this CA wants every account bound to one in its own books: give its key id and MAC key")
    }
    if let profile = wish.profile, !directory.profiles.contains(where: { $0.name == profile }) {
      let known = directory.profiles.map(\.name)
      let near = nearestWord(to: profile, among: known).map { "; did you mean \($0)?" } ?? ""
      throw IssuanceFailure.needsAPerson(
        "the CA has no profile \"\(safeText(profile))\" "
          + "(it has: \(safeText(known.joined(separator: ", "))))\(near)")
    }
  }

  private func transport() throws -> HTTPClient {
    var options = HTTPClient.Options()
    if let anchors = wish.authorityAnchors { options.trust = .anchors(pem: anchors) }
    options.timeout = wish.http.request
    options.bodyLimit = wish.http.bodyLimit
    return try HTTPClient(options)
  }

  private func currentRequest() throws -> (CertificateRequest, PrivateKey?) {
    if let request = wish.request {
      guard request.isSignedByItsKey else {
        throw IssuanceFailure.needsAPerson("the certificate request is not signed by its own key")
      }
      return (request, nil)
    }
    // Left over where the last issuance ended with a crash: a new certificate gets a new key.
    if try shelf.issuance() == nil, let left = try shelf.key(Self.nextKey),
      let pem = try shelf.chain(), let leaf = try? Certificate.readAll(pem).first,
      leaf.belongs(to: left)
    {
      try shelf.discardKey(Self.nextKey)
    }
    let key = try shelf.key(Self.nextKey, wish.keyKind)
    if let der = try shelf.request(), let request = try? CertificateRequest.read(der),
      request.isFor(key), Set(request.alternativeNames) == Set(wish.names.map { .dns($0.host) })
    {
      return (request, key)
    }
    let request = try CertificateRequest.make(
      names: wish.names, requiresStaple: wish.requiresStaple, key: key)
    try shelf.store(request)
    return (request, key)
  }

  /// The record of the same wish; one of another wish is cleaned up after and dropped.
  private func currentRecord() throws -> IssuanceRecord {
    let identifiers = wish.names.map { ACMEIdentifier(type: "dns", value: $0.folded.host) }
    var fresh = IssuanceRecord(
      directory: wish.directory, identifiers: identifiers, profile: wish.profile)
    fresh.replaces = try replacedCertificate()
    guard let stored = try shelf.issuance() else { return fresh }
    if stored.directory == fresh.directory, stored.identifiers == identifiers,
      stored.profile == fresh.profile
    {
      return stored
    }
    for challenge in stored.challenges where challenge.stage != .removed {
      try publisher.remove(challenge.proof)
    }
    fresh.failures = stored.failures
    return fresh
  }

  /// The certificate in use, as RFC 9773 names it, if it is for the same names and of this CA.
  private func replacedCertificate() throws -> String? {
    guard let pem = try shelf.chain(), let leaf = try? Certificate.readAll(pem).first,
      let key = leaf.facts.authorityKeyIdentifier, missingName(in: leaf) == nil,
      try shelf.issuedBy() == wish.directory
    else { return nil }
    return renewalIdentifier(authorityKeyIdentifier: key, serial: leaf.facts.serialNumber)
  }

  private func missingName(in leaf: Certificate) -> DomainName? {
    // Held against the names as they stand there: `*.example.test` must be one of them itself.
    let named = (leaf.facts.alternativeNames ?? []).compactMap { name in
      if case .dns(let text) = name { try? DomainName(parsing: text) } else { nil }
    }
    return wish.names.first { !named.contains($0) }
  }

  /// Held against key and names before anything is kept: a CA can err too.
  private func opinion(of pem: [UInt8], _ request: CertificateRequest) -> ChainOpinion {
    let text = String(decoding: pem, as: UTF8.self)
    // "A file of this type contains one or more certificates" and nothing else (RFC 8555 §9.1).
    for line in text.split(whereSeparator: \.isNewline)
    where line.hasPrefix("-----BEGIN ") && !line.hasPrefix("-----BEGIN CERTIFICATE-----") {
      return .unfit("what it sent holds something else than certificates")
    }
    let certificates: [Certificate]
    do { certificates = try Certificate.readAll(pem) } catch {
      return .unfit("what it sent is no certificate chain (\(error))")
    }
    guard let leaf = certificates.first(where: request.isAnswered) else {
      return .unfit("it certifies another key")
    }
    if let missing = missingName(in: leaf) { return .unfit("it does not cover \(missing)") }
    guard let wanted = wish.preferredIssuer else { return .wanted }
    return certificates.last?.facts.issuer.contains(wanted) == true ? .wanted : .usable
  }

  private func keep(
    _ chain: String, _ request: CertificateRequest, _ key: PrivateKey?
  ) throws -> [Certificate] {
    let all = try Certificate.readAll(Array(chain.utf8))
    guard let leaf = all.first(where: request.isAnswered) else {
      try shelf.closeIssuance()
      throw IssuanceFailure.needsAPerson("the certificate on the shelf is for another key")
    }
    let rest = all.filter { $0 != leaf }
    let ordered = try ChainArrangement([leaf] + rest, for: key).served
    if let key {
      try shelf.install(ordered, key)
    } else {
      try shelf.store(chain: Array(ordered.map(\.pem).joined().utf8))
    }
    try shelf.store(issuedBy: wish.directory)
    try shelf.closeIssuance()
    try shelf.discardKey(Self.nextKey)
    return ordered
  }
}

/// Somebody wants the program to end.
struct IssuanceInterruption: Error, CustomStringConvertible {
  let description = "it was interrupted; the order is kept"
}

/// Goes on with an issuance until it ends, through waits and passing faults, as long as patience lasts.
struct IssuanceDrive {
  private let end: TimeSpan
  private let patience: TimeSpan
  private let isInterrupted: () -> Bool
  private let progress: (String) -> Void
  private var setbacks = 0
  private var allSetbacks = 0
  private var hasExpired = false
  private static let setbackLimit = 8
  private static let allSetbacksLimit = 40

  init(
    patience: TimeSpan, isInterrupted: @escaping () -> Bool, progress: @escaping (String) -> Void
  ) {
    self.isInterrupted = isInterrupted
    end = SystemClock.sinceBoot() + patience
    self.patience = patience
    self.progress = progress
  }

  mutating func toTheEnd(_ issuance: ACMEIssuance<AccountKey>) throws -> String {
    while true {
      try heed()
      do {
        switch try issuance.advance(now: SystemClock.wall()) {
        case .issued(let chain): return chain
        case .moved(let what):
          setbacks = 0
          progress(what)
        case .wait(let span, let what):
          setbacks = 0
          try pause(span, what)
        }
      } catch IssuanceFailure.tryAgain(let span, let reason) {
        try setBack(span, reason)
      } catch IssuanceFailure.expired(let reason) where !hasExpired {
        hasExpired = true
        progress("\(reason); another order is placed")
      }
    }
  }

  /// The same for what comes before the first step: the CA's directory.
  mutating func reaching<Result>(_ work: () throws -> Result) throws -> Result {
    while true {
      do {
        return try work()
      } catch let error as ACMEError {
        guard error.isPassing else { throw IssuanceFailure.needsAPerson("\(error)") }
        let wait = error.retryAfter?.wait(from: SystemClock.wall(), atMost: .days(7))
        try setBack(wait ?? .seconds(1), "\(error)")
      }
    }
  }

  private mutating func setBack(_ span: TimeSpan, _ reason: String) throws {
    setbacks += 1
    allSetbacks += 1
    let backedOff = max(span, .seconds(min(30, 1 << min(setbacks - 1, 5))))
    guard setbacks <= Self.setbackLimit, allSetbacks <= Self.allSetbacksLimit,
      SystemClock.sinceBoot() + backedOff < end
    else { throw IssuanceFailure.tryAgain(span, reason) }
    progress("\(reason); trying again in \(backedOff)")
    try sleep(until: SystemClock.sinceBoot() + backedOff)
  }

  private func heed() throws {
    if isInterrupted() { throw IssuanceInterruption() }
  }

  private func sleep(until wake: TimeSpan) throws {
    while SystemClock.sinceBoot() < wake {
      try heed()
      SystemClock.pause(until: min(wake, SystemClock.sinceBoot() + .milliseconds(200)))
    }
  }

  private func pause(_ span: TimeSpan, _ what: String) throws {
    let wake = SystemClock.sinceBoot() + span
    guard wake < end else {
      throw IssuanceFailure.tryAgain(
        span, "\(what) after \(patience); the order is kept and can be gone on with")
    }
    progress("\(what); looking again in \(span)")
    try sleep(until: wake)
  }
}
