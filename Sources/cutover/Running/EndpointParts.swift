import Certificates
import DNSModel
import DNSProviders
import Digests
import Engine
import Migration
import Notation
import Routers
import SystemIO
import TLSToolkit

/// The new endpoint's certificate and router, as a plan asks for them. Keys, orders and chains lie in
/// the state directory, a folder for each name.
struct EndpointParts {
  let plan: Plan
  /// Below it each hostname has its folder.
  let folder: String
  let clock: any MigrationClock
  let tell: (String) -> Void

  // MARK: the certificate

  /// Nil where nothing has to be obtained by us: the router, or a person, sees to it.
  func issuer() throws -> (any CertificateIssuer)? {
    switch plan.certificate.issuer {
    case .router: return nil
    case .files(let chain, let key):
      // A router that is configured by hand has its files already.
      guard isDrivenByUs else { return nil }
      return FilesIssuer(
        chainPath: chain, key: key, shelf: try shelf(), tell: tell)
    case .localAuthority(let certificate, let key):
      return LocalAuthorityIssuer(
        certificatePath: certificate, key: key, shelf: try shelf(),
        life: plan.certificate.assumedLife ?? CertificatePlan.localLife, tell: tell)
    case .acme(let acme):
      return ACMEPlanIssuer(
        wish: try wish(acme), shelf: try shelf(), publisher: try challenges(),
        permission: try CAADesk(plan), tell: tell)
    }
  }

  /// Why the plan's certificate cannot be obtained by this version; empty when it can.
  static func cannotObtain(_ plan: Plan) -> [String] {
    switch plan.certificate.issuer {
    case .router, .files: return []
    case .localAuthority:
      return driven(plan) ? [] : [byHand("local-authority")]
    case .acme(let acme):
      var reasons: [String] = []
      switch (driven(plan), acme.request) {
      case (true, nil), (false, .some): break
      case (false, nil): reasons.append(byHand("acme"))
      case (true, .some):
        reasons.append(
          "certificate.request: HAProxy is handed chain and key together; without request the key is "
            + "made here")
      }
      if acme.challenge == .http01 {
        reasons.append("certificate: http-01 inside a migration; use challenge: dns-01")
      }
      reasons += cannotPublish(plan)
      return reasons
    }
  }

  private static func byHand(_ issuer: String) -> String {
    "certificate: issuer \(issuer) with a router that is configured by hand; put the certificate in "
      + "place yourself, and use issuer: router or issuer: files"
  }

  private static func driven(_ plan: Plan) -> Bool {
    if case .haproxy = plan.router.kind { true } else { false }
  }

  private var isDrivenByUs: Bool { Self.driven(plan) }

  private func shelf() throws -> CertificateShelf {
    let seal = try plan.certificate.seal.map { try Seal(key: $0.resolve()) }
    return try CertificateShelf(
      directory: "\(folder)/\(plan.hostname.folded.host)", seal: seal)
  }

  /// One challenge and one look each turn: the loop must not be held up for the whole issuance.
  private func wish(_ acme: ACMEPlan) throws -> CertificateWish {
    var wish = CertificateWish(names: [plan.hostname], directory: acme.directory)
    wish.contact = acme.contact.map { $0.contains(":") ? $0 : "mailto:\($0)" }
    // A person at a panel takes longer than a turn may.
    wish.patience = plan.zone.provider.isManual ? .seconds(20) : .minutes(2)
    // A provider slower than that is given the time between the turns as well.
    wish.leavesProofs = true
    wish.staging = acme.staging
    wish.profile = acme.profile
    wish.preferredIssuer = acme.preferredChain
    if let external = acme.external {
      wish.external = try ExternalAccount(keyIdentifier: external.id, key: external.key)
    }
    if let file = acme.request {
      wish.request = try CertificateRequest.read(try AtomicFile.read(file))
    }
    if let file = plan.environment.trust { wish.authorityAnchors = try AtomicFile.read(file) }
    wish.accountKey = try accountKey(acme.accountKey)
    return wish
  }

  /// Made on first use when it is to lie in a file that is not there yet.
  private func accountKey(_ source: SecretReference) throws -> PrivateKey {
    if source.kind == .file, !AtomicFile.exists(source.name) {
      let key = try PrivateKey.generate(.p256)
      try key.pem().reveal { try AtomicFile.replace(source.name, with: $0) }
      return key
    }
    return try source.resolve().reveal { try PrivateKey.read($0) }
  }

  private func challenges() throws -> any ChallengePublisher {
    try ChallengeDesk(
      zone: plan.zone.origin,
      authorities: try plan.zone.authoritatives.map { try $0.address.socketAddress }, tell: tell
    ).publisher(plan.zone.provider.kind)
  }

  /// A program that cannot be asked is the provider's own trouble, and is told of as such.
  private static func cannotPublish(_ plan: Plan) -> [String] {
    guard case .program(let words, _) = plan.zone.provider.kind else { return [] }
    let challenges = ExecChallenges(zone: plan.zone.origin, words: words, authorities: [])
    return (try? challenges.lack(for: plan.hostname)).flatMap { $0 }.map { ["certificate: \($0)"] }
      ?? []
  }

  // MARK: the router

  func router(_ evidence: EvidenceDesk) throws -> any GlobalRouter {
    guard case .haproxy(let haproxy) = plan.router.kind else {
      var place = ""
      if case .manual(let instructions) = plan.router.kind { place = instructions }
      return ManualRouter(instructions: place, look: { evidence.router() }, tell: tell)
    }
    let (shelf, hostname, clock) = (try shelf(), plan.hostname, clock)
    return HAProxyRouter(
      hostname: hostname, plan: haproxy, regions: plan.router.regions,
      certificate: {
        guard let (chain, key) = try shelf.current(for: hostname, at: clock.now().latest),
          let leaf = chain.first
        else { return nil }
        let chainText = Array(chain.map(\.pem).joined().utf8)
        let pem = try key.pem().reveal { Secret(chainText + $0) }
        return RouterCertificate(
          pem: pem, serial: leaf.facts.serialNumber.hex, notAfter: leaf.facts.notAfter)
      }, shown: { try shownSerials() }, now: { clock.now() }, tell: tell)
  }

  /// The certificate that each address of the router really shows for the name.
  private func shownSerials() throws -> [String] {
    let context = try TLSContext.client(TLSClientSettings())
    return try plan.router.addresses.map { address in
      let connection = try TLSConnection(
        to: address.socketAddress, context, serverName: plan.hostname, trust: nil,
        until: Deadline(in: .seconds(5)))
      defer { connection.close() }
      return connection.session.peerCertificates.first?.facts.serialNumber.hex ?? "none"
    }
  }
}
