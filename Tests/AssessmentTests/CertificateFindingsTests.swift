import Assessment
import Migration
import Notation
import Testing

/// A certificate that is right, and each rule broken by one detail.
@Suite struct CertificateFindingsTests {
  static let now = UTCInstant(seconds: 1_795_262_400)

  static func sound(issued: UTCInstant = now - .days(10), days: Int = 90) -> CertificateFacts {
    var facts = CertificateFacts()
    facts.subjectBytes = [1]
    facts.issuerBytes = [2]
    facts.alternativeNames = [.dns("api.shop.test")]
    facts.notBefore = issued
    facts.notAfter = issued + .days(days) - .seconds(1)
    facts.key = .ellipticCurve(name: "P-256", bits: 256)
    facts.signatureHash = "SHA256"
    facts.extendedKeyUsage = [CertificateFacts.serverAuthentication]
    facts.signedTimestampCount = 2
    return facts
  }

  private func ids(
    isPrivate: Bool = false, at now: UTCInstant = now, _ facts: CertificateFacts = sound(),
    _ change: (inout CertificateFacts) -> Void = { _ in }
  ) -> [String] {
    var facts = facts
    change(&facts)
    return CertificateFindings(facts, at: now, isPrivate: isPrivate).all.map(\.id)
  }

  @Test func nothingIsFoundInASoundOne() { #expect(ids() == []) }

  @Test func keysBelowTheBaselineAreBroken() {
    for key in [
      KeyAlgorithm.rsa(bits: 2048), .rsa(bits: 4096), .ellipticCurve(name: "P-384", bits: 384),
    ] {
      #expect(ids { $0.key = key } == [])
    }
    for key in [
      KeyAlgorithm.rsa(bits: 1024), .rsa(bits: 2047), .other(name: "DSA", bits: 2048),
      .ellipticCurve(name: "secp224r1", bits: 224), .ellipticCurve(name: "secp256k1", bits: 256),
    ] {
      #expect(ids { $0.key = key } == ["certificate.key.weak"], "\(key)")
    }
    #expect(ids { $0.key = .rsa(bits: 8192) } == ["certificate.key.large"])
    #expect(ids { $0.key = .edwards(name: "Ed25519", bits: 256) } == ["certificate.key.unusual"])
  }

  @Test func oldHashesAreBrokenExceptOnRoots() {
    for hash in ["SHA1", "MD5"] {
      #expect(ids { $0.signatureHash = hash } == ["certificate.signature.weak"])
    }
    #expect(ids { $0.signatureHash = "SHA384" } == [])
  }

  static let lifetimes: [(day: String, days: Int)] = [
    ("2018-02-28", 1187), ("2018-03-01", 825), ("2020-08-31", 825), ("2020-09-01", 398),
    ("2026-03-14", 398), ("2026-03-15", 200), ("2027-03-14", 200), ("2027-03-15", 100),
    ("2029-03-14", 100), ("2029-03-15", 47), ("2040-01-01", 47),
  ]

  @Test(arguments: lifetimes) func theDayOfIssueSetsTheLimit(item: (day: String, days: Int)) {
    let issued = UTCInstant(parsing: item.day + "T00:00:00Z") ?? .distantPast
    let at = issued + .days(1)
    #expect(ids(at: at, Self.sound(issued: issued, days: item.days)) == [])
    #expect(
      ids(at: at, Self.sound(issued: issued, days: item.days + 1)) == ["certificate.lifetime.long"])
    let finding = CertificateFindings(
      Self.sound(issued: issued, days: item.days + 1), at: at, isPrivate: true
    ).all.first
    #expect(finding?.severity == .note, "a private CA may do as it likes")
  }

  @Test func theCommonNameIsNoName() {
    #expect(
      ids {
        $0.alternativeNames = nil
        $0.commonNames = ["api.shop.test"]
      } == ["certificate.names.cn-only"])
    #expect(ids { $0.alternativeNames = [] } == ["certificate.names.cn-only"])
  }

  @Test func wildcardsThatNobodyHonoursAreTold() {
    for name in ["a*.shop.test", "*.*.test", "api.*.test", "*.test"] {
      #expect(
        ids { $0.alternativeNames = [.dns(name)] } == ["certificate.names.wildcard"], "\(name)")
    }
    #expect(ids { $0.alternativeNames = [.dns("*.shop.test")] } == [])
  }

  @Test func usageAuthorityAndExtensionsAreLookedAt() {
    #expect(
      ids { $0.extendedKeyUsage = [CertificateFacts.clientAuthentication] }
        == ["certificate.usage.wrong"])
    #expect(ids { $0.extendedKeyUsage = [CertificateFacts.anyUsage] } == [])
    #expect(ids { $0.extendedKeyUsage = nil } == ["certificate.usage.unnamed"])
    #expect(
      ids { $0.unknownCriticalExtensions = ["1.2.3"] } == ["certificate.extension.unknown"])
    #expect(
      ids { $0.malformedExtensions = ["subjectAltName"] } == ["certificate.extension.malformed"])
    #expect(
      ids { $0.permittedSubtrees = [.dns("a")] } == ["certificate.constraints.misplaced"])
    #expect(ids { $0.isAuthority = true } == ["certificate.authority"])
  }

  @Test func theLastTenthOfItsLifeIsARisk() {
    let facts = Self.sound(issued: Self.now - .days(80), days: 90)
    #expect(ids(facts) == [])
    #expect(ids(at: Self.now + .days(2), facts) == ["certificate.ends-soon"])
  }

  @Test func timestampsAreAskedOfPublicCAsOnly() {
    #expect(ids { $0.signedTimestampCount = 0 } == ["certificate.transparency"])
    #expect(ids(isPrivate: true) { $0.signedTimestampCount = 0 } == [])
  }
}
