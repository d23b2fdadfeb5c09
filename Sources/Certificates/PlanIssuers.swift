import DNSModel
import Engine
import Migration
import Notation
import SystemIO
import TLSToolkit

/// Obtains the certificate of a migration by ACME. Calling it again goes on with the order on the
/// shelf, whatever became of the process that placed it (R17).
public struct ACMEPlanIssuer: CertificateIssuer {
  private let wish: CertificateWish
  private let shelf: CertificateShelf
  private let publisher: any ChallengePublisher
  private let permission: (any IssuancePermission)?
  private let tell: (String) -> Void

  public init(
    wish: CertificateWish, shelf: CertificateShelf, publisher: any ChallengePublisher,
    permission: (any IssuancePermission)? = nil, tell: @escaping (String) -> Void
  ) {
    self.wish = wish
    self.shelf = shelf
    self.publisher = publisher
    self.permission = permission
    self.tell = tell
  }

  public func renew(
    endingAt end: UTCInstant, key: EffectKey, plan: CompiledPlan
  ) -> EffectOutcome {
    if shelf.outlasts(end, for: plan.hostname) { return .applied }
    return obtain(key: key, plan: plan)
  }

  private var issuer: ACMEIssuer {
    ACMEIssuer(
      wish: wish, shelf: shelf, publisher: publisher, permission: permission, progress: tell)
  }

  public func withdraw(plan: CompiledPlan) {
    do { try issuer.withdraw() } catch {
      tell("a proof for \(plan.hostname.host) may still be published: \(error)")
    }
  }

  public func obtain(key: EffectKey, plan: CompiledPlan) -> EffectOutcome {
    do {
      _ = try issuer.issue()
      return .applied
    } catch let failure as IssuanceFailure {
      tell("certificate for \(plan.hostname.host): \(failure)")
      if case .needsAPerson = failure { return .rejected(.needsPerson) }
      return .rejected(.tryAgain)
    } catch {
      tell("certificate for \(plan.hostname.host): \(error)")
      // Nothing was asked that the shelf does not know of: the next attempt reads how it stands.
      return .rejected(.tryAgain)
    }
  }
}

/// Puts a chain and a key that exist already on the shelf, once they fit each other and the name.
public struct FilesIssuer: CertificateIssuer {
  private let chainPath: String
  private let key: SecretReference
  private let shelf: CertificateShelf
  private let tell: (String) -> Void

  public init(
    chainPath: String, key: SecretReference, shelf: CertificateShelf,
    tell: @escaping (String) -> Void
  ) {
    self.chainPath = chainPath
    self.key = key
    self.shelf = shelf
    self.tell = tell
  }

  public func renew(
    endingAt end: UTCInstant, key: EffectKey, plan: CompiledPlan
  ) -> EffectOutcome {
    if shelf.outlasts(end, for: plan.hostname) { return .applied }
    let outcome = obtain(key: key, plan: plan)
    guard outcome == .applied, !shelf.outlasts(end, for: plan.hostname) else { return outcome }
    tell(
      "certificate for \(plan.hostname.host): what \(safeText(chainPath)) holds ends at \(end) or "
        + "before; put its successor there")
    return .rejected(.tryAgain)
  }

  public func obtain(key effect: EffectKey, plan: CompiledPlan) -> EffectOutcome {
    do {
      _ = try issue(for: [plan.hostname])
      return .applied
    } catch {
      tell("certificate for \(plan.hostname.host) from \(safeText(chainPath)): \(error)")
      return .rejected(.needsPerson)
    }
  }

  /// Of what the file holds now: the chain that is in use afterwards.
  public func issue(for names: [DomainName]) throws -> [Certificate] {
    let (certificates, others, key) = try material()
    let chain = try ChainArrangement([certificates] + others, for: key).served
    try shelf.install(chain, key, for: names)
    return chain
  }

  /// A PKCS#12 bag (whose passphrase stands at `key`), or PEM with the key at `key`.
  private func material() throws -> (Certificate, [Certificate], PrivateKey) {
    let bytes = try AtomicFile.read(chainPath)
    let secret = try key.resolve()
    if chainPath.hasSuffix(".p12") || chainPath.hasSuffix(".pfx") {
      let bag = try KeyBag.read(bytes, passphrase: secret)
      return (bag.certificate, bag.others, bag.key)
    }
    let key = try secret.reveal { try PrivateKey.read($0) }
    let certificates = try Certificate.readAll(bytes)
    guard let first = certificates.first else {
      throw CryptoProblem("reading a chain", "\(safeText(chainPath)) holds no certificate")
    }
    return (first, Array(certificates.dropFirst()), key)
  }
}

/// Issues from a certification authority of one's own: for private names, and the sandbox.
public struct LocalAuthorityIssuer: CertificateIssuer {
  private let certificatePath: String
  private let key: SecretReference
  private let shelf: CertificateShelf
  private let life: TimeSpan
  private let tell: (String) -> Void

  public init(
    certificatePath: String, key: SecretReference, shelf: CertificateShelf,
    life: TimeSpan = CertificatePlan.localLife, tell: @escaping (String) -> Void
  ) {
    self.certificatePath = certificatePath
    self.key = key
    self.shelf = shelf
    self.life = life
    self.tell = tell
  }

  public func renew(
    endingAt end: UTCInstant, key: EffectKey, plan: CompiledPlan
  ) -> EffectOutcome {
    if shelf.outlasts(end, for: plan.hostname) { return .applied }
    return obtain(key: key, plan: plan)
  }

  public func obtain(key effect: EffectKey, plan: CompiledPlan) -> EffectOutcome {
    do {
      _ = try issue(for: [plan.hostname])
      return .applied
    } catch {
      tell("certificate for \(plan.hostname.host) from the local authority: \(error)")
      return .rejected(.needsPerson)
    }
  }

  /// The chain that is in use afterwards, down to whoever is to be trusted.
  public func issue(for names: [DomainName]) throws -> [Certificate] {
    let certificates = try Certificate.readAll(try AtomicFile.read(certificatePath))
    let authorityKey = try key.resolve().reveal { try PrivateKey.read($0) }
    guard let root = certificates.first, root.belongs(to: authorityKey) else {
      throw CryptoProblem("issuing", "the authority's key is not that of its certificate")
    }
    let authority = LocalAuthority(certificate: root, key: authorityKey)
    let key = try shelf.key("certificate", .p256)
    let request = try CertificateRequest.make(names: names, key: key)
    let now = SystemClock.wall()
    let template = CertificateTemplate(from: now - .minutes(5), until: now + life)
    let leaf = try authority.issue(request, template)
    let chain = [leaf] + certificates.dropLast(root.facts.isSelfIssued ? 1 : 0)
    try shelf.install(chain, key, for: names)
    return chain
  }
}

extension CertificateShelf {
  /// Whether the one in use lasts longer than `end`: renewed already.
  func outlasts(_ end: UTCInstant, for hostname: DomainName) -> Bool {
    let leaf = try? current(for: hostname, at: SystemClock.wall())?.chain.first
    return leaf.map { $0.facts.notAfter > end } ?? false
  }

  /// Puts key and chain in use, after holding them against each other. The key goes first: a chain
  /// without its key would be of no use, a key without its chain waits.
  public func install(_ chain: [Certificate], _ key: PrivateKey) throws {
    guard let leaf = chain.first, leaf.belongs(to: key) else {
      throw CryptoProblem("installing a certificate", "it is not for the key beside it")
    }
    try store(key, "certificate")
    try store(chain: Array(chain.map(\.pem).joined().utf8))
  }

  /// The same, for names that it must cover.
  public func install(
    _ chain: [Certificate], _ key: PrivateKey, for names: [DomainName]
  ) throws {
    let named = chain.first?.facts.alternativeNames ?? []
    let missing = names.first { name in
      // A wildcard must stand there itself.
      name.isWildcard
        ? !named.contains(.dns(name.folded.host))
        : chain.first?.facts.covers(.host(name)) != true
    }
    if let missing {
      throw CryptoProblem("installing a certificate", "it does not cover \(missing)")
    }
    let now = SystemClock.wall()
    guard chain.first?.facts.isValid(at: now) == true else {
      let facts = chain.first?.facts
      throw CryptoProblem(
        "installing a certificate",
        "it is valid from \(facts?.notBefore ?? now) until \(facts?.notAfter ?? now), and now is \(now)"
      )
    }
    try install(chain, key)
  }

  /// What is in use for `hostname`, if it can be used at `moment`.
  public func current(
    for hostname: DomainName, at moment: UTCInstant
  ) throws -> (chain: [Certificate], key: PrivateKey)? {
    guard let pem = try chain(), let key = try key("certificate") else { return nil }
    let chain = try Certificate.readAll(pem)
    guard let leaf = chain.first, leaf.belongs(to: key), leaf.facts.covers(.host(hostname)),
      leaf.facts.isValid(at: moment)
    else { return nil }
    return (chain, key)
  }
}
