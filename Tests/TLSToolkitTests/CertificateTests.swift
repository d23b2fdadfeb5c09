import DNSModel
import Migration
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

@testable import TLSToolkit

@Suite struct CertificateTests {
  let workshop: CertificateWorkshop
  init() throws { workshop = try CertificateWorkshop() }

  @Test func tellsWhatWasWritten() throws {
    let leaf = try workshop.leaf {
      $0.commonName = "api"
      $0.names = ["api.contososhoes.test", "*.shop.test"]
      $0.addresses = [
        [192, 0, 2, 1], [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11) + [1],
      ]
      $0.requiresStaple = true
    }
    let facts = leaf.facts
    #expect(facts.commonNames == ["api"])
    #expect(
      facts.alternativeNames?.map(\.description) == [
        "api.contososhoes.test", "*.shop.test", "192.0.2.1", "2001:db8::1",
      ])
    #expect(facts.notBefore == CertificateWorkshop.now - .days(10))
    #expect(facts.notAfter == CertificateWorkshop.now + .days(80) - .seconds(1))
    #expect(facts.lifetime == .days(90))
    #expect(facts.key == .ellipticCurve(name: "P-256", bits: 256))
    #expect(facts.signatureHash == "SHA256")
    #expect(facts.requiresStaple)
    #expect(!facts.isAuthority)
    #expect(facts.keyUsage == ["digitalSignature"])
    #expect(facts.extendedKeyUsage == [CertificateFacts.serverAuthentication])
    #expect(facts.publicKeyHash == workshop.leafKey.publicKeyHash)
    #expect(facts.issuer == "CN=Workshop Intermediate")
    #expect(facts.unknownCriticalExtensions.isEmpty && facts.malformedExtensions.isEmpty)
    #expect(workshop.intermediate.certificate.facts.mayHaveIssued(facts))
    #expect(!workshop.root.certificate.facts.mayHaveIssued(facts))
    #expect(leaf.isSigned(by: workshop.intermediate.certificate))
    #expect(!leaf.isSigned(by: workshop.root.certificate))
  }

  @Test func survivesPEMAndDER() throws {
    let leaf = try workshop.leaf()
    #expect(try Certificate(der: leaf.der) == leaf)
    let both = leaf.pem + "some words between\n" + workshop.root.certificate.pem
    #expect(try Certificate.readAll(Array(both.utf8)) == [leaf, workshop.root.certificate])
    #expect(throws: CryptoProblem.self) { try Certificate(der: leaf.der + [0]) }
    #expect(throws: CryptoProblem.self) { try Certificate.readAll(Array("nothing".utf8)) }
    let broken = leaf.pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    #expect(throws: CryptoProblem.self) { try Certificate.readAll(Array(broken.utf8)) }
  }

  @Test func theRequestSaysWhatWasAskedAndTheAuthoritySignsJustThat() throws {
    let key = try PrivateKey.generate(.p384)
    let request = try CertificateRequest.make(
      names: ["a.test", "*.b.test"], addresses: [[127, 0, 0, 1]], requiresStaple: true, key: key)
    let copy = try CertificateRequest.read(Array(request.pem.utf8))
    #expect(copy.der == request.der)
    #expect(copy.isSignedByItsKey && copy.isFor(key) && copy.requiresStaple)
    #expect(copy.alternativeNames.map(\.description) == ["a.test", "*.b.test", "127.0.0.1"])
    let issued = try workshop.intermediate.issue(copy, CertificateWorkshop.template([]))
    #expect(issued.facts.alternativeNames == copy.alternativeNames)
    #expect(issued.facts.requiresStaple)
    #expect(issued.belongs(to: key))
  }

  @Test func aForgedRequestIsNotSigned() throws {
    var bytes = try CertificateRequest.make(names: ["a.test"], key: workshop.leafKey).der
    bytes[bytes.count - 1] ^= 1
    let forged = try CertificateRequest.read(bytes)
    #expect(!forged.isSignedByItsKey)
    #expect(throws: CryptoProblem.self) {
      try workshop.root.issue(forged, CertificateWorkshop.template([]))
    }
  }

  @Test func theBagKeepsKeyAndChainTogether() throws {
    let leaf = try workshop.leaf()
    let passphrase = Secret(Array("käsekuchen".utf8))
    let bag = KeyBag(
      key: workshop.leafKey, certificate: leaf, others: [workshop.intermediate.certificate])
    let bytes = try bag.encoded(passphrase: passphrase, name: "api")
    let copy = try KeyBag.read(bytes, passphrase: passphrase)
    #expect(copy.certificate == leaf && copy.others == [workshop.intermediate.certificate])
    #expect(copy.key.publicKeyInfo == workshop.leafKey.publicKeyInfo)
    #expect(throws: CryptoProblem.self) {
      try KeyBag.read(bytes, passphrase: Secret(Array("wrong".utf8)))
    }
  }

  @Test func chainsAreSortedAndStrangersPutAside() throws {
    let leaf = try workshop.leaf()
    let stranger = try CertificateWorkshop().root.certificate
    let (root, middle) = (workshop.root.certificate, workshop.intermediate.certificate)
    for given in [[leaf, middle, root], [root, middle, leaf], [middle, leaf, leaf, root]] {
      let chain = try ChainArrangement(given + [stranger], for: workshop.leafKey)
      #expect(chain.served == [leaf, middle])
      #expect(chain.root == root)
      #expect(chain.extras == [stranger])
    }
    #expect(try ChainArrangement([middle, leaf]).served == [leaf, middle])
    #expect(throws: CryptoProblem.self) {
      try ChainArrangement([leaf], for: PrivateKey.generate(.p256))
    }
  }
}

@Suite struct OldFormsTests {
  /// OpenSSL 1 and Windows seal certificates with RC2 by default; such files are still handed around.
  @Test func bagsOfOlderProgramsAreRead() throws {
    let workshop = try CertificateWorkshop()
    let folder = TemporaryDirectory()
    let leaf = try workshop.leaf()
    folder.write("leaf.pem", leaf.pem)
    _ = try workshop.leafKey.pem().reveal {
      folder.write("key.pem", String(decoding: $0, as: UTF8.self))
    }
    let run = try Programs.run(
      "openssl",
      [
        "pkcs12", "-export", "-legacy", "-in", folder.file("leaf.pem"), "-inkey",
        folder.file("key.pem"), "-passout", "pass:secret", "-out", folder.file("old.p12"),
      ])
    #expect(run.status == 0, "\(run)")
    let bytes = try AtomicFile.read(folder.file("old.p12"))
    let bag = try KeyBag.read(bytes, passphrase: Secret(Array("secret".utf8)))
    #expect(bag.certificate == leaf)
    #expect(bag.key.publicKeyInfo == workshop.leafKey.publicKeyInfo)
    #expect(throws: CryptoProblem.self) {
      try KeyBag.read(bytes, passphrase: Secret(Array("wrong".utf8)))
    }
  }

  @Test func placesOfRevocationListsAreTold() throws {
    let leaf = try CertificateWorkshop().leaf { $0.revocationList = "http://crl.test/1.crl" }
    #expect(leaf.facts.revocationListURLs == ["http://crl.test/1.crl"])
    #expect(try CertificateWorkshop().leaf().facts.revocationListURLs.isEmpty)
  }
}
