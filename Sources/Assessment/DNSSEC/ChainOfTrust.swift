import DNSModel
import Migration
import Notation

/// Follows signatures from a trust anchor down to what every authority says of a name (RFC 4035 §5).
public struct ChainOfTrust: Sendable {
  public enum Standing: Hashable, Sendable {
    /// Everything is signed; the first signature on the way ends then.
    case secure(until: UTCInstant)
    /// The chain ends on purpose, proven by the parent.
    case insecure(String)
    /// Validating resolvers refuse the name.
    case bogus([String])
    /// It could not be followed.
    case unproven(String)
  }

  public private(set) var standing: Standing
  /// What was proven, zone by zone.
  public private(set) var proven: [String] = []
  private var verifier: SetVerifier
  private var ends: UTCInstant?

  public init(_ evidence: NameEvidence) {
    verifier = SetVerifier(at: evidence.at)
    standing = .unproven("")
    standing = judge(evidence)
  }

  private mutating func judge(_ evidence: NameEvidence) -> Standing {
    let path = evidence.trustPath
    guard let top = path.first else {
      return .unproven("no anchor given is for \(evidence.zone), or leads to it from here")
    }
    var trusted = evidence.anchors.filter { $0.owner == top.zone }.map(\.data)
    var keys: [RecordData] = []
    for (index, link) in path.enumerated() {
      if index > 0 {
        let parent = path[index - 1].zone
        switch delegation(to: link, parent: parent, keys: keys) {
        case .success(let signers): trusted = signers
        case .failure(let end): return end.standing
        }
      }
      switch zoneKeys(link, trusted) {
      case .success(let found): keys = found
      case .failure(let end): return end.standing
      }
    }
    guard path.last?.zone == evidence.zone else {
      return .unproven("the way from \(top.zone) to \(evidence.zone) could not be followed")
    }
    return answers(evidence, keys)
  }

  private struct End: Error {
    let standing: Standing
    init(_ standing: Standing) { self.standing = standing }
  }

  /// The zone's keys, if one that is stood for signs them.
  private mutating func zoneKeys(
    _ link: NameEvidence.TrustLink, _ trusted: [RecordData]
  ) -> Result<[RecordData], End> {
    guard let reply = link.keys?.reply, reply.isAuthoritative else {
      let why = link.keys?.silence?.description ?? "no authority could be asked"
      return .failure(End(.unproven("keys of \(link.zone): \(why)")))
    }
    let keys = reply.records.map(\.data)
    let stoodFor = keys.prefix(32).filter { key in
      trusted.prefix(16).contains { anchor in
        anchor == key || DelegationSigner(anchor)?.stands(for: key, of: link.zone) == true
      }
    }
    guard !stoodFor.isEmpty else {
      let why =
        keys.isEmpty
        ? "\(link.zone) has no keys, and should have"
        : "no key of \(link.zone) is the one stood for"
      return .failure(End(.bogus([why])))
    }
    switch verifier.verify(link.zone, keys, reply.signatures, zone: link.zone, keys: stoodFor) {
    case .invalid(let why): return .failure(End(.bogus([why])))
    case .valid(let end, _):
      note(end, "\(link.zone) keys, signed until \(end)")
      return .success(keys)
    }
  }

  /// What the parent says of the child: its DS records, or that it is unsigned.
  private mutating func delegation(
    to link: NameEvidence.TrustLink, parent: DomainName, keys: [RecordData]
  ) -> Result<[RecordData], End> {
    guard let reply = link.signers?.reply, reply.isAuthoritative else {
      let why = link.signers?.silence?.description ?? "no authority of \(parent) answers for it"
      return .failure(End(.unproven("DS of \(link.zone): \(why)")))
    }
    if reply.isDenial { return .failure(End(unsignedChild(link.zone, parent, keys, reply))) }
    let signers = reply.records.map(\.data)
    switch verifier.verify(link.zone, signers, reply.signatures, zone: parent, keys: keys) {
    case .invalid(let why): return .failure(End(.bogus([why])))
    case .valid(let end, _): note(end, "\(link.zone) DS at \(parent), signed until \(end)")
    }
    let known = signers.filter { DelegationSigner($0)?.isSupported == true }
    return known.isEmpty
      ? .failure(End(.insecure("\(link.zone) is signed by algorithms nobody here knows")))
      : .success(known)
  }

  /// The parent denies a DS. Without proof of it, a forger could take any DS away.
  private mutating func unsignedChild(
    _ zone: DomainName, _ parent: DomainName, _ keys: [RecordData], _ reply: DNSReply
  ) -> Standing {
    let proof = DenialProof(reply, zone: parent, keys: keys, &verifier)
    switch proof.noType(.ds, at: zone) {
    case .proven: return .insecure("\(parent) says, signed, that \(zone) is unsigned")
    case .unsigned(let why): return .insecure("\(zone): \(why)")
    case .missing(let why):
      return .bogus(["\(parent) denies a DS of \(zone) and does not prove it: \(why)"])
    }
  }

  /// Every authority's own word of the name, and of the zone: what is there, and what is not.
  private mutating func answers(_ evidence: NameEvidence, _ keys: [RecordData]) -> Standing {
    var wrong: [String] = []
    var unsigned: [String] = []
    let questions = NameEvidence.clientTypes.map { (evidence.name, $0) } + [(evidence.zone, .soa)]
    for (name, type) in questions {
      for answer in evidence.answers(name, type) {
        switch words(answer.reply, name, type, zone: evidence.zone, keys) {
        case .success(let proven):
          for (end, what) in proven { note(end, "\(answer.server): \(what), signed until \(end)") }
        case .failure(let end):
          switch end.standing {
          case .insecure(let why): unsigned.append("\(answer.server): \(why)")
          case .bogus(let lines): wrong += lines.map { "\(answer.server): \($0)" }
          case .secure, .unproven: break
          }
        }
      }
    }
    guard wrong.isEmpty else { return .bogus(wrong) }
    if let why = unsigned.first { return .insecure(why) }
    return ends.map { .secure(until: $0) } ?? .unproven("nothing was there to be proven")
  }

  /// One answer: what it says, and until when the signatures of each part hold. An alias is followed as
  /// far as this zone can speak: what stands at its end in another zone is for that zone to sign.
  private mutating func words(
    _ reply: DNSReply, _ name: DomainName, _ type: RecordType, zone: DomainName,
    _ keys: [RecordData]
  ) -> Result<[(UTCInstant, String)], End> {
    var proven: [(UTCInstant, String)] = []
    var end = name
    for alias in reply.chain where alias.owner == end && end.isWithin(zone) {
      let data = [RecordData(type: .cname, wire: alias.target.wire)]
      switch signed(data, alias.owner, reply, zone: zone, keys) {
      case .success(let word): proven.append(word)
      case .failure(let end): return .failure(end)
      }
      end = alias.target
    }
    guard reply.chain.isEmpty || speaks(zone, of: end, type, in: reply) else {
      return .success(proven)
    }
    let word =
      reply.records.isEmpty
      ? denied(type, end, reply, zone: zone, keys)
      : signed(reply.records.map(\.data), end, reply, zone: zone, keys)
    return word.map { proven + [$0] }
  }

  /// Whether what an alias leads to is this zone's own: its denial by the SOA, data by who signs. Unsigned
  /// data may be of a zone of its own below a cut, on the same servers.
  private func speaks(
    _ zone: DomainName, of end: DomainName, _ type: RecordType, in reply: DNSReply
  ) -> Bool {
    guard end.isWithin(zone) else { return false }
    if reply.records.isEmpty { return reply.isDenial && reply.zone == zone }
    return reply.signatures.contains { record in
      let signature = SignatureRecord(record.data)
      return record.owner == end && signature?.covered == type && signature?.signer == zone
    }
  }

  private mutating func denied(
    _ type: RecordType, _ name: DomainName, _ reply: DNSReply, zone: DomainName,
    _ keys: [RecordData]
  ) -> Result<(UTCInstant, String), End> {
    let proof = DenialProof(reply, zone: zone, keys: keys, &verifier)
    let isThere = reply.meaning != .noSuchName
    let outcome = isThere ? proof.noType(type, at: name) : proof.noName(name)
    return Self.held(outcome, proof.ends, "no \(isThere ? "\(type) at " : "")\(name)")
  }

  /// A set of records, and where a wildcard's stand in for it the proof that they may.
  private mutating func signed(
    _ data: [RecordData], _ name: DomainName, _ reply: DNSReply, zone: DomainName,
    _ keys: [RecordData]
  ) -> Result<(UTCInstant, String), End> {
    let what = "\(name) \(data[0].type)"
    switch verifier.verify(name, data, reply.signatures, zone: zone, keys: keys) {
    case .invalid(let why): return .failure(End(.bogus([why])))
    case .valid(let end, let labels) where labels < name.labelCount && !Self.isWildcard(name):
      let proof = DenialProof(reply, zone: zone, keys: keys, &verifier)
      let ends = proof.ends.map { min($0, end) }
      return Self.held(proof.noCloser(name, labels: labels), ends, "\(what) by a wildcard")
    case .valid(let end, _): return .success((end, what))
    }
  }

  private static func isWildcard(_ name: DomainName) -> Bool {
    name.labels.first == [UInt8(ascii: "*")]
  }

  private static func held(
    _ outcome: DenialProof.Outcome, _ ends: UTCInstant?, _ what: String
  ) -> Result<(UTCInstant, String), End> {
    switch outcome {
    case .proven: ends.map { .success(($0, what)) } ?? .failure(End(.bogus(["\(what): unsigned"])))
    case .unsigned(let why): .failure(End(.insecure("\(what): \(why)")))
    case .missing(let why): .failure(End(.bogus(["\(what): \(why)"])))
    }
  }

  private mutating func note(_ end: UTCInstant, _ line: String) {
    ends = min(ends ?? end, end)
    proven.append(line)
  }
}
