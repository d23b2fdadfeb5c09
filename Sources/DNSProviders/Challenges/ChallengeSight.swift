import DNSModel
import DNSTransport
import Digests
import Engine
import Notation
import SystemIO

/// A proof in a zone as a CA will find it: at every authoritative address itself, and nowhere else.
struct ChallengeSight: Sendable {
  let zone: DomainName
  /// Every address that answers for the zone, the CA may ask any of them.
  let authorities: [SocketAddress]
  let patience: TimeSpan

  /// Short: it is gone again within minutes, and a value left in caches would spoil the next attempt.
  static let ttl = TTL(clamping: 60)

  /// Where the proof's value belongs.
  func name(of proof: ChallengeProof) throws -> DomainName {
    guard proof.kind == .dns else {
      throw ChallengeRefusal("a zone cannot carry an \(proof.kind.rawValue) proof")
    }
    // What it is made of fits one string and needs no escapes (RFC 8555 §8.4).
    guard proof.value.utf8.count <= 255, [UInt8](base64: proof.value, .url) != nil else {
      throw ChallengeRefusal("the proof for \(safeText(proof.domain)) is no digest")
    }
    let domain = try DomainName(parsing: proof.domain)
    guard let name = domain.prepending("_acme-challenge"), name.isWithin(zone) else {
      throw ChallengeRefusal("\(domain) is not in the zone \(zone)")
    }
    return name
  }

  func visibility(of proof: ChallengeProof) -> ChallengeVisibility {
    guard let name = try? name(of: proof) else {
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
    do { message = try ask(name, .txt, at: authority) } catch { return .unknown("\(error)") }
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

  private func ask(
    _ name: DomainName, _ type: RecordType, at server: SocketAddress
  ) throws -> Message {
    try DNSExchange.ask(Question(name, type), of: server, within: patience).message
  }

  // MARK: names that only a wildcard makes exist (design R18)

  static func belowWildcard(_ domain: DomainName, _ challenge: DomainName) -> ChallengeRefusal {
    ChallengeRefusal(
      "\(domain) exists only through a wildcard; \(challenge) below it would take its records "
        + "away from clients. Give \(domain) records of its own first")
  }

  /// False where the server denies the name, so that no wildcard answers for it, and where it is seen to
  /// be a name above others, which no wildcard reaches (RFC 4592 §2.2.2).
  func mayLiveByWildcard(_ domain: DomainName, at server: SocketAddress) throws -> Bool {
    let answer = try ask(domain, .a, at: server)
    if answer.responseCode == .nameError || domain == zone { return false }
    guard answer.answers.isEmpty, let sibling = Self.sibling(of: domain) else { return true }
    return try ask(sibling, .a, at: server).responseCode != .nameError
  }

  /// For those who can read neither the zone nor set a condition: what answers otherwise than a name
  /// beside it that nobody made has records of its own.
  func refuseBelowWildcard(_ domain: DomainName, _ challenge: DomainName) throws {
    guard let server = authorities.first else {
      throw ProviderFailure("no authoritative server is known")
    }
    guard try mayLiveByWildcard(domain, at: server), let sibling = Self.sibling(of: domain) else {
      return
    }
    let (mine, beside) = (try ask(domain, .a, at: server), try ask(sibling, .a, at: server))
    guard beside.responseCode != .nameError else { return }
    func content(_ message: Message, of owner: DomainName) -> Set<ResourceRecord> {
      let own = message.answers.filter { $0.owner == owner }.map {
        ResourceRecord(
          owner: domain, recordClass: $0.recordClass, ttl: $0.ttl, data: $0.data)
      }
      return Set(own)
    }
    if content(mine, of: domain) != content(beside, of: sibling) { return }
    throw Self.belowWildcard(domain, challenge)
  }

  private static func sibling(of domain: DomainName) -> DomainName? {
    domain.parent?.prepending("cutover-no-such-name")
  }
}
