import DNSModel
import Digests
import HTTP
import Migration
import Notation
import SystemIO
import TLSToolkit

/// Looks at every address of an endpoint at once and tells what a client would meet there. It looks;
/// judging is `Assessment`'s.
public struct EndpointProbe: Sendable {
  public var identity: ServerIdentity
  /// The port in clients' URLs; addresses may have another.
  public var port: UInt16 = 443
  public var anchors: TrustAnchors
  /// At which moment certificates are judged.
  public var moment: UTCInstant
  /// What is fetched; nil fetches nothing.
  public var healthPath: String? = "/"
  public var patience = TimeSpan.seconds(5)
  /// Whether versions and suites are enumerated: some eighty connections to each address.
  public var enumerates = true

  public init(_ identity: ServerIdentity, anchors: TrustAnchors, at moment: UTCInstant) {
    self.identity = identity
    self.anchors = anchors
    self.moment = moment
  }

  public func look(at addresses: [SocketAddress]) -> [EndpointFacts] {
    let work = addresses.enumerated().flatMap { index, address in
      parts(address).map { part in (index, part) }
    }
    let changes = inParallel(work.map { $0.1 })
    var seen = addresses.map { EndpointFacts(address: $0.description, identity: identity) }
    for ((index, _), change) in zip(work, changes) { change(&seen[index]) }
    return seen
  }

  private typealias Change = @Sendable (inout EndpointFacts) -> Void

  private func parts(_ address: SocketAddress) -> [@Sendable () -> Change] {
    let visit = AddressVisit(probe: self, address: address)
    var parts: [@Sendable () -> Change] = [
      { visit.handshake() }, { visit.stranger(named: true) }, { visit.stranger(named: false) },
      { visit.resumption() },
    ]
    if healthPath != nil { parts.append { visit.health() } }
    if enumerates { parts.append { visit.survey() } }
    return parts
  }

  var serverName: DomainName? {
    if case .host(let name) = identity { return name }
    return nil
  }
}

/// What is asked of one address; each part on a connection and a thread of its own.
private struct AddressVisit: Sendable {
  let probe: EndpointProbe
  let address: SocketAddress
  typealias Change = @Sendable (inout EndpointFacts) -> Void

  private var deadline: Deadline { Deadline(in: probe.patience) }
  private static let ticketTime = TimeSpan.milliseconds(1500)

  private func context(_ protocols: [String], staple: Bool = false) throws(TLSProblem) -> TLSContext
  {
    var settings = TLSClientSettings()
    settings.protocols = protocols
    settings.asksForStaple = staple
    settings.least = .tls10
    settings.acceptsWeakness = true
    do { return try TLSContext.client(settings) } catch { throw .setup(error) }
  }

  private func connect(
    _ context: TLSContext, name: DomainName?, resuming ticket: TLSTicket? = nil
  ) throws(TLSProblem) -> TLSConnection {
    try TLSConnection(
      to: address, context, serverName: name, trust: nil, resuming: ticket, until: deadline)
  }

  func handshake() -> Change {
    do {
      let connection = try connect(
        context(["h2", "http/1.1"], staple: true), name: probe.serverName)
      defer { connection.close() }
      let session = connection.session
      let shown = try shown(by: session)
      let chosen = session.applicationProtocol
      return { facts in
        facts.shown = shown
        facts.preferredApplication = chosen
      }
    } catch let problem as TLSProblem {
      return { $0.problem = Self.probeProblem(problem) }
    } catch {
      return { $0.problem = .refused("\(error)") }
    }
  }

  private func shown(by session: TLSSession) throws -> ShownCertificate {
    let sent = session.peerCertificates
    guard let leaf = sent.first else { throw TLSProblem.protocolFailed("no certificate was shown") }
    let others = Array(sent.dropFirst())
    let verdict = try ChainVerification(anchors: probe.anchors, at: probe.moment)
      .verdict(for: leaf, with: others, as: probe.identity)
    let known = others + probe.anchors.certificates
    let issuer = known.first { $0.facts.mayHaveIssued(leaf.facts) && leaf.isSigned(by: $0) }
    let staple = issuer.map {
      StapleVerification(leaf: leaf, issuer: $0, at: probe.moment).verdict(session.staple)
    }
    return ShownCertificate(
      sent: sent.map(\.facts), verdict: verdict,
      staple: staple ?? (session.staple == nil ? .absent : .bad("its issuer was not sent")),
      version: session.version.description, suite: CipherSuite(session.cipherSuite).description,
      group: session.group, asksForClientCertificate: session.wasAskedForCertificate)
  }

  /// A name nobody has (RFC 6761 §6.4), or no name at all.
  func stranger(named: Bool) -> Change {
    let reaction: StrangerReaction
    do {
      let name: DomainName? = named ? "unknown-name-probe.invalid" : nil
      let connection = try connect(context([]), name: name)
      defer { connection.close() }
      reaction =
        connection.session.peerCertificates.first.map { .certificate($0.facts) }
        ?? .unknown("no certificate was shown")
    } catch {
      switch error {
      case .closed, .protocolFailed: reaction = .refused(error.description)
      default: reaction = .unknown(error.description)
      }
    }
    return { facts in
      if named { facts.onWrongName = reaction } else { facts.onNoName = reaction }
    }
  }

  /// Two connections, the second with what the first was given. Reading is what brings TLS 1.3's
  /// ticket in, so a request is sent.
  func resumption() -> Change {
    var answer: Bool?
    var speaksHTTP1 = false
    do {
      let context = try context(["http/1.1"])
      let first = try connect(context, name: probe.serverName)
      speaksHTTP1 = [nil, "http/1.1"].contains(first.session.applicationProtocol)
      let host = probe.identity.authority(port: probe.port)
      let path = probe.healthPath ?? "/"
      let head = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
      try first.send(Array(head.utf8), until: deadline)
      // A ticket comes right after the handshake; who does not answer is not waited for at length.
      _ = try? first.receive(until: min(deadline, Deadline(in: Self.ticketTime)))
      let ticket = first.session.ticket
      first.close()
      guard let ticket else {
        let speaks = speaksHTTP1
        return { $0.set(resumes: false, speaksHTTP1: speaks) }
      }
      let second = try connect(context, name: probe.serverName, resuming: ticket)
      answer = second.session.isResumed
      second.close()
    } catch {
      // Not resuming is a fact only when both connections came about.
    }
    let (resumes, speaks) = (answer, speaksHTTP1)
    return { $0.set(resumes: resumes, speaksHTTP1: speaks) }
  }

  func survey() -> Change {
    let result = SuiteSurvey(
      address: address, serverName: probe.serverName, deadline: deadline
    ).run()
    return { facts in
      facts.protocols = result.protocols
      facts.groups = result.groups
    }
  }

  func health() -> Change {
    let path = probe.healthPath ?? "/"
    do {
      let facts = try HTTPLook(
        identity: probe.identity, address: address, patience: probe.patience, port: probe.port
      )
      .get(path)
      return { $0.health = facts }
    } catch {
      let text = "\(error)"
      return { $0.healthProblem = text }
    }
  }

  private static func probeProblem(_ problem: TLSProblem) -> EndpointFacts.ProbeProblem {
    switch problem {
    case .unreachable(let text): .unreachable(text)
    case .timedOut(let doing): .silent("\(doing) took too long")
    case .closed: .refused("the handshake was cut off without a reason")
    // "wrong version number" is what OpenSSL calls bytes that are no TLS record.
    case .protocolFailed(let text) where text.contains("wrong version number"): .notTLS
    case .protocolFailed, .distrusted, .setup: .refused(problem.description)
    }
  }
}

extension EndpointFacts {
  fileprivate mutating func set(resumes: Bool?, speaksHTTP1: Bool) {
    self.resumes = resumes
    self.speaksHTTP1 = speaksHTTP1
  }
}
