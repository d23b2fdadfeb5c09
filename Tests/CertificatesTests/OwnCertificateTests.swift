import Certificates
import DNSModel
import Engine
import Foundation
import Migration
import Notation
import SystemIO
import TLSToolkit
import TestBeds
import TestSupport
import Testing

/// A certificate that exists already, and one of an authority of one's own: held against name, key and
/// clock on the spot, and renewed when a later one is there.
@Suite struct OwnCertificateTests {
  static let plan = SamplePlans.contoso()
  static let effect = EffectKey(
    migration: MigrationID("0190-own"), number: 1, epoch: 1)
  let folder = TemporaryDirectory()
  let now = UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
  let workshop: CertificateWorkshop
  let said = Mutex<[String]>([])

  init() throws { workshop = try CertificateWorkshop(around: now) }

  func leaf(_ change: (inout CertificateTemplate) -> Void = { _ in }) throws -> Certificate {
    try workshop.leaf(around: now) {
      $0.names = [Self.plan.hostname]
      change(&$0)
    }
  }

  func write(_ chain: [Certificate], _ key: PrivateKey, as name: String = "chain.pem") throws {
    folder.write(name, chain.map(\.pem).joined())
    let pem = try key.pem().reveal { String(decoding: $0, as: UTF8.self) }
    folder.write("key.pem", pem, mode: 0o600)
  }

  func shelf() throws -> CertificateShelf {
    try CertificateShelf(directory: folder.file("shelf"), seal: nil)
  }

  func issuer(
    _ chain: String = "chain.pem", secret: String = "key.pem"
  ) throws -> FilesIssuer {
    let said = said
    return FilesIssuer(
      chainPath: folder.file(chain), key: SecretReference(.file, folder.file(secret)),
      shelf: try shelf(), tell: { line in said.withLock { $0.append(line) } })
  }

  /// A PKCS#12 file as OpenSSL's own tool writes it.
  func bag(_ leaf: Certificate, passphrase: String) throws {
    try write([leaf, workshop.intermediate.certificate], workshop.leafKey, as: "in.pem")
    let made = try Programs.run(
      "openssl",
      [
        "pkcs12", "-export", "-in", folder.file("in.pem"), "-inkey", folder.file("key.pem"), "-out",
        folder.file("bag.p12"), "-passout", "env:BAG",
      ], environment: ["BAG": passphrase])
    #expect(made.status == 0, "\(made)")
  }

  @Test func aBagWithItsPassphraseIsPutToUse() throws {
    let leaf = try leaf()
    try bag(leaf, passphrase: "open sesame")
    folder.write("passphrase", "open sesame\n", mode: 0o600)
    let outcome = try issuer("bag.p12", secret: "passphrase").obtain(
      key: Self.effect, plan: Self.plan)
    #expect(outcome == .applied, "\(said.withLock { $0 })")
    let used = try #require(try shelf().current(for: Self.plan.hostname, at: now))
    #expect(used.chain == [leaf, workshop.intermediate.certificate])
    #expect(leaf.belongs(to: used.key))
  }

  @Test func aWrongPassphraseIsSaidAndNotRepeated() throws {
    try bag(leaf(), passphrase: "open sesame")
    folder.write("passphrase", "canary barley\n", mode: 0o600)
    let outcome = try issuer("bag.p12", secret: "passphrase").obtain(
      key: Self.effect, plan: Self.plan)
    #expect(outcome == .rejected(.needsPerson))
    let text = said.withLock { $0.joined() }
    #expect(text.contains("bag.p12") && !text.contains("canary"), "\(text)")
    #expect(try shelf().chain() == nil)
  }

  @Test func whatClientsWouldRefuseIsNotPutToUse() throws {
    let other = try PrivateKey.generate(.p256)
    let now = now
    let cases: [(Certificate, PrivateKey, String)] = [
      (
        try leaf {
          $0.notBefore = now - .days(90)
          $0.notAfter = now - .seconds(2)
        }, workshop.leafKey, "it is valid from"
      ),
      (try leaf { $0.notBefore = now + .hours(1) }, workshop.leafKey, "it is valid from"),
      (try leaf { $0.names = ["other.test"] }, workshop.leafKey, "it does not cover"),
      (try leaf(), other, "none of them belongs to the key"),
    ]
    for (leaf, key, reason) in cases {
      try write([leaf, workshop.intermediate.certificate], key)
      let outcome = try issuer().obtain(key: Self.effect, plan: Self.plan)
      #expect(outcome == .rejected(.needsPerson), "\(leaf.facts)")
      let last = said.withLock { $0.last ?? "" }
      #expect(last.contains(reason) && last.contains("chain.pem"), "\(last)")
      #expect(try shelf().chain() == nil, "\(last)")
    }
  }

  @Test func aChainInAnyOrderIsServedLeafFirst() throws {
    let leaf = try leaf()
    let chain = [
      workshop.root.certificate, workshop.intermediate.certificate, leaf,
    ]
    try write(chain, workshop.leafKey)
    #expect(
      try issuer().obtain(key: Self.effect, plan: Self.plan) == .applied, "\(said.withLock { $0 })")
    #expect(try shelf().current(for: Self.plan.hostname, at: now)?.chain.first == leaf)
  }

  @Test func aFileIsRenewedOnceItsSuccessorLiesThere() throws {
    let first = try leaf()
    try write([first, workshop.intermediate.certificate], workshop.leafKey)
    #expect(try issuer().obtain(key: Self.effect, plan: Self.plan) == .applied)
    let end = first.facts.notAfter
    let early = try issuer().renew(endingAt: end, key: Self.effect, plan: Self.plan)
    #expect(early == .rejected(.tryAgain))
    #expect(said.withLock { $0.last ?? "" }.contains("put its successor there"))
    let next = try leaf { $0.notAfter = end + .days(5) }
    try write([next, workshop.intermediate.certificate], workshop.leafKey)
    #expect(try issuer().renew(endingAt: end, key: Self.effect, plan: Self.plan) == .applied)
    #expect(try shelf().current(for: Self.plan.hostname, at: now)?.chain.first == next)
    // Told again after a crash, it finds its work done, whatever lies in the file by then.
    try write([first, workshop.intermediate.certificate], workshop.leafKey)
    #expect(try issuer().renew(endingAt: end, key: Self.effect, plan: Self.plan) == .applied)
    #expect(try shelf().current(for: Self.plan.hostname, at: now)?.chain.first == next)
  }

  @Test func anAuthorityOfOnesOwnRenewsWithWhatLastsLonger() throws {
    folder.write("ca.pem", workshop.root.certificate.pem)
    let pem = try workshop.rootKey.pem().reveal { String(decoding: $0, as: UTF8.self) }
    folder.write("ca.key", pem, mode: 0o600)
    func authority(life: TimeSpan) throws -> LocalAuthorityIssuer {
      LocalAuthorityIssuer(
        certificatePath: folder.file("ca.pem"), key: SecretReference(.file, folder.file("ca.key")),
        shelf: try shelf(), life: life, tell: { _ in })
    }
    #expect(try authority(life: .hours(1)).obtain(key: Self.effect, plan: Self.plan) == .applied)
    let first = try #require(try shelf().current(for: Self.plan.hostname, at: now)?.chain.first)
    let end = first.facts.notAfter
    #expect(end > now + .minutes(59) && end < now + .minutes(62))
    for _ in 0..<2 {
      let renewed = try authority(life: .hours(2)).renew(
        endingAt: end, key: Self.effect, plan: Self.plan)
      #expect(renewed == .applied)
    }
    let next = try #require(try shelf().current(for: Self.plan.hostname, at: now)?.chain.first)
    #expect(next.facts.notAfter > end && next.facts.serialNumber != first.facts.serialNumber)
  }
}
