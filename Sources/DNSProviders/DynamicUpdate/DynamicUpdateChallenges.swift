import DNSModel
import DNSTransport
import Engine
import Notation
import SystemIO

/// Publishes `_acme-challenge.NAME TXT` by dynamic update, and looks for it at every authoritative
/// address itself. Adding and removing one value of an RRset may be repeated (RFC 2136 §3.4.2): other
/// values at the name are left alone.
public struct DynamicUpdateChallenges: ChallengePublisher {
  private let zone: DomainName
  private let server: SocketAddress
  private let key: SecretReference?
  private let keyName: DomainName?
  private let authorities: [SocketAddress]
  private let patience: TimeSpan

  /// Short: it is gone again within minutes, and a value left in caches would spoil the next attempt.
  private static let ttl = TTL(clamping: 60)

  /// `authorities`: every address that answers for the zone, the CA may ask any of them.
  public init(
    zone: DomainName, server: SocketAddress, key: SecretReference?, keyName: DomainName? = nil,
    authorities: [SocketAddress], patience: TimeSpan = .seconds(10)
  ) {
    self.zone = zone
    self.server = server
    self.key = key
    self.keyName = keyName
    self.authorities = authorities
    self.patience = patience
  }

  public func publish(_ proof: ChallengeProof) throws {
    let record = try record(of: proof, recordClass: .internet, ttl: Self.ttl)
    try send(record)
  }

  public func remove(_ proof: ChallengeProof) throws {
    // Class NONE: this one value goes, its neighbours stay (RFC 2136 §2.5.4).
    try send(try record(of: proof, recordClass: .none, ttl: .zero))
  }

  public func visibility(of proof: ChallengeProof) -> ChallengeVisibility {
    guard let name = try? challengeName(proof) else {
      return .impossible("\(safeText(proof.domain)) has no challenge name in \(zone)")
    }
    guard !authorities.isEmpty else { return .unknown("no authoritative server is known") }
    var unasked: [String] = []
    for authority in authorities {
      switch look(at: authority, name, for: proof.value) {
      case .everywhere: continue
      case .unknown(let why): unasked.append("\(authority): \(why)")
      case let other: return other
      }
    }
    return unasked.isEmpty ? .everywhere : .unknown(unasked.joined(separator: "; "))
  }

  private func look(
    at authority: SocketAddress, _ name: DomainName, for value: String
  ) -> ChallengeVisibility {
    let message: Message
    do {
      message = try DNSExchange.ask(Question(name, .txt), of: authority, within: patience).message
    } catch {
      return .unknown(error.description)
    }
    guard message.responseCode == .noError || message.responseCode == .nameError else {
      return .unknown("it answers \(message.responseCode)")
    }
    guard message.header.isAuthoritative else { return .unknown("it is not authoritative") }
    if let alias = message.answers.first(where: { $0.owner == name && $0.data.type == .cname }) {
      let target = DomainName(wire: alias.data.wire)?.description ?? "somewhere else"
      return .impossible(
        "\(authority) answers for \(name) with an alias to \(target): a wildcard, or a delegation of "
          + "the challenge; the CA would look there")
    }
    let wanted = [UInt8(value.utf8.count)] + Array(value.utf8)
    let isThere = message.answers.contains { $0.owner == name && $0.data.wire == wanted }
    return isThere ? .everywhere : .notYet("\(authority)")
  }

  private func challengeName(_ proof: ChallengeProof) throws -> DomainName {
    guard proof.kind == .dns else {
      throw ProviderFailure("a dynamic update cannot publish an \(proof.kind.rawValue) proof")
    }
    let domain = try DomainName(parsing: proof.domain)
    guard let name = domain.prepending("_acme-challenge"), name.isWithin(zone) else {
      throw ProviderFailure("\(domain) is not in the zone \(zone)")
    }
    return name
  }

  private func record(
    of proof: ChallengeProof, recordClass: RecordClass, ttl: TTL
  ) throws -> ResourceRecord {
    let value = Array(proof.value.utf8)
    guard value.count <= 255 else {
      throw ProviderFailure("the proof is too long for a TXT string")
    }
    return ResourceRecord(
      owner: try challengeName(proof), recordClass: recordClass, ttl: ttl,
      data: RecordData(type: .txt, wire: [UInt8(value.count)] + value))
  }

  private func send(_ record: ResourceRecord) throws {
    var header = MessageHeader(id: 0)
    header.opcode = .update
    let message = Message(
      header: header, questions: [Question(zone, .soa)], authorities: [record])
    let key = try key.map { source in
      try source.resolve().reveal { bytes in
        try TSIGKey(parsing: String(decoding: bytes, as: UTF8.self), named: keyName)
      }
    }
    let answer = try DNSExchange.send(message, to: server, key: key, within: patience).message
    guard answer.responseCode == .noError else {
      throw ProviderFailure(
        "\(server) answers \(answer.responseCode) to the change of \(record.owner) TXT: "
          + "may the key change it?")
    }
  }
}
