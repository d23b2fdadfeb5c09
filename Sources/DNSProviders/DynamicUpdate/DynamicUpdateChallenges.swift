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
    let domain = try DomainName(parsing: proof.domain)
    // A name that answers is to exist by itself: where only a wildcard makes it exist, a record below it
    // would make it an empty non-terminal, and clients would find nothing (design R18).
    guard try mayLiveByWildcard(domain) else { return try send(record) }
    do {
      try send(record, onlyIfInUse: domain)
    } catch is NameNotInUse {
      throw ChallengeRefusal(
        "\(domain) exists only through a wildcard; \(record.owner) below it would take its records "
          + "away from clients. Give \(domain) records of its own first")
    }
  }

  /// False where the server denies the name, so that no wildcard answers for it, and where it is seen to
  /// be a name above others, which no wildcard reaches (RFC 4592 §2.2.2).
  private func mayLiveByWildcard(_ domain: DomainName) throws -> Bool {
    func ask(_ name: DomainName) throws -> Message {
      try DNSExchange.ask(Question(name, .a), of: server, within: patience).message
    }
    let answer = try ask(domain)
    if answer.responseCode == .nameError || domain == zone { return false }
    guard answer.answers.isEmpty, let sibling = domain.parent?.prepending("cutover-no-such-name")
    else { return true }
    return try ask(sibling).responseCode != .nameError
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
      throw ChallengeRefusal("a dynamic update cannot publish an \(proof.kind.rawValue) proof")
    }
    let domain = try DomainName(parsing: proof.domain)
    guard let name = domain.prepending("_acme-challenge"), name.isWithin(zone) else {
      throw ChallengeRefusal("\(domain) is not in the zone \(zone)")
    }
    return name
  }

  private func record(
    of proof: ChallengeProof, recordClass: RecordClass, ttl: TTL
  ) throws -> ResourceRecord {
    let value = Array(proof.value.utf8)
    guard value.count <= 255 else {
      throw ChallengeRefusal("the proof is too long for a TXT string")
    }
    return ResourceRecord(
      owner: try challengeName(proof), recordClass: recordClass, ttl: ttl,
      data: RecordData(type: .txt, wire: [UInt8(value.count)] + value))
  }

  /// The key as it is found now; what is wrong with it is no passing fault.
  private func signer() throws(ChallengeRefusal) -> TSIGKey? {
    do {
      return try key.map { source in
        try source.resolve().reveal { bytes in
          try TSIGKey(parsing: String(decoding: bytes, as: UTF8.self), named: keyName)
        }
      }
    } catch {
      throw ChallengeRefusal("the key for updates: \(error)")
    }
  }

  /// Whether the key can be had at all, before anybody is asked for anything.
  public func checkKey() throws { _ = try signer() }

  private struct NameNotInUse: Error {}

  private func send(_ record: ResourceRecord, onlyIfInUse needed: DomainName? = nil) throws {
    var header = MessageHeader(id: 0)
    header.opcode = .update
    var message = Message(
      header: header, questions: [Question(zone, .soa)], authorities: [record])
    if let needed {
      // "Name is in use" (RFC 2136 §2.4.4): of records that stand in the zone, wildcards not counted.
      message.answers = [
        ResourceRecord(
          owner: needed, recordClass: .any, ttl: .zero, data: RecordData(type: .any, wire: []))
      ]
    }
    let code: ResponseCode
    do {
      code = try DNSExchange.send(message, to: server, key: try signer(), within: patience)
        .message.responseCode
    } catch let failure as DNSFailure {
      guard case .signature = failure.reason else { throw failure }
      throw ChallengeRefusal("\(server) does not take the key: \(failure)")
    }
    if needed != nil, code == .nameError { throw NameNotInUse() }
    guard code == .noError else {
      throw ChallengeRefusal(
        "\(server) answers \(code) to the change of \(record.owner) TXT: "
          + "may the key change it?")
    }
  }
}
