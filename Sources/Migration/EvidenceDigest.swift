import Digests

extension MigrationState {
  /// What an approval of this gate is bound to besides the plan: the verdicts it rests on, by content.
  /// Changed evidence voids it, looking again at the same does not.
  public func evidenceDigest(for gate: Gate) -> String {
    var bytes = Array("cutover evidence 1 \(gate.name)".utf8)
    for kind in Self.evidence(behind: gate) {
      let item = evidence(kind)
      bytes.append(kind.rawValue)
      bytes.append(item.outcome.rawValue)
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: item.fingerprint >> UInt64(shift)))
      }
    }
    return HashFunction.sha256.hash(bytes).prefix(16).hex
  }

  /// What the digest is made of, as it is now.
  func evidenceMarks(for gate: Gate) -> [EvidenceMark] {
    Self.evidence(behind: gate).map { kind in
      EvidenceMark(
        kind: kind, outcome: evidence(kind).outcome, fingerprint: evidence(kind).fingerprint)
    }
  }

  /// The approval is bound to what is shown now. Hashing is spared where it is known what was shown then.
  func stillShows(_ approval: Approval) -> Bool {
    guard let shown = approval.shown else {
      return approval.evidenceDigest == evidenceDigest(for: approval.gate)
    }
    for mark in shown
    where mark.outcome != evidence(mark.kind).outcome
      || mark.fingerprint != evidence(mark.kind).fingerprint
    {
      return false
    }
    return true
  }

  /// Verdicts that come and go with every look (traffic, health of the moment) are checked again at the
  /// write; these are the ones a person signs.
  static func evidence(behind gate: Gate) -> [EvidenceKind] {
    switch gate {
    case .cutOver: [.audit, .newEndpoint, .parity]
    case .lockOrigin, .pointOfNoReturn: [.newEndpoint]
    case .restoreTTL: []
    }
  }
}

/// One verdict that an approval rests on.
struct EvidenceMark: Hashable, Sendable {
  var kind: EvidenceKind
  var outcome: Outcome
  var fingerprint: UInt64
}
