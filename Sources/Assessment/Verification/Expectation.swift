import DNSModel
import Migration
import Notation

/// What the record should say by now, what it said before, and how long that may still be met.
public struct Expectation: Hashable, Sendable {
  /// A value the record had before: data, and the largest TTL it was ever published with (R2).
  public struct Former: Hashable, Sendable {
    public var data: [RecordData]
    public var ttl: TTL?
    /// When the last authority stopped giving it, as far as known (R1).
    public var lastPossible: UTCInstant?
    /// The end of its budget where a migration's ledger knows it: over every TTL it was ever served
    /// with, margins included. It goes before what follows from the two above.
    public var knownEnd: UTCInstant?

    public init(
      data: [RecordData], ttl: TTL? = nil, lastPossible: UTCInstant? = nil,
      knownEnd: UTCInstant? = nil
    ) {
      self.data = Expectation.ordered(data)
      self.ttl = ttl
      self.lastPossible = lastPossible
      self.knownEnd = knownEnd
    }

    /// The end of its budget. With the moment unknown it counts from `now`: it cannot be later.
    public func end(at now: UTCInstant, margin: TimeSpan) -> UTCInstant? {
      knownEnd ?? ttl.map { (lastPossible ?? now) + $0.span + margin }
    }
  }

  public var name: DomainName
  public var type: RecordType
  public var expected: [RecordData]
  public var former: [Former]
  public var margin: TimeSpan

  public init(
    name: DomainName, type: RecordType, expected: [RecordData], former: [Former] = [],
    margin: TimeSpan = .seconds(5)
  ) {
    self.name = name
    self.type = type
    self.expected = Self.ordered(expected)
    self.former = former
    self.margin = margin
  }

  static func ordered(_ data: [RecordData]) -> [RecordData] {
    data.sorted { $0.wire.lexicographicallyPrecedes($1.wire) }
  }

  enum Match: Hashable {
    case expected
    case former(Former)
    case foreign
  }

  /// Sets are compared whole: half of the addresses is another value.
  func match(_ data: [RecordData]) -> Match {
    func same(_ other: [RecordData]) -> Bool {
      data.count == other.count && data.allSatisfy { other.contains($0) }
    }
    if same(expected) { return .expected }
    return former.first { same($0.data) }.map { .former($0) } ?? .foreign
  }
}

extension RecordData {
  /// For people: names, addresses and texts as such, all else by type and size. Fit for a terminal.
  public var shortText: String {
    if let target = cnameTarget ?? nsTarget ?? dnameTarget ?? ptrTarget {
      return target.description
    }
    if let address { return address.description }
    if let text = txtText { return "\"\(safeText(text, limit: 80))\"" }
    if let caa {
      let value = String(decoding: caa.value, as: UTF8.self)
      return "\(caa.flags) \(safeText(caa.tag, limit: 20)) \"\(safeText(value, limit: 80))\""
    }
    return "\(type) of \(wire.count) bytes"
  }
}

extension DNSReply {
  /// What an answer without data says.
  var shortMeaning: String { meaning == .noSuchType ? "no data" : code.description }

  /// Its data, or why there are none.
  var shortWord: String {
    if !records.isEmpty { return shortText(data) }
    if let alias = chain.last { return "alias for \(alias.target)" }
    return shortMeaning
  }
}

func shortText(_ data: [RecordData]) -> String {
  let shown = data.prefix(4).map(\.shortText).joined(separator: ", ")
  return data.count > 4 ? "\(shown), … (\(data.count))" : shown
}
