import DNSModel
import Notation

/// A reply, read as an answer to one question: the chain of aliases, what stands at its end, and
/// everything about the reply that a verdict may need.
public struct DNSReply: Hashable, Sendable {
  public enum Meaning: Hashable, Sendable {
    /// Records of the type, or at least an alias on the way there.
    case data
    /// NXDOMAIN for the name at the end of the chain.
    case noSuchName
    /// The name exists, the type does not.
    case noSuchType
    /// Ask the servers of this zone instead.
    case referral(to: DomainName)
    case refused
    case serverFailure
    /// Any other response code, or an empty answer that means nothing.
    case other
  }

  public struct Alias: Hashable, Sendable {
    public var owner: DomainName
    public var target: DomainName
    public var ttl: TTL

    public init(owner: DomainName, target: DomainName, ttl: TTL) {
      self.owner = owner
      self.target = target
      self.ttl = ttl
    }
  }

  public var meaning: Meaning
  public var code: ResponseCode
  public var isAuthoritative: Bool
  public var isTruncated: Bool
  public var recursionAvailable: Bool
  public var authenticData: Bool
  public var chain: [Alias]
  /// The records of the type asked for, at the end of the chain.
  public var records: [ResourceRecord]
  /// min(SOA TTL, SOA MINIMUM) of an authority's SOA (RFC 2308 §5); what is left of that in a cache's.
  public var negativeTTL: TTL?
  /// The zone the reply's SOA names, with its serial.
  public var zone: DomainName?
  public var serial: Serial?
  public var signatures: [ResourceRecord]
  public var authorities: [ResourceRecord]
  public var additionals: [ResourceRecord]
  public var extendedErrors: [ExtendedDNSError]
  /// What the server calls itself (NSID, RFC 5001).
  public var serverIdentifier: [UInt8]
  /// For how much of the client's network the answer is made (RFC 7871); nil where the server says nothing.
  public var clientSubnetScope: UInt8?

  /// Reads `message` as the answer to (name, type).
  public init(_ message: Message, name: DomainName, type: RecordType) {
    // Records of another class answer another question.
    let answers = message.answers.filter { $0.recordClass == .internet }
    code = message.responseCode
    isAuthoritative = message.header.isAuthoritative
    isTruncated = message.header.isTruncated
    recursionAvailable = message.header.recursionAvailable
    authenticData = message.header.authenticData
    chain = []
    var end = name
    // As many steps as there are records: a loop in the answer ends there.
    for _ in answers.indices where type != .cname {
      guard
        let alias = answers.first(where: { $0.owner == end && $0.data.type == .cname }),
        let target = alias.data.cnameTarget, !chain.contains(where: { $0.owner == end })
      else { break }
      chain.append(Alias(owner: end, target: target, ttl: alias.ttl))
      end = target
    }
    let last = end
    records = answers.filter { $0.owner == last && $0.data.type == type }
    signatures = answers.filter { $0.data.type == .rrsig }
    authorities = message.authorities
    additionals = message.additionals
    let soa = message.authorities.first { $0.data.type == .soa }
    // A cache has taken the smaller of the two already, and counts down from there.
    let isCounted = !isAuthoritative
    negativeTTL = soa.flatMap { record in
      record.data.soa.map { isCounted ? record.ttl : min(record.ttl, TTL(received: $0.minimum)) }
    }
    zone = soa?.owner
    serial = soa?.data.soa?.serial ?? records.first { $0.data.type == .soa }?.data.soa?.serial
    extendedErrors = []
    serverIdentifier = []
    for option in message.edns?.options ?? [] {
      if option.code == EDNSOption.extendedError, let error = ExtendedDNSError(option.data) {
        extendedErrors.append(error)
      } else if option.code == EDNSOption.nameServerIdentifier {
        serverIdentifier = option.data
      } else if option.code == EDNSOption.clientSubnet, option.data.count >= 4 {
        clientSubnetScope = option.data[3]
      }
    }
    meaning = Self.meaning(message, records: records, chain: chain, hasSOA: soa != nil, name: name)
  }

  private static func meaning(
    _ message: Message, records: [ResourceRecord], chain: [Alias], hasSOA: Bool, name: DomainName
  ) -> Meaning {
    switch message.responseCode {
    case .noError: break
    case .nameError: return .noSuchName
    case .refused: return .refused
    case .serverFailure: return .serverFailure
    default: return .other
    }
    if !records.isEmpty { return .data }
    if hasSOA { return .noSuchType }
    if !chain.isEmpty { return .data }
    let cut = message.authorities.first { $0.data.type == .ns && name.isWithin($0.owner) }
    if !message.header.isAuthoritative, let cut { return .referral(to: cut.owner) }
    // RFC 2308 §2.2.1 knows a NODATA without SOA; only an authority's word counts for that.
    return message.header.isAuthoritative ? .noSuchType : .other
  }

  /// What a server says of a zone that it was never told of, where it does not refuse.
  public var isEmptyWithoutAuthority: Bool {
    meaning == .other && code == .noError && !isAuthoritative
  }

  public var isDenial: Bool { meaning == .noSuchName || meaning == .noSuchType }

  /// How long this answer lives: each link of the chain expires by itself, the first to do so ends it.
  public var remaining: TTL? {
    let all = chain.map(\.ttl) + records.map(\.ttl)
    return isDenial ? negativeTTL : all.min()
  }

  /// The data at the end of the chain, in a fixed order.
  public var data: [RecordData] {
    records.map(\.data).sorted { $0.wire.lexicographicallyPrecedes($1.wire) }
  }

  /// The first alias: where the name points.
  public var aliasTarget: DomainName? {
    chain.first?.target ?? records.first { $0.data.type == .cname }?.data.cnameTarget
  }

  /// The server says itself that it answers from what has expired (RFC 8914 §4.4, §4.20).
  public var saysStale: Bool { extendedErrors.contains { $0.code == 3 || $0.code == 19 } }
}

/// Why a server answers as it does, in its own words (RFC 8914).
public struct ExtendedDNSError: Hashable, Sendable, CustomStringConvertible {
  public let code: UInt16
  public let text: String

  public init(code: UInt16, text: String) {
    self.code = code
    self.text = text
  }

  init?(_ data: [UInt8]) {
    guard data.count >= 2 else { return nil }
    self.init(
      code: UInt16(data[0]) << 8 | UInt16(data[1]),
      text: String(decoding: data[2...], as: UTF8.self))
  }

  public var description: String {
    let meaning = Self.meanings[code] ?? "code \(code)"
    return text.isEmpty ? meaning : "\(meaning): \(safeText(text, limit: 120))"
  }

  /// RFC 8914 §5.2 and the registry's later rows.
  private static let meanings: [UInt16: String] = [
    0: "other error", 1: "unsupported DNSKEY algorithm", 2: "unsupported DS digest",
    3: "stale answer", 4: "forged answer", 5: "DNSSEC indeterminate", 6: "DNSSEC bogus",
    7: "signature expired", 8: "signature not yet valid", 9: "DNSKEY missing", 10: "RRSIGs missing",
    11: "no zone key bit set", 12: "NSEC missing", 13: "cached error", 14: "not ready",
    15: "blocked", 16: "censored", 17: "filtered", 18: "prohibited", 19: "stale NXDOMAIN answer",
    20: "not authoritative", 21: "not supported", 22: "no reachable authority",
    23: "network error", 24: "invalid data",
  ]
}
