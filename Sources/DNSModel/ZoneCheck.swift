/// Builds a zone from records and tells every reason it is unsound, all at once.
public struct ZoneCheck: Sendable {
  public private(set) var zone: Zone
  private var problems: [ZoneProblem] = []
  private var entries: [Entry] = []
  private var files: [String] = []
  /// Members of sets that grew large: duplicates are found there in constant time.
  private var largeSets: [SetKey: Set<RecordData>] = [:]

  /// Where a record stood; kept small, since there is one for each record.
  private struct Entry: Sendable {
    let owner: DomainName
    let type: RecordType
    let file: Int32
    let line: Int32
    let column: Int32
  }

  private struct SetKey: Hashable {
    let owner: DomainName
    let type: RecordType
  }

  private static let largeSetSize = 16

  public init(origin: DomainName) { zone = Zone(origin: origin) }

  public mutating func add(_ record: ResourceRecord, at place: TextPlace? = nil) {
    guard record.recordClass == .internet else {
      report(.otherClass, record, "is of class \(record.recordClass); zones here are IN", place)
      return
    }
    switch insert(record) {
    case .inserted: break
    case .outOfZone:
      report(.outOfZone, record, "is not in the zone \(zone.origin)", place)
      return
    case .alreadyThere, .alreadyThereWithOtherTTL:
      report(.duplicate, record, "has this \(record.type) record twice (RFC 2181 §5)", place)
    case .insertedWithOtherTTL:
      let message = "has \(record.type) records of different TTLs; the lowest holds (RFC 2181 §5.2)"
      report(.ttlDiffers, record, message, place)
    }
    if let place { remember(record, place) }
  }

  private mutating func insert(_ record: ResourceRecord) -> Zone.Insertion {
    guard let set = zone.rrset(at: record.owner, record.type), set.data.count >= Self.largeSetSize
    else {
      return zone.insert(record)
    }
    let key = SetKey(owner: record.owner, type: record.type)
    if largeSets[key] == nil { largeSets[key] = Set(set.data) }
    let isNew = largeSets[key]?.insert(record.data).inserted ?? true
    guard isNew else { return .alreadyThere }
    return zone.insert(record, isKnownAbsent: true)
  }

  private mutating func remember(_ record: ResourceRecord, _ place: TextPlace) {
    if files.last != place.file { files.append(place.file) }
    entries.append(
      Entry(
        owner: record.owner, type: record.type, file: Int32(clamping: files.count - 1),
        line: Int32(clamping: place.line), column: Int32(clamping: place.column)))
  }

  private mutating func report(
    _ id: ZoneProblem.ID, _ record: ResourceRecord, _ message: String, _ place: TextPlace?
  ) {
    problems.append(
      ZoneProblem(
        id: id, owner: record.owner, type: record.type, message: message, place: place))
  }

  /// All problems: those met on the way in the order of the text, then those of the whole.
  public func finish() -> [ZoneProblem] { problems + placed(zone.problems) }

  /// One walk along the entries finds the places of all problems.
  private func placed(_ problems: [ZoneProblem]) -> [ZoneProblem] {
    var wanted: [DomainName: [Int]] = [:]
    for (index, problem) in problems.enumerated() {
      wanted[problem.owner, default: []].append(index)
    }
    guard !wanted.isEmpty else { return problems }
    var result = problems
    for entry in entries {
      for index in wanted[entry.owner] ?? [] {
        let problem = result[index]
        guard problem.place == nil, problem.type == nil || problem.type == entry.type else {
          continue
        }
        result[index].place = TextPlace(
          file: files[Int(entry.file)], line: Int(entry.line), column: Int(entry.column))
      }
    }
    return result
  }
}
