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

/// Servers that do not behave: each look ends in time, says what was seen, and nothing else.
@Suite struct ConstructedEndpointTests {
  static let now = UTCInstant(seconds: Int64(time(nil)))
  let workshop: CertificateWorkshop
  init() throws { workshop = try CertificateWorkshop(around: Self.now) }

  private func look(
    _ address: SocketAddress, patience: TimeSpan = .seconds(10), enumerates: Bool = false
  ) throws -> (facts: EndpointFacts, ids: [String], verdict: Readiness.Verdict) {
    var probe = EndpointProbe(
      .host("api.contososhoes.test"), anchors: try .of([workshop.root.certificate]), at: Self.now)
    probe.patience = patience
    probe.enumerates = enumerates
    let facts = try #require(probe.look(at: [address]).first)
    let readiness = Readiness([facts], at: Self.now, isPrivate: true)
    return (facts, readiness.findings.map(\.id), readiness.verdict)
  }

  private func nginx(
    others: [Certificate]? = nil, _ lines: String = ""
  ) throws -> NginxBed {
    let key = workshop.leafKey
    let leaf = try workshop.intermediate.issue(
      CertificateWorkshop.template(around: Self.now), for: key)
    return try NginxBed(
      chain: [leaf] + (others ?? [workshop.intermediate.certificate]), key: key,
      anchor: workshop.root.certificate, "\(lines) location / { return 200 ok; }")
  }

  @Test func aSoundNginxRaisesNoAlarm() throws {
    let bed = try nginx("ssl_protocols TLSv1.2 TLSv1.3;")
    let seen = try look(bed.address, enumerates: true)
    #expect(seen.ids == [], "\(seen.facts)")
    #expect(seen.verdict == .ready)
  }

  @Test func aWeakKeyIsReported() throws {
    let key = try ChainBench.foreignKey(["genrsa", "1024"])
    let leaf = try workshop.intermediate.issue(
      CertificateWorkshop.template(around: Self.now), for: key)
    var settings = TLSServerSettings(
      certificate: KeyBag(
        key: key, certificate: leaf, others: [workshop.intermediate.certificate]))
    settings.protocols = ["http/1.1"]
    settings.acceptsWeakness = true
    let server = try EchoServer(.server(settings), serve: EndpointProbeTests.answer)
    defer { server.stop() }
    let seen = try look(server.address)
    #expect(seen.ids == ["certificate.key.weak"])
    #expect(seen.verdict == .notReady)
  }

  @Test func aReversedChainIsReported() throws {
    let bed = try nginx(others: [workshop.root.certificate, workshop.intermediate.certificate])
    #expect(try Set(look(bed.address).ids) == ["chain.order", "chain.root-sent"])
  }

  @Test func tls10AloneIsReportedByAServerOfTheWorld() throws {
    let bed = try nginx("ssl_protocols TLSv1; ssl_ciphers ALL:@SECLEVEL=0;")
    let seen = try look(bed.address, enumerates: true)
    #expect(seen.ids.contains("tls.versions.obsolete"))
    #expect(seen.verdict == .notReady)
    #expect(seen.facts.protocols.filter { $0.answer == .accepted }.map(\.version) == ["TLS 1.0"])
  }

  /// `openssl s_server` speaks no ALPN unless told to, and answers HTTP by -www.
  @Test func anSServerWithoutALPNIsReported() throws {
    let folder = TemporaryDirectory()
    let port = try FreePort.next()
    let leaf = try workshop.intermediate.issue(
      CertificateWorkshop.template(around: Self.now), for: workshop.leafKey)
    folder.write("leaf.pem", leaf.pem)
    folder.write("middle.pem", workshop.intermediate.certificate.pem)
    _ = try workshop.leafKey.pem().reveal {
      folder.write("key.pem", String(decoding: $0, as: UTF8.self))
    }
    let server = try ServerProcess(
      "openssl",
      [
        "s_server", "-accept", "127.0.0.1:\(port)", "-cert", folder.file("leaf.pem"), "-key",
        folder.file("key.pem"), "-cert_chain", folder.file("middle.pem"), "-www",
      ])
    _ = try server.wait(for: "s_server") { server.stdout.contains("ACCEPT") ? true : nil }
    let seen = try look(.loopback(port: port))
    #expect(seen.ids == ["tls.alpn.none"], "\(seen.facts)")
    #expect(seen.facts.health?.status == 200)
  }

  // MARK: servers that are none

  /// Does with each connection what the test says, on a thread of its own, and then closes it.
  private func plain(
    _ serve: @escaping @Sendable (TCPConnection, _ until: Deadline) -> Void
  ) throws -> PlainServer {
    try PlainServer(serve)
  }

  @Test func rubbishIsToldAsRubbish() throws {
    var random = SeededRandom(seed: 3)
    for rubbish in [
      [UInt8](repeating: 0x41, count: 200), Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8),
      Array("220 mail.test ESMTP\r\n".utf8),
      (0..<500).map { _ in UInt8.random(in: 0...255, using: &random) },
    ] {
      let server = try plain { socket, _ in _ = socket.write(rubbish[...]) }
      defer { server.stop() }
      let seen = try look(server.address, enumerates: true)
      #expect(seen.verdict == .notReady, "\(seen.ids)")
      #expect(
        seen.ids.allSatisfy { ["tls.not-tls", "tls.refused", "tls.versions.unseen"].contains($0) },
        "\(seen.ids)")
    }
  }

  @Test func aServerThatStallsAfterTheHelloIsUnknown() throws {
    let server = try plain { socket, until in PlainServer.rest(socket, until) }
    defer { server.stop() }
    let seen = try look(server.address, patience: .milliseconds(700), enumerates: true)
    #expect(seen.ids == ["tls.silent"])
    #expect(seen.verdict == .unknown)
  }

  @Test func aServerThatHangsUpAtOnceHasRefused() throws {
    let server = try plain { _, _ in }
    defer { server.stop() }
    #expect(try look(server.address).verdict == .notReady)
  }

  /// One byte of a record that never becomes whole: no patience is renewed by it.
  @Test func aTricklingServerIsGivenUp() throws {
    let server = try plain { socket, until in
      _ = socket.write([22, 3, 3, 64, 0][...])
      while until.millisecondsLeft > 0, case .done = socket.write([2][...]) { usleep(50_000) }
    }
    defer { server.stop() }
    let seen = try look(server.address, patience: .milliseconds(900), enumerates: true)
    #expect(seen.verdict == .unknown, "\(seen.ids)")
  }

  /// TLS is fine, the answer never ends.
  @Test func anAnswerThatNeverEndsIsToldAndTheRestStays() throws {
    let leaf = try workshop.leaf(around: Self.now)
    var settings = TLSServerSettings(
      certificate: KeyBag(
        key: workshop.leafKey, certificate: leaf, others: [workshop.intermediate.certificate]))
    settings.protocols = ["http/1.1"]
    let server = try EchoServer(.server(settings)) { connection in
      let deadline = Deadline(in: .seconds(3))
      _ = try connection.receive(until: deadline)
      try connection.send(Array("HTTP/1.1 200 OK\r\n\r\n".utf8), until: deadline)
      while try connection.receive(until: deadline) != nil {}
    }
    defer { server.stop() }
    let seen = try look(server.address, patience: .seconds(5))
    #expect(seen.facts.shown?.verdict.isTrusted == true)
    #expect(seen.verdict == .ready)
    #expect(Set(seen.ids).isSubset(of: ["http.no-answer"]), "\(seen.ids)")
  }
}
