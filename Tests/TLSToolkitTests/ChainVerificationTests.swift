import DNSModel
import Migration
import Notation
import TestBeds
import TestSupport
import Testing

@testable import TLSToolkit

/// Each case is right but for one detail, and the verdict names just that.
@Suite struct ChainVerificationTests {
  let workshop: CertificateWorkshop
  let now = CertificateWorkshop.now
  init() throws { workshop = try CertificateWorkshop() }

  private func kinds(
    _ leaf: Certificate, with others: [Certificate]? = nil,
    as name: String = "api.contososhoes.test",
    at moment: UTCInstant? = nil, trusting anchors: [Certificate]? = nil
  ) throws -> [ChainVerdict.Fault.Kind] {
    let identity = ServerIdentity.host(try DomainName(parsing: name))
    return try ChainVerification(
      anchors: .of(anchors ?? [workshop.root.certificate]), at: moment ?? now
    ).verdict(
      for: leaf, with: others ?? [workshop.intermediate.certificate], as: identity
    ).faults.map(\.kind)
  }

  @Test func aSoundChainIsTrusted() throws {
    #expect(try kinds(workshop.leaf()).isEmpty)
    let (root, middle) = (workshop.root.certificate, workshop.intermediate.certificate)
    #expect(try kinds(workshop.leaf(), with: [root, middle]).isEmpty)
    #expect(try kinds(workshop.leaf(), with: [], trusting: [middle]).isEmpty)
  }

  @Test func datesCountToTheSecond() throws {
    let leaf = try workshop.leaf()
    let (from, until) = (leaf.facts.notBefore, leaf.facts.notAfter)
    #expect(try kinds(leaf, at: from).isEmpty)
    #expect(try kinds(leaf, at: from - .seconds(1)) == [.notYetValid])
    #expect(try kinds(leaf, at: until - .seconds(1)).isEmpty)
    #expect(try kinds(leaf, at: until) == [.expired])
    #expect(!leaf.facts.isValid(at: until) && leaf.facts.isValid(at: from))
  }

  @Test func incompleteSelfSignedAndForeignChainsAreToldApart() throws {
    let leaf = try workshop.leaf()
    #expect(try kinds(leaf, with: []) == [.unknownAuthority])
    let own = try selfSigned(CertificateWorkshop.template(), key: workshop.leafKey)
    #expect(try kinds(own, with: []) == [.selfSigned])
    let stranger = try CertificateWorkshop()
    #expect(
      try kinds(
        stranger.leaf(), with: [stranger.intermediate.certificate, stranger.root.certificate]
      ) == [.selfSigned])
  }

  @Test func aLeafCannotIssue() throws {
    let leaf = try workshop.leaf()
    let forged = try LocalAuthority(certificate: leaf, key: workshop.leafKey)
      .issue(CertificateWorkshop.template(), for: .generate(.p256))
    let faults = try kinds(forged, with: [leaf, workshop.intermediate.certificate])
    #expect(faults.contains(.notAnAuthority))
  }

  @Test func pathLengthHolds() throws {
    var template = CertificateTemplate.authority(
      "short", from: now - .days(1), until: now + .days(100))
    template.pathLength = 0
    let short = try workshop.root.intermediate(template, key: .generate(.p256))
    template.commonName = "below"
    template.pathLength = nil
    let below = try short.intermediate(template, key: .generate(.p256))
    let leaf = try below.issue(CertificateWorkshop.template(), for: workshop.leafKey)
    #expect(
      try kinds(leaf, with: [below.certificate, short.certificate]).contains(.notAnAuthority))
  }

  @Test func nameConstraintsHold() throws {
    var template = CertificateTemplate.authority(
      "constrained", from: now - .days(1), until: now + .days(100))
    template.nameConstraints = "critical,permitted;DNS:shop.test"
    let authority = try workshop.root.intermediate(template, key: .generate(.p256))
    let inside = try authority.issue(
      CertificateWorkshop.template(["api.shop.test"]), for: workshop.leafKey)
    let outside = try authority.issue(CertificateWorkshop.template(), for: workshop.leafKey)
    #expect(try kinds(inside, with: [authority.certificate], as: "api.shop.test").isEmpty)
    #expect(try kinds(outside, with: [authority.certificate]) == [.nameConstraint])
    #expect(authority.certificate.facts.permittedSubtrees == [.dns("shop.test")])
  }

  @Test func usageAndUnknownExtensionsAreRefused() throws {
    #expect(try kinds(workshop.leaf { $0.extendedKeyUsage = "clientAuth" }) == [.wrongUsage])
    #expect(try kinds(workshop.leaf { $0.extendedKeyUsage = nil }).isEmpty)
    let strange = try workshop.leaf { $0.strangeCriticalExtensions = ["1.3.6.1.4.1.55555.1"] }
    #expect(strange.facts.unknownCriticalExtensions == ["1.3.6.1.4.1.55555.1"])
    #expect(try kinds(strange) == [.unknownCriticalExtension])
  }

  @Test func aChangedByteBreaksTheSignature() throws {
    var bytes = try workshop.leaf().der
    bytes[bytes.count - 3] ^= 1
    #expect(try kinds(Certificate(der: bytes)) == [.badSignature])
  }

  @Test func everythingThatIsWrongIsTold() throws {
    let leaf = try workshop.leaf { $0.notAfter = self.now - .days(1) }
    #expect(try Set(kinds(leaf, as: "other.test")) == [.expired, .wrongName])
  }

  static let names: [(certificate: [DomainName], wanted: String, matches: Bool)] = [
    (["api.shop.test"], "api.shop.test", true), (["API.Shop.Test"], "api.shop.test", true),
    (["api.shop.test"], "API.SHOP.TEST", true), (["api.shop.test"], "api.shop.test.", true),
    (["api.shop.test"], "www.shop.test", false), (["shop.test"], "api.shop.test", false),
    (["*.shop.test"], "api.shop.test", true), (["*.shop.test"], "shop.test", false),
    (["*.shop.test"], "a.b.shop.test", false), (["*.test"], "shop.test", false),
    (["a.test", "b.test", "c.test"], "b.test", true), (["b.test.evil.test"], "b.test", false),
    (["xn--bcher-kva.test"], "xn--bcher-kva.test", true),
    (["*.test.test"], "xn--bcher-kva.test.test", true),
    (["xn--*.test.test"], "xn--bcher-kva.test.test", false),
    (["_api.shop.test"], "_api.shop.test", true),
  ]

  @Test(arguments: names)
  func namesMatchAsRFC9525Says(item: (certificate: [DomainName], wanted: String, matches: Bool))
    throws
  {
    let leaf = try workshop.leaf { $0.names = item.certificate }
    #expect(
      try kinds(leaf, as: item.wanted) == (item.matches ? [] : [.wrongName]),
      "\(item.certificate) for \(item.wanted)")
  }

  @Test func commonNamesNeverMatch() throws {
    let leaf = try workshop.leaf {
      $0.names = []
      $0.commonName = "api.contososhoes.test"
    }
    #expect(try kinds(leaf) == [.wrongName])
  }

  @Test func partialAndInnerWildcardsNeverMatch() {
    let wanted = ServerIdentity.host("api.shop.test")
    for pattern in [
      "a*.shop.test", "*i.shop.test", "api.*.test", "*.*.test", "*", "*.", "**.shop.test",
      "api.shop.test.", "", ".", "api.shop.test\0.evil.test",
    ] {
      #expect(!AlternativeName.dns(pattern).matches(wanted), "\(pattern)")
    }
  }

  @Test func addressesMatchByBytesOnly() throws {
    let leaf = try workshop.leaf {
      $0.names = ["127.0.0.2"]
      $0.addresses = [[127, 0, 0, 1]]
    }
    #expect(leaf.facts.covers(.address([127, 0, 0, 1])))
    #expect(!leaf.facts.covers(.address([127, 0, 0, 2])))
    #expect(!leaf.facts.covers(.host("127.0.0.1")))
  }

  @Test func staplesAreVerified() throws {
    let leaf = try workshop.leaf()
    let issuer = workshop.intermediate
    let check = StapleVerification(leaf: leaf, issuer: issuer.certificate, at: now)
    func staple(
      _ authority: LocalAuthority? = nil, for other: Certificate? = nil, from: TimeSpan = .days(-1),
      until: TimeSpan = .days(3), revoked: Bool = false
    ) throws -> [UInt8] {
      try (authority ?? issuer).staple(
        for: other ?? leaf, from: now + from, until: now + until,
        revokedAt: revoked ? now - .hours(1) : nil)
    }
    #expect(check.verdict(nil) == .absent)
    #expect(try check.verdict(staple()) == .good(until: now + .days(3)))
    #expect(try check.verdict(staple(revoked: true)) == .revoked(at: now - .hours(1)))
    #expect(try check.verdict(staple(until: .hours(-1))).text.contains("it ended at"))
    #expect(try check.verdict(staple(from: .hours(1))).text.contains("begins to be valid"))
    #expect(try check.verdict(staple(for: workshop.leaf())).text.contains("another certificate"))
    #expect(
      try check.verdict(staple(CertificateWorkshop().intermediate)).text.contains("not signed"))
    #expect(check.verdict([1, 2, 3]).text.contains("no OCSP response"))
    for cut in stride(from: 1, to: 200, by: 13) {
      #expect(try check.verdict(Array(staple().dropLast(cut))).text.contains("cannot be used"))
    }
  }

  @Test func changedBytesNeverCrashTheReader() throws {
    var random = SeededRandom(seed: 8)
    let good = try workshop.leaf {
      $0.addresses = [[127, 0, 0, 1]]
      $0.requiresStaple = true
      $0.nameConstraints = "permitted;DNS:shop.test"
    }.der
    for _ in 0..<3000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      guard let certificate = try? Certificate(der: bytes) else { continue }
      _ = certificate.facts.json
      _ = try kinds(certificate)
    }
  }
}
