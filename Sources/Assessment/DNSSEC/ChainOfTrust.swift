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
    case .valid(let end):
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
    if reply.meaning == .noSuchType {
      let proof = UnsignedProof(zone: link.zone, parent: parent, keys: keys)
      return .failure(
        End(
          proof.holds(reply, &verifier)
            ? .insecure("\(parent) says, signed, that \(link.zone) is unsigned")
            : .bogus(["\(parent) denies a DS of \(link.zone) and does not prove it"])))
    }
    let signers = reply.records.map(\.data)
    switch verifier.verify(link.zone, signers, reply.signatures, zone: parent, keys: keys) {
    case .invalid(let why): return .failure(End(.bogus([why])))
    case .valid(let end): note(end, "\(link.zone) DS at \(parent), signed until \(end)")
    }
    let known = signers.filter { DelegationSigner($0)?.isSupported == true }
    return known.isEmpty
      ? .failure(End(.insecure("\(link.zone) is signed by algorithms nobody here knows")))
      : .success(known)
  }

  /// Every authority's own word of the name, and of the zone.
  private mutating func answers(_ evidence: NameEvidence, _ keys: [RecordData]) -> Standing {
    var wrong: [String] = []
    let questions = NameEvidence.clientTypes.map { (evidence.name, $0) } + [(evidence.zone, .soa)]
    for (name, type) in questions {
      for answer in evidence.answers(name, type)
      where answer.reply.chain.isEmpty && !answer.reply.records.isEmpty {
        let outcome = verifier.verify(
          name, answer.reply.records.map(\.data), answer.reply.signatures, zone: evidence.zone,
          keys: keys)
        switch outcome {
        case .invalid(let why): wrong.append("\(answer.server): \(why)")
        case .valid(let end): note(end, "\(answer.server): \(name) \(type), signed until \(end)")
        }
      }
    }
    guard wrong.isEmpty else { return .bogus(wrong) }
    return ends.map { .secure(until: $0) } ?? .unproven("nothing was there to be proven")
  }

  private mutating func note(_ end: UTCInstant, _ line: String) {
    ends = min(ends ?? end, end)
    proven.append(line)
  }
}
