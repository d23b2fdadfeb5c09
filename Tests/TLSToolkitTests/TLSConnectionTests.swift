import DNSModel
import Migration
import Notation
import SystemIO
import TLSToolkit
import TestBeds
import TestSupport
import Testing

@Suite struct TLSConnectionTests {
  let workshop: CertificateWorkshop
  let anchors: TrustAnchors
  init() throws {
    workshop = try CertificateWorkshop()
    anchors = try TrustAnchors.of([workshop.root.certificate])
  }

  private func bag(_ change: (inout CertificateTemplate) -> Void = { _ in }) throws -> KeyBag {
    KeyBag(
      key: workshop.leafKey, certificate: try workshop.leaf(change),
      others: [workshop.intermediate.certificate])
  }

  private func trust(_ name: DomainName = "api.contososhoes.test") -> TLSTrust {
    TLSTrust(anchors: anchors, identity: .host(name), at: CertificateWorkshop.now)
  }

  /// Both sides in memory, to the end of the handshake.
  private func meet(_ client: TLSSession, _ server: TLSSession) throws {
    for _ in 0..<10 {
      let clientDone = try client.advance() == .established
      server.receive(client.takeOutput())
      let serverDone = try server.advance() == .established
      client.receive(server.takeOutput())
      if clientDone && serverDone { return }
    }
    Issue.record("the handshake does not end")
  }

  @Test func bothSidesAgreeOnEverything() throws {
    var settings = TLSServerSettings(certificate: try bag())
    settings.protocols = ["h2", "http/1.1"]
    settings.staple = Array("a staple".utf8)
    var wishes = TLSClientSettings()
    wishes.protocols = ["http/1.1"]
    wishes.groups = "P-384"
    wishes.asksForStaple = true
    let server = try TLSSession(.server(settings))
    let client = try TLSSession(.client(wishes), serverName: "api.contososhoes.test")
    try meet(client, server)
    #expect(client.version == .tls13 && server.version == .tls13)
    #expect(client.cipherSuite == server.cipherSuite && client.cipherSuite >> 8 == 0x13)
    #expect(client.applicationProtocol == "http/1.1")
    #expect(client.group == "secp384r1" || client.group == "P-384")
    #expect(client.staple == Array("a staple".utf8))
    #expect(server.requestedName == "api.contososhoes.test")
    #expect(
      client.peerCertificates == [try bag().certificate, workshop.intermediate.certificate]
        || client.peerCertificates.count == 2)
    try client.write(Array("hello".utf8))
    server.receive(client.takeOutput())
    #expect(try server.read() == Array("hello".utf8))
    server.close()
    client.receive(server.takeOutput())
    #expect(try client.read() == nil)
  }

  @Test func theNameChoosesTheCertificate() throws {
    var settings = TLSServerSettings(certificate: try bag())
    settings.others = [try bag { $0.names = ["other.test"] }]
    let context = try TLSContext.server(settings)
    for (name, expected) in [
      ("api.contososhoes.test", "api.contososhoes.test"), ("other.test", "other.test"),
    ] as [(DomainName, String)] {
      let client = try TLSSession(.client(TLSClientSettings()), serverName: name)
      try meet(client, TLSSession(context))
      #expect(client.peerCertificates.first?.facts.title == expected)
    }
  }

  @Test func versionsThatDoNotOverlapFailWithAReason() throws {
    var settings = TLSServerSettings(certificate: try bag())
    settings.most = .tls12
    var wishes = TLSClientSettings()
    wishes.least = .tls13
    let problem = #expect(throws: TLSProblem.self) {
      try meet(TLSSession(.client(wishes)), TLSSession(.server(settings)))
    }
    #expect("\(problem!)".contains("version") || "\(problem!)".contains("protocol"))
  }

  @Test func talksOverARealSocketAndResumes() throws {
    let server = try EchoServer(.server(TLSServerSettings(certificate: bag())))
    defer { server.stop() }
    let context = try TLSContext.client(TLSClientSettings())
    let deadline = Deadline(in: .seconds(20))
    var ticket: TLSTicket?
    for round in 0..<2 {
      let connection = try TLSConnection(
        to: server.address, context, serverName: "api.contososhoes.test", trust: trust(),
        resuming: ticket, until: deadline)
      #expect(connection.session.isResumed == (round == 1))
      let text = [UInt8](repeating: 65, count: 100_000)
      try connection.send(text, until: deadline)
      var echo: [UInt8] = []
      while echo.count < text.count, let more = try connection.receive(until: deadline) {
        echo += more
      }
      #expect(echo == text)
      ticket = connection.session.ticket
      connection.close()
    }
  }

  @Test func refusesAStrangerBeforeTheFirstByte() throws {
    let server = try EchoServer(.server(TLSServerSettings(certificate: bag())))
    defer { server.stop() }
    let problem = #expect(throws: TLSProblem.self) {
      try TLSConnection(
        to: server.address, .client(TLSClientSettings()), serverName: "elsewhere.test",
        trust: trust("elsewhere.test"), until: Deadline(in: .seconds(20)))
    }
    guard case .distrusted(let verdict)? = problem else {
      Issue.record("\(String(describing: problem))")
      return
    }
    #expect(verdict.faults.map(\.kind) == [.wrongName])
  }

  @Test func silenceEndsAtTheDeadline() throws {
    // The kernel accepts, and nobody ever answers.
    let listener = try TCPListener(bindingTo: .loopback())
    let problem = #expect(throws: TLSProblem.self) {
      try TLSConnection(
        to: listener.address, .client(TLSClientSettings()), serverName: nil, trust: nil,
        until: Deadline(in: .milliseconds(150)))
    }
    guard case .timedOut? = problem else {
      Issue.record("\(String(describing: problem))")
      return
    }
  }

  @Test func nobodyThereIsUnreachable() throws {
    var listener: TCPListener? = try TCPListener(bindingTo: .loopback())
    let address = try #require(listener?.address)
    listener = nil
    let problem = #expect(throws: TLSProblem.self) {
      try TLSConnection(
        to: address, .client(TLSClientSettings()), serverName: nil, trust: nil,
        until: Deadline(in: .seconds(20)))
    }
    #expect("\(problem!)".contains("cannot be reached"))
  }
}
