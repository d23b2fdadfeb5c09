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
    #expect(different({ _ in }, { $0.status = 301 }) == ["status:GET /"])
    #expect(
      different({ _ in }, { $0.headers.append(.init("Location", "/new")) }) == ["redirect:GET /"])
    #expect(different({ _ in }, { $0.bodyDigest = [8] }) == ["body:GET /"])
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
    #expect(parity.rows.allSatisfy { $0.standing != .same || $0.old == $0.new })
    #expect(parity.findings.gravest == .unknown)
  }
}
