import Digests
import Notation

/// What was ordered of a router's regions, by whom, and what came of it; and what the router said of them. Regions are the router's state and
/// no steps of a pinned plan, so they have a history of their own: one JSON line each, and each line's
/// digest covers the line before, so that none can be changed, dropped or moved unnoticed.
public struct RegionJournal: Hashable, Sendable {
  public enum Order: String, Hashable, Sendable, CaseIterable {
    case add
    case drain
    case remove
    /// No order, but a sight: the router took it out, or back in, by itself.
    case down
    case up
  }

  public enum Stage: String, Hashable, Sendable {
    /// Written before the first byte leaves.
    case intended
    case applied
    case failed
    /// A person was told what to do.
    case handedOver = "handed-over"
    /// Not ordered by anybody.
    case seen
  }

  public struct Entry: Hashable, Sendable {
    public var at: UTCInstant
    public var actor: String
    /// Which router: its socket and backend, or where a person configures it.
    public var router: String
    public var order: Order
    public var region: String
    public var detail: String
    public var stage: Stage

    public init(
      at: UTCInstant, actor: String, router: String, order: Order, region: String, detail: String,
      stage: Stage
    ) {
      self.at = at
      self.actor = actor
      self.router = router
      self.order = order
      self.region = region
      self.detail = detail
      self.stage = stage
    }

    fileprivate var fields: [(String, JSON?)] {
      [
        ("at", .integer(at.milliseconds)), ("actor", .string(actor)), ("router", .string(router)),
        ("order", .string(order.rawValue)), ("region", .string(region)),
        ("detail", .string(detail)), ("stage", .string(stage.rawValue)),
      ]
    }
  }

  public private(set) var entries: [Entry] = []
  private var head = Self.genesis

  private static let genesis = HashFunction.sha256.hash(Array("cutover regions 1".utf8)).hex

  public init() {}

  /// Reads what `line(adding:)` gave. A last line that a crash cut off is left out; anything else that does
  /// not fit is an error that says where.
  public init(parsing text: String) throws(RegionJournalError) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      guard let json = try? JSON(parsing: String(line)), let entry = Self.entry(json) else {
        if index == lines.count - 1 { return }
        throw RegionJournalError(line: index + 1, reason: "cannot be read")
      }
      let digest = digest(of: entry)
      guard json["digest"]?.string == digest else {
        throw RegionJournalError(line: index + 1, reason: "is not as it was written")
      }
      entries.append(entry)
      head = digest
    }
  }

  /// Takes the entry in; gives its line, end included.
  public mutating func line(adding entry: Entry) -> String {
    let digest = digest(of: entry)
    entries.append(entry)
    head = digest
    return JSON.record(entry.fields + [("digest", .string(digest))]).compact + "\n"
  }

  /// Regions that were added here and not removed since: what a router that was restarted should have.
  public func wanted(at router: String) -> [String] {
    var names: [String] = []
    for entry in entries where entry.router == router && entry.stage == .applied {
      names.removeAll { $0 == entry.region && entry.order != .drain }
      if entry.order == .add { names.append(entry.region) }
    }
    return names
  }

  /// What was seen of a region last.
  public struct Sight: Hashable, Sendable {
    public let isUp: Bool
    public let at: UTCInstant
    /// Nothing was known of it before: no news for anybody.
    public let isFirst: Bool
  }

  /// By region, as seen for `witness` (the detail of its entries). Whoever adds or removes a region expects
  /// what comes of it: what was seen before no longer counts.
  public func sights(at router: String, for witness: String) -> [String: Sight] {
    var sights: [String: Sight] = [:]
    for entry in entries where entry.router == router {
      switch (entry.stage, entry.order) {
      case (.seen, _) where entry.detail == witness:
        sights[entry.region] = Sight(
          isUp: entry.order == .up, at: entry.at, isFirst: sights[entry.region] == nil)
      case (.seen, _), (_, .drain): break
      default: sights[entry.region] = nil
      }
    }
    return sights
  }

  private func digest(of entry: Entry) -> String {
    HashFunction.sha256.hash(Array((head + JSON.record(entry.fields).compact).utf8)).hex
  }

  private static func entry(_ json: JSON) -> Entry? {
    guard let at = json["at"]?.integer, let actor = json["actor"]?.string,
      let router = json["router"]?.string,
      let order = json["order"]?.string.flatMap({ Order(rawValue: $0) }),
      let region = json["region"]?.string, let detail = json["detail"]?.string,
      let stage = json["stage"]?.string.flatMap({ Stage(rawValue: $0) })
    else { return nil }
    return Entry(
      at: UTCInstant(milliseconds: at), actor: actor, router: router, order: order, region: region,
      detail: detail, stage: stage)
  }
}

public struct RegionJournalError: Error, Hashable, Sendable, CustomStringConvertible {
  public let line: Int
  public let reason: String

  public var description: String { "line \(line) of the regions' journal \(reason)" }
}
