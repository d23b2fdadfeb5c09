import DNSModel
import Engine
import HTTP
import Migration
import Notation
import SystemIO
import TLSToolkit

/// What is wanted of a CA.
public struct CertificateWish: Sendable {
  public var names: [DomainName]
  /// The CA's directory URL.
  public var directory: String
  /// What the CA's own server is trusted by (PEM); nil trusts what the system trusts.
  public var authorityAnchors: [UInt8]?
  public var contact: [String] = []
  public var external: ExternalAccount?
  /// The account's key; nil keeps one on the shelf.
  public var accountKey: PrivateKey?
  public var profile: String?
  public var proof: ChallengeProof.Kind = .dns
  public var keyKind: PrivateKey.Kind = .p256
  public var requiresStaple = false
  /// Where the CA offers several chains: the one whose last certificate is issued by this name.
  public var preferredIssuer: String?
  /// After so long the issuance is left as it is, to be gone on with later.
  public var patience: TimeSpan = .minutes(10)

  public init(names: [DomainName], directory: String) {
    self.names = names
    self.directory = directory
  }
}

/// Gets a certificate by ACME, from a shelf where everything is kept that must outlive a crash.
public struct ACMEIssuer {
  private let wish: CertificateWish
  private let shelf: CertificateShelf
  private let publisher: any ChallengePublisher
  private let progress: (String) -> Void

  public init(
    wish: CertificateWish, shelf: CertificateShelf, publisher: any ChallengePublisher,
    progress: @escaping (String) -> Void = { _ in }
  ) {
    self.wish = wish
    self.shelf = shelf
    self.publisher = publisher
    self.progress = progress
  }

  /// Goes on with the order that is under way, or places one, until the chain is on the shelf.
  public func issue() throws -> [Certificate] {
    let signer = try AccountKey(wish.accountKey ?? shelf.key("account", .p256))
    // Key and request lie on disk before the CA hears of them.
    let key = try shelf.key("certificate.next", wish.keyKind)
    let request = try currentRequest(key)
    let record = try currentRecord()
    let client = try ACMEClient(
      directoryURL: wish.directory, transport: try transport(), signer: signer,
      accountURL: record.accountURL)
    try checkOffer(client.directory)
    let issuance = ACMEIssuance(
      record: record, client: client, signer: signer, request: request, kind: wish.proof,
      account: .init(contact: wish.contact, external: wish.external), publisher: publisher,
      journal: shelf, accepts: isPreferred)
    let chain = try drive(issuance)
    progress("\(client.requestCount) requests to the CA")
    return try keep(chain, key)
  }

  private func drive(_ issuance: ACMEIssuance<AccountKey>) throws -> String {
    let end = SystemClock.sinceBoot() + wish.patience
    while true {
      switch try issuance.advance(now: SystemClock.wall()) {
      case .issued(let chain): return chain
      case .moved(let what): progress(what)
      case .wait(let span, let what):
        let wake = SystemClock.sinceBoot() + span
        guard wake < end else {
          throw IssuanceFailure.tryAgain(
            span, "\(what) after \(wish.patience); the order is kept and can be gone on with")
        }
        progress("\(what); looking again in \(span)")
        SystemClock.pause(until: wake)
      }
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
    return try HTTPClient(options)
  }

  private func currentRequest(_ key: PrivateKey) throws -> [UInt8] {
    if let der = try shelf.request(), let request = try? CertificateRequest.read(der),
      request.isFor(key), Set(request.alternativeNames) == Set(wish.names.map { .dns($0.host) })
    {
      return der
    }
    let der = try CertificateRequest.make(
      names: wish.names, requiresStaple: wish.requiresStaple, key: key
    ).der
    try shelf.store(request: der)
    return der
  }

  /// The record of the same wish; one of another wish is cleaned up after and dropped.
  private func currentRecord() throws -> IssuanceRecord {
    let identifiers = wish.names.map { ACMEIdentifier(type: "dns", value: $0.host) }
    let fresh = IssuanceRecord(
      directory: wish.directory, identifiers: identifiers, profile: wish.profile)
    guard let stored = try shelf.issuance() else { return fresh }
    if stored.directory == fresh.directory, stored.identifiers == identifiers,
      stored.profile == fresh.profile
    {
      return stored
    }
    for challenge in stored.challenges where challenge.stage != .removed {
      try publisher.remove(challenge.proof)
    }
    return fresh
  }

  private func isPreferred(_ pem: [UInt8]) -> Bool {
    guard let wanted = wish.preferredIssuer else { return true }
    guard let last = try? Certificate.readAll(pem).last else { return false }
    return last.facts.issuer.contains(wanted)
  }

  /// Held against key and names before anything uses it: a CA can err too.
  private func keep(_ chain: String, _ key: PrivateKey) throws -> [Certificate] {
    let pem = Array(chain.utf8)
    let certificates = try ChainArrangement(try Certificate.readAll(pem), for: key).served
    guard let leaf = certificates.first else {
      throw IssuanceFailure.needsAPerson("the CA sent no certificate")
    }
    // Held against the names as they stand there: `*.example.test` must be one of them itself.
    let named = (leaf.facts.alternativeNames ?? []).compactMap { name in
      if case .dns(let text) = name { try? DomainName(parsing: text) } else { nil }
    }
    for name in wish.names where !named.contains(name) {
      throw IssuanceFailure.needsAPerson("the CA's certificate does not cover \(name)")
    }
    try shelf.install(certificates, key)
    try shelf.closeIssuance()
    try shelf.discardKey("certificate.next")
    return certificates
  }
}
