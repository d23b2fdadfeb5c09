import DNSModel
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

@testable import TLSToolkit

@Suite struct HelloTests {
  let workshop: CertificateWorkshop
  init() throws { workshop = try CertificateWorkshop() }

  private func reply(
    _ hello: ClientHello, _ change: (inout TLSServerSettings) -> Void = { _ in }
  ) throws -> HelloReply? {
    var settings = TLSServerSettings(
      certificate: KeyBag(key: workshop.leafKey, certificate: try workshop.leaf()))
    settings.acceptsWeakness = true
    settings.least = .tls10
    change(&settings)
    let server = try TLSSession(.server(settings))
    server.receive(hello.record)
    _ = try? server.advance()
    return HelloReply.read(server.takeOutput())
  }

  private func hello(_ version: TLSVersion, _ suites: [CipherSuite]) -> ClientHello {
    ClientHello(
      version, suites, serverName: "api.contososhoes.test",
      random: [UInt8](repeating: 7, count: 32))
  }

  @Test(arguments: [TLSVersion.tls10, .tls11, .tls12, .tls13])
  func aRealServerPicksWhatItWasOffered(version: TLSVersion) throws {
    let suite = CipherSuite(version == .tls13 ? 0x1302 : 0xC00A)
    guard case .accepted(let choice)? = try reply(hello(version, [suite])) else {
      Issue.record("\(version) was not accepted")
      return
    }
    #expect(choice.version == version && choice.suite == suite)
    #expect((choice.group != nil) == (version == .tls13))
  }

  @Test func aRealServerNamesTheGroupItWasOffered() throws {
    for number: UInt16 in [29, 23, 24, 25] {
      var question = hello(.tls13, CipherSuite.modern)
      question.groups = [NamedGroup(number)]
      guard case .accepted(let choice)? = try reply(question) else {
        Issue.record("group \(number) was not accepted")
        continue
      }
      #expect(choice.group == NamedGroup(number))
    }
  }

  @Test func aRefusalIsAnAlert() throws {
    guard case .alert? = try reply(hello(.tls12, [CipherSuite(0x0005)])) else {
      Issue.record("RC4 should be refused with an alert")
      return
    }
    let answer = try reply(hello(.tls10, CipherSuite.older)) { $0.least = .tls12 }
    guard case .alert? = answer else {
      Issue.record("TLS 1.0 should be refused: \(String(describing: answer))")
      return
    }
  }

  @Test func answersMayComeByteByByte() throws {
    var settings = TLSServerSettings(
      certificate: KeyBag(key: workshop.leafKey, certificate: try workshop.leaf()))
    settings.acceptsWeakness = true
    let server = try TLSSession(.server(settings))
    server.receive(hello(.tls13, CipherSuite.modern).record)
    _ = try server.advance()
    let bytes = server.takeOutput()
    let whole = HelloReply.read(bytes)
    for count in bytes.indices {
      let early = HelloReply.read(Array(bytes.prefix(count)))
      #expect(early == nil || early == whole, "after \(count) bytes")
    }
  }

  @Test func otherProtocolsAreNotTLS() {
    for text in ["HTTP/1.1 400 Bad Request\r\n", "SSH-2.0-OpenSSH", "220 mail ESMTP", "\u{16}abc"] {
      #expect(HelloReply.read(Array(text.utf8)) == .notTLS, "\(text)")
    }
    #expect(HelloReply.read([]) == nil)
  }

  @Test func noBytesCrashTheReader() throws {
    var random = SeededRandom(seed: 19)
    for _ in 0..<20_000 {
      var bytes: [UInt8] = [22, 3, 3, 0, UInt8.random(in: 0...80, using: &random), 2, 0, 0]
      for _ in 0..<Int.random(in: 0...90, using: &random) {
        bytes.append(UInt8.random(in: 0...255, using: &random))
      }
      _ = HelloReply.read(bytes)
      bytes[0] = UInt8.random(in: 19...23, using: &random)
      _ = HelloReply.read(bytes)
    }
  }

  @Test func sweepsAskSideBySideAndEndInTime() throws {
    let silent = try TCPListener(bindingTo: .loopback())
    let server = try EchoServer(
      .server(
        TLSServerSettings(
          certificate: KeyBag(key: workshop.leafKey, certificate: try workshop.leaf()))))
    defer { server.stop() }
    let good = hello(.tls13, CipherSuite.modern).record
    var sweep = HelloSweep()
    sweep.patience = .milliseconds(400)
    let questions =
      (0..<40).map { _ in (server.address, good) } + (0..<4).map { _ in (silent.address, good) }
    let replies = sweep.ask(questions, until: Deadline(in: .seconds(20)))
    for reply in replies.prefix(40) {
      guard case .accepted = reply else {
        Issue.record("\(reply)")
        continue
      }
    }
    #expect(replies.suffix(4) == [.silent, .silent, .silent, .silent])
  }
}
