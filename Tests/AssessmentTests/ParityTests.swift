import Assessment
import DNSModel
import Migration
import Notation
import Testing

@Suite struct ParityTests {
  static func side(
    _ change: (inout EndpointFacts) -> Void = { _ in },
    _ alter: (inout HTTPFacts) -> Void = { _ in }
  ) -> ParitySide {
    var facts = EndpointFacts(address: "192.0.2.1:443", identity: .host("api.shop.test"))
    var leaf = CertificateFindingsTests.sound()
    leaf.publicKeyHash = [1, 2, 3]
    facts.shown = ShownCertificate(
      sent: [leaf], verdict: ChainVerdict(faults: [], path: [leaf]), version: "TLS 1.3")
    facts.protocols = [
      ProtocolFacts(version: "TLS 1.3", answer: .accepted, suites: ["AES_128_GCM_SHA256"]),
      ProtocolFacts(
        version: "TLS 1.2", answer: .accepted, suites: ["ECDHE_RSA_AES_128_GCM_SHA256"]),
    ]
    facts.preferredApplication = "h2"
    facts.groups = ["X25519", "P-256"]
    facts.resumes = true
    change(&facts)
    var http = HTTPFacts(
      path: "/", status: 200, headers: [.init("Server", "one"), .init("Date", "now")],
      bodyCount: 2, bodyDigest: [9])
    alter(&http)
    return ParitySide(addresses: [facts], answers: [.init("GET /", http)])
  }

  private func different(
    _ change: (inout EndpointFacts) -> Void = { _ in },
    _ alter: (inout HTTPFacts) -> Void = { _ in }
  ) -> [String] {
    Parity(old: Self.side(), new: Self.side(change, alter)).rows
      .filter { $0.standing == .different }.map(\.aspect)
  }

  @Test func twinsAreAlike() { #expect(different() == []) }

  @Test func eachDifferenceHasItsLine() {
    #expect(different({ $0.protocols.removeLast() }) == ["tls:minimum-version", "tls:suites"])
    #expect(different({ $0.protocols[1].suites = ["RSA_AES_128_GCM_SHA256"] }) == ["tls:suites"])
    #expect(different({ $0.shown?.asksForClientCertificate = true }) == ["tls:client-certificate"])
    #expect(different({ $0.shown?.sent[0].key = .rsa(bits: 2048) }) == ["tls:key-type"])
    #expect(different({ $0.shown?.sent[0].issuer = "CN=Other" }) == ["tls:issuer"])
    #expect(different({ $0.shown?.sent[0].publicKeyHash = [4] }) == ["tls:pin"])
    #expect(different({ $0.preferredApplication = nil }) == ["tls:alpn"])
    #expect(different({ $0.shown?.staple = .good(until: nil) }) == ["tls:staple"])
    #expect(different({ $0.address = "[2001:db8::1]:443" }) == ["address-families"])
    #expect(different({ _ in }, { $0.status = 301 }) == ["status:/"])
    #expect(
      different({ _ in }, { $0.headers.append(.init("Location", "/new")) }) == ["redirect:/"])
    #expect(different({ _ in }, { $0.bodyDigest = [8] }) == ["body:/"])
    #expect(different({ _ in }, { $0.headers[0].value = "two" }) == ["header:server"])
    #expect(different({ _ in }, { $0.headers[1].value = "later" }) == [])
  }

  @Test func moreSuitesHurtNobody() {
    #expect(different({ $0.protocols[1].suites.append("RSA_AES_128_GCM_SHA256") }) == [])
  }

  @Test func affinityCookiesAreAlwaysAFinding() {
    func cookie(_ text: String) -> (inout HTTPFacts) -> Void {
      { $0.headers.append(.init("Set-Cookie", text)) }
    }
    let both = Parity(
      old: Self.side({ _ in }, cookie("ARRAffinity=abc; Path=/")),
      new: Self.side({ _ in }, cookie("ARRAffinity=def; Path=/")))
    #expect(both.findings.map(\.id) == ["parity.cookie:ARRAffinity"])
    let plain = Parity(
      old: Self.side({ _ in }, cookie("id=abc; Path=/; Expires=now")),
      new: Self.side({ _ in }, cookie("id=def; Path=/; Expires=later")))
    #expect(plain.findings.isEmpty)
    let widened = Parity(
      old: Self.side({ _ in }, cookie("id=a; Path=/")),
      new: Self.side({ _ in }, cookie("id=a; Path=/; Domain=shop.test")))
    #expect(widened.findings.map(\.id) == ["parity.cookie:id"])
  }

  @Test func whatThePlanAcceptsIsShownAndPasses() {
    let parity = Parity(
      old: Self.side(), new: Self.side({ _ in }, { $0.headers[0].value = "two" }),
      accepted: [ParityException(difference: "header:server", reason: "another product")])
    #expect(parity.findings.map(\.severity) == [.note])
    #expect(parity.rows.first { $0.aspect == "header:server" }?.remark == "another product")
  }

  @Test func whatWasNotSeenIsUnknown() {
    let empty = ParitySide(addresses: [], answers: [.init("GET /", nil)])
    let parity = Parity(old: Self.side(), new: empty)
    #expect(parity.rows.allSatisfy { $0.standing == .unknown })
    #expect(parity.findings.gravest == .unknown)
  }

  @Test func twoThatNobodySawAreNotAlike() {
    let empty = ParitySide(addresses: [], answers: [.init("GET /", nil)])
    let parity = Parity(old: empty, new: empty)
    #expect(parity.rows.allSatisfy { $0.standing == .unknown })
    #expect(parity.findings.gravest == .unknown)
    let accepted = Parity(
      old: empty, new: empty,
      accepted: parity.rows.map { ParityException(difference: $0.aspect, reason: "all") })
    #expect(accepted.findings.gravest == .unknown, "what was not seen nobody can accept")
  }

  private func severity(
    of aspect: String, old: ParitySide = side(), _ new: ParitySide
  ) -> Finding.Severity? {
    Parity(old: old, new: new).findings.first { $0.subject == aspect }?.severity
  }

  @Test func whatStopsAClientIsABlockerAndTheRestIsTold() {
    #expect(
      severity(of: "tls:minimum-version", Self.side({ $0.protocols.removeLast() })) == .blocker)
    let older = Self.side({
      $0.protocols.append(ProtocolFacts(version: "TLS 1.1", answer: .accepted, suites: ["X"]))
    })
    #expect(severity(of: "tls:minimum-version", older) == .note)
    #expect(
      severity(
        of: "tls:suites", Self.side({ $0.protocols[1].suites = ["DHE_RSA_AES_128_CBC_SHA"] }))
        == .blocker, "no suite of TLS 1.2 in common")
    #expect(
      severity(
        of: "tls:suites",
        Self.side({ $0.protocols[1].suites = ["ECDHE_ECDSA_AES_128_GCM_SHA256"] })) == .warning,
      "the other kind of key has its own line")
    #expect(severity(of: "tls:groups", Self.side({ $0.groups = ["P-256"] })) == .warning)
    #expect(severity(of: "tls:groups", Self.side({ $0.groups = ["P-521"] })) == .blocker)
    #expect(severity(of: "tls:issuer", Self.side({ $0.shown?.sent[0].issuer = "x" })) == .warning)
    #expect(
      severity(of: "header:server", Self.side({ _ in }, { $0.headers[0].value = "x" })) == .note)
    #expect(
      severity(
        of: "header:access-control-allow-origin",
        old: Self.side({ _ in }, { $0.headers.append(.init("Access-Control-Allow-Origin", "*")) }),
        Self.side()) == .blocker)
    #expect(
      severity(
        of: "header:strict-transport-security",
        old: Self.side({ _ in }, { $0.headers.append(.init("Strict-Transport-Security", "a")) }),
        Self.side()) == .warning)
  }

  @Test func whatChangesByItselfTellsNothing() {
    func restless(_ number: UInt8) -> ParitySide {
      var side = Self.side({ _ in }, { $0.headers.append(.init("X-Trace", "\(number)")) })
      var again = side.answers[0].facts
      again?.headers.removeLast()
      again?.headers.append(.init("X-Trace", "\(number + 100)"))
      again?.bodyDigest = [number]
      side.answers[0].again = again
      return side
    }
    #expect(Parity(old: restless(1), new: restless(2)).findings.isEmpty)
    #expect(severity(of: "body:/", old: restless(1), Self.side()) == .warning)
  }

  @Test func anAffinityCookieThatGoesAwayIsWelcome() {
    let old = Self.side(
      { _ in }, { $0.headers.append(.init("Set-Cookie", "ARRAffinity=a; Path=/")) })
    #expect(severity(of: "cookie:ARRAffinity", old: old, Self.side()) == .note)
    #expect(severity(of: "cookie:ARRAffinity", old) == .blocker)
  }

  @Test func limitsAndUpgradesThatAreLostAreTold() {
    func side(_ traits: [ParitySide.Trait]) -> ParitySide {
      var side = Self.side()
      side.traits = traits
      return side
    }
    func trait(_ aspect: String, _ rank: Int?) -> ParitySide {
      side([.init(aspect, rank.map { "\($0)" }, rank: rank)])
    }
    #expect(
      severity(of: "limit:url", old: trait("limit:url", 15), trait("limit:url", 7)) == .warning)
    #expect(severity(of: "limit:url", old: trait("limit:url", 7), trait("limit:url", 15)) == .note)
    #expect(
      severity(of: "limit:url", old: trait("limit:url", 7), trait("limit:url", nil)) == .unknown)
    #expect(
      severity(of: "websocket:/", old: trait("websocket:/", 1), trait("websocket:/", 0)) == .blocker
    )
    #expect(
      severity(of: "websocket:/", old: trait("websocket:/", 0), trait("websocket:/", 0)) == nil)
  }
}
