import DNSModel
import DNSTransport
import Engine
import Notation
import SystemIO

/// Publishes `_acme-challenge.NAME TXT` by dynamic update, and looks for it at every authoritative
/// address itself. Adding and removing one value of an RRset may be repeated (RFC 2136 §3.4.2): other
/// values at the name are left alone.
public struct DynamicUpdateChallenges: ChallengePublisher {
  private let sight: ChallengeSight
  private let server: SocketAddress
  private let key: SecretReference?
  private let keyName: DomainName?

  /// `authorities`: every address that answers for the zone, the CA may ask any of them.
  public init(
    zone: DomainName, server: SocketAddress, key: SecretReference?, keyName: DomainName? = nil,
    authorities: [SocketAddress], patience: TimeSpan = .seconds(10)
  ) {
    sight = ChallengeSight(zone: zone, authorities: authorities, patience: patience)
    self.server = server
    self.key = key
    self.keyName = keyName
  }

  public func publish(_ proof: ChallengeProof) throws {
    let record = try record(of: proof, recordClass: .internet, ttl: ChallengeSight.ttl)
    let domain = try DomainName(parsing: proof.domain)
    // A name that answers is to exist by itself: where only a wildcard makes it exist, a record below it
    // would make it an empty non-terminal, and clients would find nothing (design R18).
    guard try sight.mayLiveByWildcard(domain, at: server) else { return try send(record) }
    do {
      try send(record, onlyIfInUse: domain)
    } catch is NameNotInUse {
      throw ChallengeSight.belowWildcard(domain, record.owner)
    }
  }

  public func remove(_ proof: ChallengeProof) throws {
    // Class NONE: this one value goes, its neighbours stay (RFC 2136 §2.5.4).
    try send(try record(of: proof, recordClass: .none, ttl: .zero))
  }

  public func visibility(of proof: ChallengeProof) -> ChallengeVisibility {
    sight.visibility(of: proof)
  }

  private func record(
    of proof: ChallengeProof, recordClass: RecordClass, ttl: TTL
  ) throws -> ResourceRecord {
    let value = Array(proof.value.utf8)
    return ResourceRecord(
      owner: try sight.name(of: proof), recordClass: recordClass, ttl: ttl,
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
      header: header, questions: [Question(sight.zone, .soa)], authorities: [record])
    if let needed {
      // "Name is in use" (RFC 2136 §2.4.4): of records that stand in the zone, wildcards not counted.
      message.answers = [
        ResourceRecord(
          owner: needed, recordClass: .any, ttl: .zero, data: RecordData(type: .any, wire: []))
      ]
    }
    let code: ResponseCode
    do {
      code = try DNSExchange.send(message, to: server, key: try signer(), within: sight.patience)
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
