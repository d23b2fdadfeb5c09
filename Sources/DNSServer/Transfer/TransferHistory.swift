import DNSModel

/// One step of a zone from a serial to the next.
public struct ZoneStep: Hashable, Sendable {
  let before: Serial
  let after: Serial
  let changes: [RRsetChange]

  /// The records that went, and those that came, the SOA's apart (RFC 1995 §4).
  var deletions: [ResourceRecord] { records { ($0.before, $0.after) } }
  var additions: [ResourceRecord] { records { ($0.after, $0.before) } }

  /// The records of the first that the second does not have with the same TTL.
  private func records(_ sides: (RRsetChange) -> (RRset?, RRset?)) -> [ResourceRecord] {
    var records: [ResourceRecord] = []
    for change in changes where change.type != .soa {
      let (rrset, other) = sides(change)
      guard let rrset else { continue }
      for data in rrset.data where other?.ttl != rrset.ttl || other?.data.contains(data) != true {
        records.append(ResourceRecord(owner: rrset.owner, ttl: rrset.ttl, data: data))
      }
    }
    return records
  }

  var soaBefore: ResourceRecord? { soa { $0.before } }
  var soaAfter: ResourceRecord? { soa { $0.after } }

  private func soa(_ side: (RRsetChange) -> RRset?) -> ResourceRecord? {
    guard let rrset = changes.lazy.filter({ $0.type == .soa }).compactMap(side).first,
      let data = rrset.data.first
    else { return nil }
    return ResourceRecord(owner: rrset.owner, ttl: rrset.ttl, data: data)
  }

  var recordCount: Int {
    changes.reduce(0) { $0 + ($1.before?.data.count ?? 0) + ($1.after?.data.count ?? 0) }
  }
}

/// The latest steps of a zone, as far back as they are kept.
public struct TransferHistory: Hashable, Sendable {
  /// So many records in all: memory stays bounded however long the server runs.
  private static let recordLimit = 50_000

  private var steps: [ZoneStep] = []
  private var recordCount = 0

  public init() {}

  mutating func append(_ new: [ZoneStep]) {
    for step in new {
      // A reload or a jump in between: what was before leads nowhere.
      if steps.last.map({ $0.after != step.before }) == true {
        steps = []
        recordCount = 0
      }
      steps.append(step)
      recordCount += step.recordCount
    }
    guard recordCount > Self.recordLimit else { return }
    // Half is dropped at once, so that this is rare.
    var dropped = 0
    while dropped < steps.count, recordCount > Self.recordLimit / 2 {
      recordCount -= steps[dropped].recordCount
      dropped += 1
    }
    steps.removeFirst(dropped)
  }

  /// The steps that lead from `serial` to the end; nil where that is too long ago.
  func steps(since serial: Serial, upTo current: Serial) -> [ZoneStep]? {
    guard steps.last?.after == current,
      let start = steps.firstIndex(where: { $0.before == serial })
    else { return nil }
    return Array(steps[start...])
  }
}
