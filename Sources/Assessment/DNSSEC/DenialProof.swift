import DNSModel
import Migration
import Notation

/// The signed NSEC and NSEC3 records of one reply, and what they prove not to be there (RFC 4035 §5.4,
/// RFC 5155 §8). Without such a proof anybody could have cut the records out, or have put a wildcard's
/// in place of the name's own.
struct DenialProof {
  enum Outcome: Hashable {
    case proven
    /// It lies where names may stand unsigned, or where validators do not look: to them it is unsigned.
    case unsigned(String)
    case missing(String)
  }

  let zone: DomainName
  private let plain: PlainDenial
  private let hashed: HashedDenial?
  /// When the first of the signatures ends.
  private(set) var ends: UTCInstant?
  private var trouble: String?

  init(
    _ reply: DNSReply, zone: DomainName, keys: [RecordData], _ verifier: inout SetVerifier
  ) {
    self.zone = zone
    let signatures = reply.authorities.filter { $0.data.type == .rrsig }
    let claims = reply.authorities.filter { [.nsec, .nsec3].contains($0.data.type) }
    var spans: [NSECRecord] = []
    var hashes: [NSEC3Record] = []
    for record in claims.prefix(16) where record.owner.isWithin(zone) {
      switch verifier.verify(record.owner, [record.data], signatures, zone: zone, keys: keys) {
      case .invalid(let why): trouble = trouble ?? why
      case .valid(let end, let labels):
        guard labels == Self.signedLabels(record.owner) else {
          trouble = "\(record.owner) \(record.data.type): a wildcard's, and no proof"
          continue
        }
        ends = min(ends ?? end, end)
        if let span = NSECRecord(record) { spans.append(span) }
        if let span = NSEC3Record(record, zone: zone) { hashes.append(span) }
      }
    }
    plain = PlainDenial(spans: spans)
    hashed = HashedDenial(hashes, zone: zone)
  }

  private static func signedLabels(_ owner: DomainName) -> Int {
    let isWildcard = owner.labels.first == [UInt8(ascii: "*")]
    return owner.labelCount - (isWildcard ? 1 : 0)
  }

  /// That `name` exists and has no `type`, itself and by wildcard.
  func noType(_ type: RecordType, at name: DomainName) -> Outcome {
    outcome(
      "that \(name) has no \(type)", plain: { $0.deniesType(type, at: name) },
      hashed: { $0.type(type, at: name) })
  }

  /// That there is no `name`, and no wildcard that would stand in for it.
  func noName(_ name: DomainName) -> Outcome {
    outcome(
      "that there is no \(name)", plain: { $0.deniesName(name) }, hashed: { $0.name(name) })
  }

  /// That nothing stands closer to `name` than the wildcard whose `labels` were signed.
  func noCloser(_ name: DomainName, labels: Int) -> Outcome {
    outcome(
      "that nothing stands closer to \(name) than the wildcard",
      plain: { $0.deniesCloser(name, labels: labels) },
      hashed: { $0.closer(name, labels: labels) })
  }

  private func outcome(
    _ what: String, plain denies: (PlainDenial) -> Bool,
    hashed judge: (HashedDenial) -> HashedDenial.Word
  ) -> Outcome {
    if denies(plain) { return .proven }
    if let hashed {
      guard hashed.rounds <= HashedDenial.mostRounds else {
        return .unsigned(
          "\(zone) hashes its names \(hashed.rounds) times: validators take it as unsigned")
      }
      switch judge(hashed) {
      case .denied: return .proven
      case .optOut: return .unsigned("where \(zone) leaves unsigned delegations out (opt-out)")
      case .open: break
      }
    }
    return .missing(trouble ?? "nothing proves \(what)")
  }
}

extension TypeMap {
  /// A DS is denied on the parent's side of a cut, everything else on the zone's own (RFC 6840 §4.4).
  fileprivate func lack(_ type: RecordType) -> Bool {
    isDelegation == (type == .ds) && !contains(type) && !contains(.cname)
  }
}

/// Denial by NSEC records that hold.
struct PlainDenial {
  let spans: [NSECRecord]

  /// Below a delegation or a DNAME the zone's own spans say nothing (RFC 6840 §4.1).
  private func covering(_ name: DomainName) -> NSECRecord? {
    spans.first { span in
      let isElsewhere = span.types.isDelegation || span.types.contains(.dname)
      return span.covers(name) && !(name.isBelow(span.owner) && isElsewhere)
    }
  }

  private func lacks(_ type: RecordType, at name: DomainName) -> Bool {
    spans.contains { span in
      span.owner == name && span.types.lack(type)
    }
  }

  /// The lowest name above `name` of which the span shows that it exists.
  private func encloser(of name: DomainName, by span: NSECRecord) -> DomainName? {
    var next = name.parent
    while let candidate = next {
      if span.owner.isWithin(candidate) || span.next.isWithin(candidate) { return candidate }
      next = candidate.parent
    }
    return nil
  }

  func deniesType(_ type: RecordType, at name: DomainName) -> Bool {
    if lacks(type, at: name) { return true }
    guard type != .ds, let span = covering(name) else { return false }
    // An empty non-terminal: the next name lies below it.
    if span.next.isBelow(name) { return true }
    guard let wildcard = encloser(of: name, by: span)?.prepending("*") else { return false }
    return lacks(type, at: wildcard)
  }

  func deniesName(_ name: DomainName) -> Bool {
    guard let span = covering(name), !span.next.isBelow(name),
      let wildcard = encloser(of: name, by: span)?.prepending("*"),
      let other = covering(wildcard)
    else { return false }
    return !other.next.isBelow(wildcard)
  }

  func deniesCloser(_ name: DomainName, labels: Int) -> Bool {
    guard let span = covering(name), !span.next.isBelow(name) else { return false }
    return encloser(of: name, by: span)?.labelCount == labels
  }
}

/// Denial by NSEC3 records that hold.
struct HashedDenial {
  enum Word: Hashable { case denied, optOut, open }

  /// More rounds than this nobody has to follow (RFC 9276 §3.2).
  static let mostRounds = 150

  private let spans: [NSEC3Record]
  private let parameters: NSEC3Hash
  private let zone: DomainName

  /// Those of one set of parameters (RFC 5155 §8.2). Nil where there are none.
  init?(_ spans: [NSEC3Record], zone: DomainName) {
    guard let parameters = spans.first?.parameters else { return nil }
    self.parameters = parameters
    self.zone = zone
    self.spans = spans.filter { $0.parameters == parameters }
  }

  var rounds: Int { parameters.iterations }

  private func match(_ name: DomainName) -> NSEC3Record? {
    let hash = parameters.hash(name)
    return spans.first { $0.own == hash }
  }

  private func cover(_ name: DomainName) -> NSEC3Record? {
    let hash = parameters.hash(name)
    return spans.first { $0.covers(hash) }
  }

  /// The closest name above that exists, and the span in which the next closer one would lie (§8.3).
  private func encloser(of name: DomainName) -> (name: DomainName, gap: NSEC3Record)? {
    var closer = name
    while closer.isBelow(zone), let candidate = closer.parent {
      if let found = match(candidate) {
        guard !found.types.isDelegation, !found.types.contains(.dname), let gap = cover(closer)
        else { return nil }
        return (candidate, gap)
      }
      closer = candidate
    }
    return nil
  }

  func type(_ type: RecordType, at name: DomainName) -> Word {
    if let own = match(name) { return own.types.lack(type) ? .denied : .open }
    guard let (above, gap) = encloser(of: name) else { return .open }
    if type != .ds, let wildcard = above.prepending("*").flatMap(match), wildcard.types.lack(type) {
      return gap.isOptOut ? .optOut : .denied
    }
    // An unsigned delegation, or what stands above one only (§8.6).
    return gap.isOptOut ? .optOut : .open
  }

  func name(_ name: DomainName) -> Word {
    guard match(name) == nil, let (above, gap) = encloser(of: name),
      let wildcard = above.prepending("*"), cover(wildcard) != nil
    else { return .open }
    return gap.isOptOut ? .optOut : .denied
  }

  func closer(_ name: DomainName, labels: Int) -> Word {
    var closer = name
    while closer.labelCount > labels + 1, let parent = closer.parent { closer = parent }
    guard closer.isBelow(zone), let gap = cover(closer) else { return .open }
    return gap.isOptOut ? .optOut : .denied
  }
}
