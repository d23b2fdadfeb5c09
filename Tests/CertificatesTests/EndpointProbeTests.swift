import Assessment
import Certificates
import DNSModel
import Glibc
import Migration
import Notation
import SystemIO
import TLSToolkit
import TestBeds
import TestSupport
import Testing

/// Endpoints built with one fault each: the fault is reported, and nothing else.
@Suite struct EndpointProbeTests {
  let workshop: CertificateWorkshop
  let now = CertificateWorkshop.now
  static let name: DomainName = "api.contososhoes.test"
  init() throws { workshop = try CertificateWorkshop() }

  private func settings(
    _ leaf: Certificate? = nil, key: PrivateKey? = nil, others: [Certificate]? = nil
  ) throws -> TLSServerSettings {
    var settings = TLSServerSettings(
      certificate: KeyBag(
        key: key ?? workshop.leafKey, certificate: try leaf ?? workshop.leaf(),
        others: others ?? [workshop.intermediate.certificate]))
    settings.protocols = ["http/1.1"]
    settings.acceptsWeakness = true
    return settings
  }

  @Sendable static func answer(_ connection: TLSConnection) throws {
    let deadline = Deadline(in: .seconds(5))
    guard try connection.receive(until: deadline) != nil else { return }
    let head =
      "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 2\r\n"
      + "Connection: close\r\n\r\nok"
    try connection.send(Array(head.utf8), until: deadline)
  }

  private func look(
    _ settings: TLSServerSettings, enumerates: Bool = false,
    serve: @escaping @Sendable (TLSConnection) throws -> Void = answer
  ) throws -> (facts: EndpointFacts, findings: [Finding]) {
    let server = try EchoServer(.server(settings), serve: serve)
    defer { server.stop() }
    return try look([server.address], enumerates: enumerates).first!
  }

  private func look(
    _ addresses: [SocketAddress], enumerates: Bool = false, patience: TimeSpan = .seconds(10)
  ) throws -> [(facts: EndpointFacts, findings: [Finding])] {
    var probe = EndpointProbe(
      .host(Self.name), anchors: try .of([workshop.root.certificate]), at: now)
    probe.enumerates = enumerates
    probe.patience = patience
    return probe.look(at: addresses).map {
      ($0, EndpointFindings($0, at: now, isPrivate: true).all)
    }
  }

  @Test func aSoundEndpointRaisesNoAlarm() throws {
    var sound = try settings()
    sound.acceptsWeakness = false
    let (facts, findings) = try look(sound, enumerates: true)
    #expect(findings.map(\.id) == [], "\(findings)")
    #expect(facts.shown?.verdict.isTrusted == true)
    #expect(facts.shown?.sent.count == 2)
    #expect(facts.preferredApplication == "http/1.1")
    #expect(facts.resumes == true)
    #expect(facts.health?.status == 200 && facts.health?.bodyCount == 2)
    #expect(facts.health?.values("strict-transport-security") == ["max-age=1"])
    guard case .certificate? = facts.onNoName, case .certificate? = facts.onWrongName else {
      Issue.record("strangers: \(String(describing: facts.onNoName))")
      return
    }
    #expect(
      facts.protocols.filter { $0.answer == .accepted }.map(\.version) == ["TLS 1.3", "TLS 1.2"])
    #expect(facts.protocols.filter { !$0.isComplete }.isEmpty)
    #expect(
      facts.protocols.first?.suites == [
        "AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256",
      ])
    #expect(facts.groups?.prefix(4) == ["X25519", "P-256", "P-384", "P-521"])
  }

  static let faults: [(String, @Sendable (inout CertificateTemplate) -> Void)] = [
    ("chain.expired", { $0.notAfter = CertificateWorkshop.now - .days(1) }),
    ("chain.not-yet-valid", { $0.notBefore = CertificateWorkshop.now + .days(1) }),
    ("chain.wrong-name", { $0.names = ["www.contososhoes.test"] }),
    ("chain.wrong-usage", { $0.extendedKeyUsage = "clientAuth" }),
    ("chain.unknown-extension", { $0.strangeCriticalExtensions = ["1.2.3.4.5"] }),
    ("certificate.signature.weak", { $0.hash = .sha1 }),
    (
      "certificate.names.cn-only",
      {
        $0.names = []
        $0.commonName = "api.contososhoes.test"
      }
    ),
    ("tls.staple.missing", { $0.requiresStaple = true }),
  ]

  @Test(arguments: faults.map(\.0)) func eachFaultIsReported(id: String) throws {
    let change = Self.faults.first { $0.0 == id }!.1
    let (_, findings) = try look(settings(workshop.leaf(change)))
    let allowed: [String: Set<String>] = [
      "certificate.names.cn-only": ["chain.wrong-name"],
      "chain.wrong-usage": ["certificate.usage.wrong"],
      "chain.unknown-extension": ["certificate.extension.unknown"],
    ]
    #expect(findings.first { $0.id == id }?.severity == .blocker)
    #expect(Set(findings.map(\.id)) == allowed[id, default: []].union([id]), "\(findings)")
  }

  @Test func theWayTheChainIsSentIsTold() throws {
    let (root, middle) = (workshop.root.certificate, workshop.intermediate.certificate)
    let stranger = try CertificateWorkshop().intermediate.certificate
    let cases: [([Certificate], [String])] = [
      ([], ["chain.incomplete"]), ([middle, root], ["chain.root-sent"]),
      ([root, middle], ["chain.root-sent", "chain.order"]), ([stranger, middle], ["chain.extra"]),
      ([middle, middle], ["chain.extra"]),
    ]
    for (others, expected) in cases {
      let (_, findings) = try look(settings(others: others))
      #expect(findings.map(\.id).sorted() == expected.sorted(), "\(findings)")
    }
  }

  @Test func selfSignedAndWeakKeysAreReported() throws {
    let own = try selfSigned(CertificateWorkshop.template(), key: workshop.leafKey)
    let (_, findings) = try look(settings(own, others: []))
    #expect(findings.map(\.id) == ["chain.self-signed"])
  }

  @Test func oldVersionsOnlyIsBroken() throws {
    var old = try settings()
    old.least = .tls10
    old.most = .tls10
    let (facts, findings) = try look(old, enumerates: true)
    #expect(findings.first { $0.id == "tls.versions.obsolete" }?.severity == .blocker)
    #expect(facts.protocols.filter { $0.answer == .accepted }.map(\.version) == ["TLS 1.0"])
    #expect(facts.shown?.version == "TLS 1.0")
  }

  @Test func noALPNIsNoted() throws {
    var plain = try settings()
    plain.protocols = []
    let (_, findings) = try look(plain)
    #expect(findings.map(\.id) == ["tls.alpn.none"])
  }

  @Test func eachAddressIsJudgedOnItsOwn() throws {
    let good = try EchoServer(.server(settings()), serve: Self.answer)
    defer { good.stop() }
    let second = try #require(SocketAddress(parsing: "127.0.0.2:\(good.address.port)"))
    let other = try EchoServer(
      .server(settings(workshop.leaf { $0.notAfter = self.now - .days(1) })), at: second,
      serve: Self.answer)
    defer { other.stop() }
    let seen = try look([good.address, other.address])
    #expect(seen[0].findings.isEmpty)
    #expect(seen[1].findings.map(\.id) == ["chain.expired"])
    let readiness = Readiness(seen.map(\.facts), at: now, isPrivate: true)
    #expect(readiness.verdict == .notReady)
    #expect(readiness.findings.map(\.id).contains("endpoint.certificates-differ"))
    #expect(readiness.certificateEnds == now - .days(1))
  }

  @Test func staplesAreReported() throws {
    var stapled = try settings()
    stapled.staple = try workshop.intermediate.staple(
      for: stapled.certificate.certificate, from: now - .days(1), until: now + .days(2))
    let (facts, findings) = try look(stapled)
    #expect(facts.shown?.staple == .good(until: now + .days(2)))
    #expect(findings.isEmpty)
    stapled.staple = try workshop.intermediate.staple(
      for: stapled.certificate.certificate, from: now - .days(9), until: now - .days(2))
    #expect(try look(stapled).findings.map(\.id) == ["tls.staple.bad"])
  }

  @Test func silenceIsUnknownAndNotAPass() throws {
    let silent = try TCPListener(bindingTo: .loopback())
    var gone: TCPListener? = try TCPListener(bindingTo: .loopback())
    let nobody = try #require(gone?.address)
    gone = nil
    let seen = try look(
      [silent.address, nobody], enumerates: true, patience: .milliseconds(500))
    #expect(seen[0].findings.first?.id == "tls.silent")
    #expect(seen[1].findings.first?.id == "tls.unreachable")
    let readiness = Readiness(seen.map(\.facts), at: now, isPrivate: true)
    #expect(readiness.verdict == .unknown)
    #expect(Readiness([], at: now, isPrivate: true).verdict == .unknown)
  }

  @Test func hugeHeadersAndEndlessAnswersEndInTime() throws {
    let huge = try look(settings()) { connection in
      let deadline = Deadline(in: .seconds(5))
      _ = try connection.receive(until: deadline)
      let filler = Array(("X-Filler: " + String(repeating: "a", count: 8000) + "\r\n").utf8)
      try connection.send(Array("HTTP/1.1 200 OK\r\n".utf8), until: deadline)
      for _ in 0..<1250 { try connection.send(filler, until: deadline) }
    }
    #expect(huge.findings.map(\.id) == ["http.no-answer"])
    #expect(huge.facts.shown?.verdict.isTrusted == true)
  }
}
