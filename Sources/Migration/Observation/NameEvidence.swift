import DNSModel
import Notation

/// Everything that was seen of one name, for the rules of the audit.
public struct NameEvidence: Hashable, Sendable {
  /// What is planned, as far as it was said.
  public struct Move: Hashable, Sendable {
    public var newTarget: DomainName?
    /// Where it points today, as the plan has it.
    public var oldTarget: DomainName?
    /// How the CA will be answered: `dns-01` or `http-01` (RFC 8657).
    public var challenge: String?
    /// What the record's TTL was asked to be.
    public var requestedTTL: TTL?
    /// The CA's domain in CAA records: `digicert.com`.
    public var authority: String?
    /// From now to the end of the move.
    public var window: TimeSpan

    public init(
      newTarget: DomainName? = nil, requestedTTL: TTL? = nil, authority: String? = nil,
      window: TimeSpan = .days(14)
    ) {
      self.newTarget = newTarget
      self.requestedTTL = requestedTTL
      self.authority = authority
      self.window = window
    }
  }

  /// A name looked up through its own authorities, aliases followed.
  public struct Resolution: Hashable, Sendable {
    public var name: DomainName
    public var type: RecordType
    public var chain: [DNSReply.Alias] = []
    /// Of the last name of the chain, by each of its authorities.
    public var all: [DNSObservation] = []
    public var isLoop = false
    /// It goes on for longer than resolvers follow.
    public var isEndless = false

    public init(name: DomainName, type: RecordType) {
      self.name = name
      self.type = type
    }

    /// Where authorities differ: data before denials before silence, so that it is no matter of chance. Nil
    /// where no authority could be found.
    public var last: DNSObservation? {
      get { all.min { Self.rank($0) < Self.rank($1) } }
      set { all = newValue.map { [$0] } ?? [] }
    }

    private static func rank(_ observation: DNSObservation) -> Int {
      guard let reply = observation.reply, reply.isAuthoritative else { return 3 }
      if reply.meaning == .data { return 0 }
      return reply.isDenial ? 1 : 2
    }

    public var records: [ResourceRecord] { last?.reply?.records ?? [] }
    /// An authority's word that nothing is there; false also where nobody could be asked.
    public var isDenied: Bool { last?.reply?.isDenial == true }
    public var isKnown: Bool { isDenied || !records.isEmpty }
  }

  /// An authority's answer made for clients of another region (RFC 7871).
  public struct RegionalAnswer: Hashable, Sendable {
    public var region: String
    public var observation: DNSObservation

    public init(region: String, observation: DNSObservation) {
      self.region = region
      self.observation = observation
    }
  }

  /// One zone on the way from a trust anchor: its keys by its own servers, the DS by its parent's.
  public struct TrustLink: Hashable, Sendable {
    public var zone: DomainName
    public var keys: DNSObservation?
    /// Nil for the anchor's own zone.
    public var signers: DNSObservation?

    public init(zone: DomainName, keys: DNSObservation? = nil, signers: DNSObservation? = nil) {
      self.zone = zone
      self.keys = keys
      self.signers = signers
    }
  }

  public struct Target: Hashable, Sendable {
    public var name: DomainName
    public var isNew: Bool
    public var ipv4: Resolution
    public var ipv6: Resolution
    public var caa: Resolution

    public init(
      name: DomainName, isNew: Bool, ipv4: Resolution, ipv6: Resolution, caa: Resolution
    ) {
      self.name = name
      self.isNew = isNew
      self.ipv4 = ipv4
      self.ipv6 = ipv6
      self.caa = caa
    }

    public var role: String { isNew ? "the new target" : "today's target" }
  }

  public var name: DomainName
  public var move: Move
  public var at: UTCInstant
  public var delegation: Delegation
  /// What the zone's authorities said, over UDP and TCP.
  public var observations: [DNSObservation]
  public var targets: [Target]
  /// CAA from the name up to the root, the name itself left out.
  public var ancestorCAA: [Resolution]
  /// What resolvers said of the name, where any were asked.
  public var resolvers: [DNSObservation]
  /// What authorities said on behalf of clients elsewhere.
  public var regional: [RegionalAnswer] = []
  /// DS or DNSKEY records that are trusted without proof; empty: DNSSEC is looked at, not validated.
  public var anchors: [ResourceRecord] = []
  /// From the anchor's zone down to the name's.
  public var trustPath: [TrustLink] = []

  public init(
    name: DomainName, move: Move = Move(), at: UTCInstant, delegation: Delegation,
    observations: [DNSObservation] = [], targets: [Target] = [], ancestorCAA: [Resolution] = [],
    resolvers: [DNSObservation] = []
  ) {
    self.name = name
    self.move = move
    self.at = at
    self.delegation = delegation
    self.observations = observations
    self.targets = targets
    self.ancestorCAA = ancestorCAA
    self.resolvers = resolvers
  }

  public var zone: DomainName { delegation.zone }

  /// Observations of (name, type) from authorities.
  public func asked(_ name: DomainName, _ type: RecordType) -> [DNSObservation] {
    observations.filter { $0.type == type && $0.name == name }
  }

  /// Those that count: answered with authority.
  public func answers(
    _ name: DomainName, _ type: RecordType
  ) -> [(server: AskedServer, reply: DNSReply)] {
    asked(name, type).compactMap { observation in
      guard let reply = observation.reply, reply.isAuthoritative,
        reply.meaning == .data || reply.isDenial
      else { return nil }
      return (observation.server, reply)
    }
  }

  /// Records of (name, type) at any authority, without repeats.
  public func records(_ name: DomainName, _ type: RecordType) -> [ResourceRecord] {
    var found: [ResourceRecord] = []
    for answer in answers(name, type) {
      for record in answer.reply.records
      where !found.contains(where: { $0.data == record.data }) { found.append(record) }
    }
    return found
  }

  /// Where the name points today, by any authority.
  public var todaysTarget: DomainName? { records(name, .cname).first?.data.cnameTarget }

  /// The types whose records clients of the name use.
  public static let clientTypes: [RecordType] = [.cname, .a, .aaaa]

  /// The largest TTL any authority gives a record of the name with (R2).
  public var largestTTL: TTL? {
    Self.clientTypes.flatMap { type in
      answers(name, type).flatMap { answer in
        answer.reply.records.map(\.ttl) + answer.reply.chain.prefix(1).map(\.ttl)
      }
    }.max()
  }
}

/// The names an audit asks about besides the name itself.
public enum AuditNames {
  /// Under these a CA or a router looks for proof of ownership, or a provider left it.
  public static let challengeLabels = [
    "_acme-challenge", "_dnsauth", "asuid", "_cf-custom-hostname", "afdverify", "awverify",
  ]
  public static let fenceLabel = "_fence"
  /// A label nobody uses: what answers for it answers for everything.
  public static let probeLabel = "cutover-no-such-name"

  /// `cname-api.example.test`: where newer external-dns keeps its ownership.
  public static func registry(_ prefix: String, of name: DomainName) -> DomainName? {
    guard let label = name.labels.first, let parent = name.parent else { return nil }
    return parent.prepending(Array(prefix.utf8) + label)
  }

  /// `api.example.test.example.test`: what a registrar makes of a name that lacks its last dot.
  public static func doubled(_ name: DomainName, zone: DomainName) -> DomainName? {
    DomainName(labels: name.labels + zone.labels)
  }
}
