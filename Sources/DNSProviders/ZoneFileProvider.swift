import DNSModel
import Notation
import SystemIO

/// A zone file on this machine that others own and edit too: one record is rewritten, the serial
/// moved on, and the server told by the plan's command.
///
/// The check of the old value and the writing happen under a lock on the file's directory, so two of
/// us cannot cross; an editor that a person has open is beyond any lock. No fence is needed: a write
/// is finished, or never happens, when the process that makes it ends.
public struct ZoneFileProvider: AliasProvider {
  public let scope: ProviderScope
  private let file: ZoneFileOnDisk
  /// There while the server is still to be told of what the file says.
  private let untold: TroubleNote?

  /// `reload`: the command's words, run without a shell; empty where the server watches the file.
  /// `untold`: where it is noted that the command failed; then each reading tries it once more.
  public init(scope: ProviderScope, path: String, reload: [String], untold: TroubleNote? = nil) {
    self.scope = scope
    self.untold = untold
    file = ZoneFileOnDisk(path: path, reload: reload)
  }

  public var traits: ProviderTraits {
    ProviderTraits(name: "zone-file", hasFence: false, longestWrite: Self.patience)
  }

  private static let patience = TimeSpan.seconds(60)

  public func read() throws(ProviderFailure) -> ProviderHolding {
    if untold?.text != nil { _ = tellServer(tries: 1) }
    do {
      return try holding(in: AtomicFile.read(file.path))
    } catch {
      throw ProviderFailure("the zone file \(error)")
    }
  }

  private func holding(in text: [UInt8]) throws -> ProviderHolding {
    let layout = try ZoneFileLayout(text, origin: scope.zone)
    let mine = layout.entries.filter { $0.owner == scope.name }
    if mine.isEmpty { return ProviderHolding(.absent) }
    guard mine.count == 1, mine[0].type == "CNAME", mine[0].data.count == 1 else {
      return ProviderHolding(.other(mine.map { safeText(layout.word($0.extent)) }))
    }
    return ProviderHolding(
      .alias(
        AliasRecord(
          target: try layout.name(mine[0].data[0], origin: mine[0].origin), ttl: mine[0].ttl)))
  }

  public func change(_ change: AliasChange) -> ChangeOutcome {
    do {
      guard let lock = try file.lock() else {
        return .tryAgain("the zone file is being written by another process")
      }
      defer { withExtendedLifetime(lock) {} }
      let text = try AtomicFile.read(file.path)
      let held = try holding(in: text)
      guard held.content == .alias(change.expected) else {
        return .conflict("the zone file says \(held.content.text), expected \(change.expected)")
      }
      let edit = ZoneFileEdit(
        owner: scope.name, type: "CNAME", ttl: change.wanted.ttl,
        values: [change.wanted.target.description])
      let edited = try edit.applied(to: text, origin: scope.zone) {
        $0.following(on: SystemClock.wall())
      }
      try AtomicFile.replace(file.path, with: edited)
    } catch let error as FileError {
      return .tryAgain("\(error)")
    } catch {
      return .needsPerson("the zone file \(safeText(file.path)) was left as it is: \(error)")
    }
    return tellServer(tries: 3).map { .unknown($0) } ?? .applied
  }

  private func tellServer(tries: Int) -> String? {
    guard let trouble = file.tellServer(tries: tries) else {
      untold?.clear()
      return nil
    }
    untold?.write(trouble)
    return trouble
  }

  public func preflight() -> [ProviderFinding] {
    do {
      let text = try AtomicFile.read(file.path)
      let held = try holding(in: text)
      guard case .alias(let record) = held.content else {
        return [ProviderFinding(.blocker, "the zone file says \(held.content.text): no alias")]
      }
      // Everything that could refuse the change later is tried now, on the text alone.
      let edit = ZoneFileEdit(
        owner: scope.name, type: "CNAME", ttl: record.ttl, values: [record.target.description])
      _ = try edit.applied(to: text, origin: scope.zone) { $0.next }
      return [ProviderFinding(.fine, "the zone file holds \(record)")]
    } catch {
      return [ProviderFinding(.blocker, "\(error)")]
    }
  }
}

extension ProviderHolding.Content {
  /// For people.
  public var text: String {
    switch self {
    case .alias(let record): record.description
    case .absent: "nothing"
    case .other(let texts): texts.joined(separator: "; ")
    }
  }
}
