import DNSModel
import SystemIO

/// A zone file read whole: the zone, what was refused, and everything that is unsound about it.
public struct ZoneFile: Sendable {
  public let zone: Zone
  public let recordCount: Int
  public let refusals: [ZoneRefusal]
  public let problems: [ZoneProblem]

  /// `-` is standard input. Throws where the file itself cannot be read.
  public init(reading path: String, origin: DomainName) throws(FileError) {
    var draft = Draft(origin)
    var reader = ZoneReader(origin: origin)
    try reader.read(file: path) { draft.take($0) }
    self.init(draft)
  }

  public init(text: String, origin: DomainName) {
    var draft = Draft(origin)
    var reader = ZoneReader(origin: origin, allowsIncludes: false)
    reader.read(text: text) { draft.take($0) }
    self.init(draft)
  }

  private init(_ draft: Draft) {
    zone = draft.check.zone
    recordCount = draft.recordCount
    refusals = draft.refusals
    problems = draft.check.finish()
  }

  /// Whether it may be served: nothing was refused and no problem is an error.
  public var isServable: Bool {
    refusals.isEmpty && !problems.contains { $0.severity == .error }
  }

  /// What keeps it from being served, each with its place.
  public var reasons: [String] {
    refusals.map(\.description)
      + problems.filter { $0.severity == .error }.map(\.description)
  }

  private struct Draft {
    var check: ZoneCheck
    var recordCount = 0
    var refusals: [ZoneRefusal] = []

    init(_ origin: DomainName) { check = ZoneCheck(origin: origin) }

    mutating func take(_ entry: ZoneEntry) {
      switch entry {
      case .record(let record, let place):
        recordCount += 1
        check.add(record, at: place)
      case .refused(let refusal): refusals.append(refusal)
      }
    }
  }
}

extension Zone {
  /// The zone as canonical text, record by record: reading it gives the same zone.
  public func writeText(_ write: (String) throws -> Void) rethrows {
    let sets = allRRsets
    let soa = sets.first { $0.type == .soa && $0.owner == origin }
    for record in soa?.records ?? [] { try write("\(record)\n") }
    for set in sets where !(set.type == .soa && set.owner == origin) {
      for record in set.records { try write("\(record)\n") }
    }
  }

  public var text: String {
    var text = ""
    writeText { text += $0 }
    return text
  }
}
