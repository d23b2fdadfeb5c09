import Assessment
import DNSModel
import Digests
import Migration
import Notation
import TLSToolkit
import TestBeds
import TestSupport
import Testing

/// Each rule, right and wrong by one detail; nothing else may be found.
@Suite struct ChainCaseTests {
  static let now = CertificateWorkshop.now

  static func named(_ names: [DomainName], _ wanted: String) -> (
    @Sendable (inout ChainBench) -> Void
  ) {
    {
      $0.leaf.names = names
      $0.name = wanted
    }
  }

  static func strange(_ name: String, _ wanted: String) -> (@Sendable (inout ChainBench) -> Void) {
    {
      $0.leaf.strangeNames = [name]
      $0.leaf.names = ["elsewhere.test"]
      $0.name = wanted
    }
  }

  static let wrongName: Set<String> = ["chain.wrong-name"]
  static let names: [ChainCase] = [
    ChainCase("the name itself", named(["api.shop.test"], "api.shop.test")),
    ChainCase("letters of another case", named(["API.Shop.Test"], "api.sHOP.test")),
    ChainCase("one of several names", named(["a.test", "b.test", "c.test"], "b.test")),
    ChainCase("a sibling", wrongName, named(["api.shop.test"], "www.shop.test")),
    ChainCase("the parent", wrongName, named(["api.shop.test"], "shop.test")),
    ChainCase("a child", wrongName, named(["shop.test"], "api.shop.test")),
    ChainCase("a name that ends alike", wrongName, named(["shop.test"], "myshop.test")),
    ChainCase("a wildcard over one label", named(["*.shop.test"], "api.shop.test")),
    ChainCase("a wildcard over two labels", wrongName, named(["*.shop.test"], "a.b.shop.test")),
    ChainCase("a wildcard over none", wrongName, named(["*.shop.test"], "shop.test")),
    ChainCase(
      "a wildcard over a top-level domain", ["chain.wrong-name", "certificate.names.wildcard"],
      named(["*.test"], "shop.test")),
    ChainCase("an A-label", named(["xn--bcher-kva.test"], "xn--bcher-kva.test")),
    ChainCase("another A-label", wrongName, named(["xn--bcher-kva.test"], "xn--bcher-kvb.test")),
    ChainCase("a wildcard over an A-label", named(["*.shop.test"], "xn--bcher-kva.shop.test")),
    ChainCase(
      "part of a label", ["chain.wrong-name", "certificate.names.wildcard"],
      strange("a*.shop.test", "api.shop.test")),
    ChainCase(
      "part of an A-label", ["chain.wrong-name", "certificate.names.wildcard"],
      strange("xn--*.shop.test", "xn--bcher-kva.shop.test")),
    ChainCase(
      "a wildcard inside", ["chain.wrong-name", "certificate.names.wildcard"],
      strange("api.*.test", "api.shop.test")),
    ChainCase(
      "two wildcards", ["chain.wrong-name", "certificate.names.wildcard"],
      strange("*.*.test", "api.shop.test")),
    ChainCase("an address") {
      $0.leaf.addresses = [[192, 0, 2, 7]]
      $0.name = "192.0.2.7"
    },
    ChainCase("another address", wrongName) {
      $0.leaf.addresses = [[192, 0, 2, 8]]
      $0.name = "192.0.2.7"
    },
    ChainCase("an IPv6 address") {
      $0.leaf.addresses = [[0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]]
      $0.name = "2001:db8::7"
    },
    ChainCase("an address written as a DNS name", wrongName) {
      $0.leaf.strangeNames = ["192.0.2.7"]
      $0.name = "192.0.2.7"
    },
    ChainCase("a common name beside the names") { $0.leaf.commonName = "something else" },
    ChainCase("a common name alone", ["chain.wrong-name", "certificate.names.cn-only"]) {
      $0.leaf.names = []
      $0.leaf.commonName = "api.contososhoes.test"
    },
    ChainCase("a matching common name beside other names", wrongName) {
      $0.leaf.names = ["www.contososhoes.test"]
      $0.leaf.commonName = "api.contososhoes.test"
    },
  ]

  static let constraint: Set<String> = ["chain.name-constraint"]
  static let constraints: [ChainCase] = [
    ChainCase("inside what is permitted") {
      $0.middle.nameConstraints = "critical,permitted;DNS:contososhoes.test"
    },
    ChainCase("outside what is permitted", constraint) {
      $0.middle.nameConstraints = "critical,permitted;DNS:shop.test"
    },
    ChainCase("outside, and not critical", constraint) {
      $0.middle.nameConstraints = "permitted;DNS:shop.test"
    },
    ChainCase("one of two names outside", constraint) {
      $0.leaf.names.append("api.shop.test")
      $0.middle.nameConstraints = "critical,permitted;DNS:contososhoes.test"
    },
    ChainCase("one of two permitted subtrees") {
      $0.middle.nameConstraints = "critical,permitted;DNS:shop.test,permitted;DNS:contososhoes.test"
    },
    ChainCase("excluded", constraint) {
      $0.middle.nameConstraints = "critical,excluded;DNS:contososhoes.test"
    },
    ChainCase("excluded by its very name", constraint) {
      $0.middle.nameConstraints = "critical,excluded;DNS:api.contososhoes.test"
    },
    ChainCase("a sibling is excluded") {
      $0.middle.nameConstraints = "critical,excluded;DNS:www.contososhoes.test"
    },
    ChainCase("an address inside") {
      $0.leaf.addresses = [[192, 0, 2, 7]]
      $0.middle.nameConstraints = "critical,permitted;IP:192.0.2.0/255.255.255.0"
    },
    ChainCase("an address outside", constraint) {
      $0.leaf.addresses = [[198, 51, 100, 7]]
      $0.middle.nameConstraints = "critical,permitted;IP:192.0.2.0/255.255.255.0"
    },
    ChainCase("constraints on a leaf", ["certificate.constraints.misplaced"]) {
      $0.leaf.nameConstraints = "permitted;DNS:contososhoes.test"
    },
  ]

  static let usages: [ChainCase] = [
    ChainCase("client and server") { $0.leaf.extendedKeyUsage = "clientAuth,serverAuth" },
    ChainCase("for clients only", ["chain.wrong-usage", "certificate.usage.wrong"]) {
      $0.leaf.extendedKeyUsage = "clientAuth"
    },
    ChainCase("for code only", ["chain.wrong-usage", "certificate.usage.wrong"]) {
      $0.leaf.extendedKeyUsage = "codeSigning"
    },
    ChainCase("no usage named", ["certificate.usage.unnamed"]) { $0.leaf.extendedKeyUsage = nil },
    ChainCase("an intermediate for servers") { $0.middle.extendedKeyUsage = "serverAuth" },
    ChainCase("an intermediate for mail only", ["chain.wrong-usage"]) {
      $0.middle.extendedKeyUsage = "emailProtection"
    },
    ChainCase("a key that may only sign certificates", ["chain.wrong-usage"]) {
      $0.leaf.keyUsage = "critical,keyCertSign"
    },
    ChainCase("a path of just the allowed length") { $0.middle.pathLength = 0 },
    ChainCase("an intermediate that is no authority", ["chain.not-an-authority"]) {
      $0.middle.isAuthority = false
      $0.middle.keyUsage = "critical,digitalSignature,keyCertSign"
    },
    ChainCase(
      "a critical extension nobody knows",
      ["chain.unknown-extension", "certificate.extension.unknown"]
    ) { $0.leaf.strangeCriticalExtensions = ["1.3.6.1.4.1.55555.7"] },
    ChainCase("a critical extension in the intermediate", ["chain.unknown-extension"]) {
      $0.middle.strangeCriticalExtensions = ["1.3.6.1.4.1.55555.7"]
    },
    ChainCase("a staple is demanded, which a file cannot show") { $0.leaf.requiresStaple = true },
  ]

  static let dates: [ChainCase] = [
    ChainCase("the first second") { $0.moment = $0.leaf.notBefore },
    ChainCase("a second before the first", ["chain.not-yet-valid"]) {
      $0.moment = $0.leaf.notBefore - .seconds(1)
    },
    ChainCase("expired", ["chain.expired"]) { $0.moment = $0.leaf.notAfter + .seconds(1) },
    ChainCase("the intermediate has expired", ["chain.expired"]) {
      $0.middle.notAfter = now - .days(1)
    },
    ChainCase("the intermediate begins tomorrow", ["chain.not-yet-valid"]) {
      $0.middle.notBefore = now + .days(1)
    },
    ChainCase("less than a tenth is left", ["certificate.ends-soon"]) {
      $0.moment = $0.leaf.notAfter - .days(5)
    },
  ]

  static let limits: [(day: String, days: Int)] = [
    ("2026-03-14", 398), ("2026-03-15", 200), ("2027-03-14", 200), ("2027-03-15", 100),
    ("2029-03-14", 100), ("2029-03-15", 47),
  ]
  static let lifetimes: [ChainCase] =
    limits.map { lived($0.days, from: $0.day, []) }
    + limits.map { lived($0.days + 1, from: $0.day, ["certificate.lifetime.long"]) }

  static func lived(_ days: Int, from day: String, _ expected: Set<String>) -> ChainCase {
    ChainCase("\(days) days from \(day)", expected) {
      let from = try #require(UTCInstant(parsing: "\(day)T00:00:00Z"))
      $0.leaf.notBefore = from
      $0.leaf.notAfter = from + .days(days) - .seconds(1)
      $0.moment = from + .days(1)
    }
  }

  static func keyed(
    _ title: String, _ expected: Set<String>, _ make: @escaping @Sendable () throws -> PrivateKey
  ) -> ChainCase {
    ChainCase(title, expected) { bench in bench.key = try make() }
  }

  static func foreign(
    _ title: String, _ expected: Set<String>, _ arguments: [String]
  ) -> ChainCase {
    keyed(title, expected) { try ChainBench.foreignKey(arguments) }
  }

  static let keys: [ChainCase] = [
    keyed("P-384", []) { try PrivateKey.generate(.p384) },
    keyed("RSA 2048", []) { try PrivateKey.generate(.rsa(bits: 2048)) },
    foreign("RSA 1024", ["certificate.key.weak"], ["genrsa", "1024"]),
    foreign(
      "P-224", ["certificate.key.weak"],
      ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp224r1"]),
    foreign("Ed25519", ["certificate.key.unusual"], ["genpkey", "-algorithm", "ed25519"]),
    ChainCase("an intermediate of RSA 1024", ["certificate.key.weak"]) { bench in
      bench.middleKey = try ChainBench.foreignKey(["genrsa", "1024"])
    },
    ChainCase("SHA-384", []) { bench in bench.leaf.hash = .sha384 },
    ChainCase("SHA-1", ["certificate.signature.weak"]) { bench in bench.leaf.hash = .sha1 },
    ChainCase("SHA-1 on the intermediate", ["certificate.signature.weak"]) { bench in
      bench.middle.hash = .sha1
    },
  ]

  static func sent(
    _ title: String, _ expected: Set<String>,
    _ choose:
      @escaping @Sendable (_ leaf: Certificate, _ middle: Certificate, _ root: Certificate) ->
      [Certificate]
  ) -> ChainCase {
    ChainCase(title, expected) { bench in bench.sends = choose }
  }

  static let orders: [ChainCase] = [
    sent("the leaf alone", ["chain.incomplete"]) { leaf, _, _ in [leaf] },
    sent("the root too", ["chain.root-sent"]) { leaf, middle, root in [leaf, middle, root] },
    sent("the root before the intermediate", ["chain.root-sent", "chain.order"]) {
      leaf, middle, root in [leaf, root, middle]
    },
    sent("the intermediate twice", ["chain.extra"]) { leaf, middle, _ in [leaf, middle, middle] },
    sent("the leaf twice", ["chain.extra"]) { leaf, middle, _ in [leaf, leaf, middle] },
    ChainCase("the intermediate is trusted", []) { bench in
      let middle = try bench.workshop.root.intermediate(bench.middle, key: bench.middleKey)
      bench.anchors = [middle.certificate]
      bench.sends = { leaf, _, _ in [leaf] }
    },
    ChainCase("nobody's root", ["chain.self-signed", "chain.root-sent"]) { bench in
      bench.anchors = [try CertificateWorkshop().root.certificate]
      bench.sends = { leaf, middle, root in [leaf, middle, root] }
    },
    ChainCase("an unknown root that is not sent", ["chain.incomplete"]) { bench in
      bench.anchors = [try CertificateWorkshop().root.certificate]
    },
    ChainCase("a certificate of a stranger", ["chain.extra"]) { bench in
      let stranger = try CertificateWorkshop().intermediate.certificate
      bench.sends = { leaf, middle, _ in [leaf, middle, stranger] }
    },
    ChainCase("signed by its own key", ["chain.self-signed"]) { bench in
      let own = try selfSigned(bench.leaf, key: bench.key)
      bench.sends = { _, _, _ in [own] }
    },
  ]

  private func check(_ item: ChainCase) throws {
    var bench = try ChainBench(CertificateWorkshop())
    try item.change(&bench)
    let findings = try bench.findings()
    #expect(Set(findings.map(\.id)) == item.expected, "\(item.title): \(findings)")
  }

  @Test(arguments: names) func theNameIsProvenAsRFC9525Says(item: ChainCase) throws {
    try check(item)
  }
  @Test(arguments: constraints) func nameConstraintsBind(item: ChainCase) throws { try check(item) }
  @Test(arguments: usages) func usagesAndExtensionsBind(item: ChainCase) throws { try check(item) }
  @Test(arguments: dates) func datesBind(item: ChainCase) throws { try check(item) }
  @Test(arguments: lifetimes) func lifetimesAreLimitedByTheDayOfIssue(item: ChainCase) throws {
    try check(item)
  }
  @Test(arguments: keys) func keysAndHashesBind(item: ChainCase) throws { try check(item) }
  @Test(arguments: orders) func theWayItIsSentIsTold(item: ChainCase) throws { try check(item) }

  @Test func aPathThatIsTooLongIsRefused() throws {
    let workshop = try CertificateWorkshop()
    var template = CertificateTemplate.authority(
      "short", from: Self.now - .days(1), until: Self.now + .days(100))
    for (limit, isFine) in [(1, true), (0, false)] {
      template.pathLength = limit
      let upper = try workshop.root.intermediate(template, key: .generate(.p256))
      var below = template
      below.commonName = "below"
      below.pathLength = nil
      let lower = try upper.intermediate(below, key: .generate(.p256))
      let leaf = try lower.issue(CertificateWorkshop.template(), for: workshop.leafKey)
      let verdict = try ChainVerification(anchors: .of([workshop.root.certificate]), at: Self.now)
        .verdict(
          for: leaf, with: [lower.certificate, upper.certificate],
          as: .host("api.contososhoes.test"))
      #expect(verdict.faults.map(\.kind) == (isFine ? [] : [.notAnAuthority]))
    }
  }

  /// One intermediate, certified by a root that is known and by one that is not: a client finds the way.
  @Test func aCrossSignedIntermediateIsNoAlarm() throws {
    let (known, unknown) = (try CertificateWorkshop(), try CertificateWorkshop())
    let template = CertificateTemplate.authority(
      "Crossed", from: Self.now - .days(1), until: Self.now + .days(100))
    let key = try PrivateKey.generate(.p256)
    let good = try known.root.intermediate(template, key: key)
    let strange = try unknown.root.intermediate(template, key: key)
    let leaf = try good.issue(CertificateWorkshop.template(), for: known.leafKey)
    for others in [
      [strange.certificate, good.certificate], [good.certificate, strange.certificate],
    ] {
      let verdict = try ChainVerification(anchors: .of([known.root.certificate]), at: Self.now)
        .verdict(for: leaf, with: others, as: .host("api.contososhoes.test"))
      #expect(verdict.isTrusted, "\(verdict.faults)")
    }
  }
}
