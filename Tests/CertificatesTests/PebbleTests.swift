import Certificates
import DNSModel
import DNSProviders
import DNSTransport
import Digests
import Engine
import Foundation
import HTTP
import Migration
import Notation
import SystemIO
import TLSToolkit
import TestBeds
import TestSupport
import Testing

/// Issuance against a real CA, with proofs by dynamic update on a real primary that the CA resolves
/// through.
@Suite struct PebbleTests {
  let primary: UpdatablePrimary
  let folder = TemporaryDirectory()

  init() throws { primary = try UpdatablePrimary(.bind) }

  func publisher() -> DynamicUpdateChallenges {
    DynamicUpdateChallenges(
      zone: "example.test", server: primary.address, key: primary.broadKey,
      authorities: [primary.address])
  }

  func wish(_ ca: PebbleCA, _ names: [DomainName] = ["shop.example.test"]) -> CertificateWish {
    var wish = CertificateWish(names: names, directory: ca.directory)
    wish.authorityAnchors = ca.anchors
    wish.patience = .seconds(60)
    return wish
  }

  func shelf(_ name: String = "shelf") throws -> CertificateShelf {
    try CertificateShelf(directory: folder.file(name), seal: nil)
  }

  /// What is left in the zone at the challenge name.
  func leftovers(_ name: DomainName) throws -> Int {
    let challenge = try #require(name.prepending("_acme-challenge"))
    let answer = try DNSExchange.ask(Question(challenge, .txt), of: primary.address)
    return answer.message.answers.count
  }

  func verify(_ certificates: [Certificate], _ ca: PebbleCA, _ name: DomainName) throws {
    let anchors = try TrustAnchors.of(Certificate.readAll(ca.root()))
    let now = UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    let verdict = try ChainVerification(anchors: anchors, at: now).verdict(
      for: certificates[0], with: Array(certificates.dropFirst()), as: .host(name))
    #expect(verdict.faults.isEmpty, "\(verdict)")
  }

  @Test func issuesThroughAStrictCAThatRejectsEverySecondNonce() throws {
    let ca = try PebbleCA(dns: "\(primary.address)")
    let chain = try ACMEIssuer(wish: wish(ca), shelf: shelf(), publisher: publisher()).issue()
    try verify(chain, ca, "shop.example.test")
    #expect(try leftovers("shop.example.test") == 0)
    let shelf = try shelf()
    #expect(try shelf.chain() != nil)
    #expect(try shelf.key("certificate").map { chain[0].belongs(to: $0) } == true)
    #expect(try shelf.issuance() == nil)
  }

  @Test func anApexAndItsWildcardNeedTwoProofsAtOneName() throws {
    var manner = PebbleCA.Manner()
    manner.nonceRejection = 0
    let ca = try PebbleCA(dns: "\(primary.address)", manner)
    let lines = Mutex<[String]>([])
    let chain = try ACMEIssuer(
      wish: wish(ca, ["example.test", "*.example.test"]), shelf: shelf(), publisher: publisher()
    ) { line in lines.withLock { $0.append(line) } }.issue()
    try verify(chain, ca, "anything.example.test")
    try verify(chain, ca, "example.test")
    #expect(try leftovers("example.test") == 0)
    let requests = try #require(lines.withLock { $0 }.last)
    let count = try #require(Int(requests.prefix { $0.isNumber }))
    #expect(count <= 13, "certbot takes 13 requests, this took \(count)")
  }

  @Test(arguments: [0, 100]) func reusedAuthorizationsNeedNoProof(share: Int) throws {
    var manner = PebbleCA.Manner()
    manner.reusesAuthorizations = share
    let ca = try PebbleCA(dns: "\(primary.address)", manner)
    for round in 0..<2 {
      let lines = Mutex<[String]>([])
      _ = try ACMEIssuer(wish: wish(ca), shelf: shelf(), publisher: publisher()) { line in
        lines.withLock { $0.append(line) }
      }.issue()
      let published = lines.withLock { $0 }.contains { $0.contains("was published") }
      #expect(published == !(share == 100 && round == 1))
    }
  }

  @Test func externalAccountsAreBound() throws {
    var manner = PebbleCA.Manner()
    manner.needsExternalAccount = true
    let ca = try PebbleCA(dns: "\(primary.address)", manner)
    #expect(throws: IssuanceFailure.self) {
      try ACMEIssuer(wish: wish(ca), shelf: shelf(), publisher: publisher()).issue()
    }
    var bound = wish(ca)
    let mac = try #require([UInt8](base64: PebbleCA.externalKey, .url))
    bound.external = ExternalAccount(keyIdentifier: "kid-1", macKey: mac)
    let chain = try ACMEIssuer(wish: bound, shelf: shelf(), publisher: publisher()).issue()
    try verify(chain, ca, "shop.example.test")
  }

  @Test func alternateChainsCanBePreferred() throws {
    var manner = PebbleCA.Manner()
    manner.alternateRoots = 2
    let ca = try PebbleCA(dns: "\(primary.address)", manner)
    let roots = try (0...2).map { try Certificate.readAll(ca.root($0))[0] }
    for root in roots {
      var preferring = wish(ca)
      preferring.preferredIssuer = root.facts.commonNames[0]
      let chain = try ACMEIssuer(
        wish: preferring, shelf: shelf(root.facts.fingerprint.hex), publisher: publisher()
      ).issue()
      #expect(chain.last?.facts.issuer.contains(root.facts.commonNames[0]) == true)
    }
  }

  @Test func aFailingValidationIsToldAndCleanedUpAfter() throws {
    let ca = try PebbleCA(dns: "127.0.0.1:1")
    do {
      _ = try ACMEIssuer(wish: wish(ca), shelf: shelf(), publisher: publisher()).issue()
      Issue.record("issued without proof")
    } catch let failure as IssuanceFailure {
      guard case .needsAPerson(let reason) = failure else {
        Issue.record("\(failure)")
        return
      }
      #expect(reason.contains("shop.example.test"), "\(reason)")
    }
    #expect(try leftovers("shop.example.test") == 0)
  }

  @Test func aWildcardAliasThatAnswersForTheChallengeBurnsNoAttempt() throws {
    let ca = try PebbleCA(dns: "\(primary.address)")
    // *.wild.example.test is an alias: publishing below it would work, but until then it answers.
    struct OnlyLooks: ChallengePublisher {
      let real: DynamicUpdateChallenges
      func publish(_ proof: ChallengeProof) {}
      func visibility(of proof: ChallengeProof) -> ChallengeVisibility {
        real.visibility(of: proof)
      }
      func remove(_ proof: ChallengeProof) throws { try real.remove(proof) }
    }
    do {
      _ = try ACMEIssuer(
        wish: wish(ca, ["a.wild.example.test"]), shelf: shelf(),
        publisher: OnlyLooks(real: publisher())
      ).issue()
      Issue.record("issued without proof")
    } catch let failure as IssuanceFailure {
      #expect(failure.description.contains("alias to old.example.net."), "\(failure)")
    }
    #expect(ca.validations == 0, "the CA was asked to look")
  }

  /// Between the turns of a move a proof stays; it goes when the move is given up, and the order is kept.
  @Test func aMoveThatIsGivenUpTakesItsProofAway() throws {
    struct Lagging: ChallengePublisher {
      let real: DynamicUpdateChallenges
      func publish(_ proof: ChallengeProof) throws { try real.publish(proof) }
      func visibility(of proof: ChallengeProof) -> ChallengeVisibility { .notYet("ns2") }
      func remove(_ proof: ChallengeProof) throws { try real.remove(proof) }
    }
    let ca = try PebbleCA(dns: "\(primary.address)")
    let plan = SamplePlans.contoso()
    let key = EffectKey(migration: MigrationID("0190-proof"), number: 1, epoch: 1)
    var turn = wish(ca)
    turn.leavesProofs = true
    turn.patience = .seconds(5)
    let issuer = ACMEPlanIssuer(
      wish: turn, shelf: try shelf(), publisher: Lagging(real: publisher()), tell: { _ in })
    #expect(issuer.obtain(key: key, plan: plan) == .rejected(.tryAgain))
    #expect(try leftovers("shop.example.test") == 1)
    for _ in 0..<2 {
      issuer.withdraw(plan: plan)
      #expect(try leftovers("shop.example.test") == 0)
    }
    #expect(ca.validations == 0)
    let again = ACMEPlanIssuer(
      wish: wish(ca), shelf: try shelf(), publisher: publisher(), tell: { _ in })
    #expect(again.obtain(key: key, plan: plan) == .applied)
    #expect(ca.orders == 1)
  }

  @Test func theAccountsKeyCanBeChangedAndTheAccountClosed() throws {
    let ca = try PebbleCA(dns: "\(primary.address)")
    let first = try AccountKey(PrivateKey.generate(.p256))
    let second = try AccountKey(PrivateKey.generate(.p256))
    let client = try ACMEClient(directoryURL: ca.directory, transport: ca.client(), signer: first)
    let account = try client.openAccount(contact: ["mailto:ops@example.test"])
    try client.changeKey(to: second)
    let renewed = try ACMEClient(
      directoryURL: ca.directory, transport: ca.client(), signer: second, accountURL: account.url)
    #expect(try renewed.openAccount(contact: []).url == account.url)
    try renewed.deactivateAccount()
    #expect(throws: ACMEError.self) {
      try renewed.newOrder([ACMEIdentifier(type: "dns", value: "shop.example.test")])
    }
  }

  @Test func keysLieSealedAndNothingIsReadableByOthers() throws {
    let ca = try PebbleCA(dns: "\(primary.address)")
    let seal = try Seal(key: Secret([UInt8](repeating: 7, count: 32)))
    let shelf = try CertificateShelf(directory: folder.file("sealed"), seal: seal)
    _ = try ACMEIssuer(wish: wish(ca), shelf: shelf, publisher: publisher()).issue()
    for name in try FileManager.default.contentsOfDirectory(atPath: shelf.directory) {
      let file = "\(shelf.directory)/\(name)"
      let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(name)")
      let content = String(
        decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
      #expect(!content.contains("PRIVATE KEY"), "\(name)")
    }
    let blind = try CertificateShelf(directory: folder.file("sealed"), seal: nil)
    #expect(throws: FileError.self) { try blind.key("certificate") }
  }
}
