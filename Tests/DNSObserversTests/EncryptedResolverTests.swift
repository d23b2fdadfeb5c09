import Assessment
import DNSModel
import DNSObservers
import DNSTransport
import Migration
import Notation
import SystemIO
import TLSToolkit
import TestSupport
import Testing

/// Questions over TLS and HTTPS, put to real resolvers with certificates of our own authority.
@Suite(.serialized) struct EncryptedResolverTests {
  static let name = "resolver.bed.test"

  /// An authority, and files for a server whose certificate is for `name` and its address.
  struct Workshop {
    let anchor: [UInt8]
    let folder = TemporaryDirectory()
    let habits: ResolverHabits

    init(days: ClosedRange<Int> = -1...30) throws {
      let now = SystemClock.wall()
      let root = try LocalAuthority.root(
        .authority("Bed Root", from: now - .days(9), until: now + .days(90)), key: .generate(.p256))
      let key = try PrivateKey.generate(.p256)
      var template = CertificateTemplate(
        names: [try DomainName(parsing: EncryptedResolverTests.name)],
        from: now + .days(days.lowerBound), until: now + .days(days.upperBound))
      template.addresses = [[127, 0, 0, 1]]
      let leaf = try root.issue(template, for: key)
      anchor = Array(root.certificate.pem.utf8)
      let chain = folder.write("chain.pem", leaf.pem)
      let secret = folder.write(
        "key.pem", try key.pem().reveal { String(decoding: $0, as: UTF8.self) })
      var habits = ResolverHabits()
      habits.encryption = .init(
        chain: chain, key: secret, tlsPort: try FreePort.next(), httpsPort: try FreePort.next())
      self.habits = habits
    }
  }

  private func authority() throws -> ScriptedServer {
    try ScriptedServer { query, _ in
      guard let question = query.questions.first, question.type == .cname else {
        return ResolverBedTests.nothing(query, .noError)
      }
      return query.reply([
        ResourceRecord(
          owner: question.name, ttl: TTL(clamping: 300), data: .cname("new.bed.test"))
      ])
    }
  }

  private func ask(
    _ workshop: Workshop, _ channel: String, name: String? = name, anchors: [UInt8]? = nil
  ) throws -> DNSObservation {
    let encryption = try #require(workshop.habits.encryption)
    let port = channel == "tls" ? encryption.tlsPort : encryption.httpsPort
    let text = "127.0.0.1:\(port)/\(channel)" + (name.map { "#\($0)" } ?? "")
    let member = try #require(PanelMember(parsing: text))
    return try #require(
      ResolverLook.ask(
        [member], "api.bed.test", .cname, on: Observing(),
        trust: .init(anchors: anchors ?? workshop.anchor), within: .seconds(20)
      ).first)
  }

  @Test(arguments: [Maker.unbound, .knot], ["tls", "https"])
  func answersComeThroughWhenTheCertificateHolds(maker: Maker, channel: String) throws {
    let workshop = try Workshop()
    let authority = try authority()
    let resolver = try RealResolver(maker, authority: authority.address, workshop.habits)
    for name in [Self.name, nil] {
      let seen = try ask(workshop, channel, name: name)
      #expect(seen.reply?.data == [.cname("new.bed.test")], "\(seen)")
      #expect(seen.reply?.remaining ?? .zero > .zero)
      #expect(seen.server.channel.rawValue == channel)
    }
    _ = resolver
  }

  @Test(arguments: ["tls", "https"])
  func aCertificateThatDoesNotHoldIsToldApart(channel: String) throws {
    let workshop = try Workshop()
    let authority = try authority()
    let resolver = try RealResolver(.unbound, authority: authority.address, workshop.habits)
    let strangers = try Workshop().anchor
    for seen in [
      try ask(workshop, channel, name: "another.bed.test"),
      try ask(workshop, channel, anchors: strangers),
    ] {
      guard case .distrusted = seen.silence else {
        Issue.record("\(seen)")
        continue
      }
      let verdict = Verdict.judging(
        seen, by: .init(name: seen.name, type: .cname, expected: [.cname("new.bed.test")]),
        authoritiesAgree: true)
      #expect(verdict.kind == .untrusted)
      #expect(verdict.explanation.contains("certificate"))
    }
    _ = resolver
  }

  @Test(arguments: ["tls", "https"])
  func anExpiredCertificateIsNotBelieved(channel: String) throws {
    let workshop = try Workshop(days: -5 ... -1)
    let authority = try authority()
    let resolver = try RealResolver(.unbound, authority: authority.address, workshop.habits)
    #expect(try ask(workshop, channel).silence?.kind == "distrusted")
    _ = resolver
  }

  @Test func whatIsNoTLSIsNoCertificateFailure() throws {
    // A server that speaks plain DNS there, and a port where nobody is.
    let plain = try authority()
    let anchor = try Workshop().anchor
    for channel in ["tls", "https"] {
      let member = try #require(PanelMember(parsing: "\(plain.address)/\(channel)#\(Self.name)"))
      let nobody = try #require(
        PanelMember(parsing: "127.0.0.1:\(try FreePort.next())/\(channel)#\(Self.name)"))
      let seen = ResolverLook.ask(
        [member, nobody], "api.bed.test", .cname, on: try Observing(),
        trust: .init(anchors: anchor), within: .seconds(3))
      #expect(["closed", "channelFailed", "timeout"].contains(seen[0].silence?.kind), "\(seen[0])")
      #expect(seen[1].silence?.kind == "unreachable", "\(seen[1])")
    }
  }

  @Test func deafServersOfEveryChannelAreWaitedForTogether() throws {
    // Sockets that take a connection and never say a word.
    let listeners = try (0..<12).map { _ in try TCPListener(bindingTo: .loopback()) }
    let deaf = try (0..<12).map { _ in try ScriptedServer { _, _ in [] } }
    let channels = ["tls", "https", "tcp"]
    let members =
      listeners.enumerated().compactMap { index, listener in
        PanelMember(parsing: "\(listener.address)/\(channels[index % 3])")
      } + deaf.map { PanelMember(label: "deaf", address: $0.address) }
    #expect(members.count == 24)
    let begin = SystemClock.nanoseconds()
    let seen = ResolverLook.ask(
      members, "api.bed.test", .cname, on: try Observing(), within: .seconds(2))
    let elapsed = SystemClock.nanoseconds() - begin
    #expect(seen.allSatisfy { $0.silence?.kind == "timeout" }, "\(seen.map(\.outcome))")
    // One after the other they would take 24 × 2 s.
    #expect(elapsed < 24_000_000_000)
  }
}
