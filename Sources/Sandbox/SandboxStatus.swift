import Notation
import Reports
import SystemIO

/// How the sandbox stands, at one moment: for its view, and for other terminals.
public struct SandboxStatus: Sendable {
  public let folder: String
  public let headline: String
  /// Answers a second, over the last few.
  public let rate: Int
  /// In percent, over the last few seconds, by who served.
  public let shares: [(name: String, percent: Int)]
  public let record: String
  public let regions: [SandboxWorld.RegionView]
  public let resolvers: [SandboxWorld.ResolverView]
  public let isOldLocked: Bool
  public let events: [TrafficStory.Event]
  public let troubles: [String]

  /// Seconds that are looked at for rates and shares.
  private static let span = 3

  public init(_ world: SandboxWorld) {
    let story = world.story
    folder = world.places.folder
    headline = story.headline
    // The second that is not over yet tells too little.
    let recent = story.seconds.dropLast().suffix(Self.span)
    rate = recent.isEmpty ? 0 : recent.map(\.sent).reduce(0, +) / recent.count
    var served: [String: Int] = [:]
    for second in recent { served.merge(second.served) { $0 + $1 } }
    let total = max(1, served.values.reduce(0, +))
    shares = ([TrafficStory.old] + SandboxRegion.all.map(\.name)).map {
      ($0, (served[$0, default: 0] * 100 + total / 2) / total)
    }
    record = world.recordText
    regions = world.regionViews
    resolvers = world.resolverViews
    isOldLocked = world.isOldLocked
    events = story.events.suffix(8)
    let switches = world.switches.withLock { $0 }
    troubles = [
      switches.isLagging ? "the secondary lags" : nil,
      switches.isCutOff ? "no authority answers" : nil,
      switches.isCertificateBroken ? "the certificate is broken" : nil,
    ].compactMap { $0 }
  }

  public var json: JSON {
    .record([
      ("folder", .string(folder)), ("headline", .string(headline)), ("rate", .integer(rate)),
      ("shares", .record(shares.map { ($0.name, .integer($0.percent)) })),
      ("record", .string(record)),
      (
        "regions",
        .array(
          regions.map { region in
            .record([
              ("name", .string(region.name)), ("alive", .bool(region.isAlive)),
              ("router", region.standing.map { .string($0) } ?? .null),
            ])
          })
      ),
      (
        "resolvers",
        .array(
          resolvers.map { resolver in
            .record([
              ("name", .string(resolver.name)), ("habit", .string(resolver.habit)),
              ("holds", .string(resolver.holds)),
            ])
          })
      ),
      ("old-locked", .bool(isOldLocked)), ("troubles", .strings(troubles)),
    ])
  }
}
