import DNSModel
import Invocation
import Migration
import Notation
import Routers
import SystemIO

/// The journal, open for writing by one process at a time.
final class RegionBook {
  static func path(in state: String) -> String { state + "/regions.jsonl" }

  static func read(_ path: String) throws -> RegionJournal {
    guard AtomicFile.exists(path) else { return RegionJournal() }
    let bytes = try AtomicFile.read(path, limit: 64 << 20)
    do {
      return try RegionJournal(parsing: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw Complaint("\(safeText(path)): \(error); nothing was changed", .failed)
    }
  }

  private(set) var journal: RegionJournal
  private let file: AppendFile
  private let lock: FileLock

  init(path: String) throws {
    if !AtomicFile.exists(path) { try AtomicFile.replace(path, with: []) }
    guard let lock = try FileLock(on: path, within: .seconds(10)) else {
      throw Complaint("somebody else is ordering regions; nothing was changed", .inconclusive)
    }
    self.lock = lock
    let text = String(decoding: try AtomicFile.read(path, limit: 64 << 20), as: UTF8.self)
    journal = try RegionJournal(parsing: text)
    file = try AppendFile(path: path)
    // A line that a crash cut off is dropped, so that the next one begins at the left edge.
    if let end = text.lastIndex(of: "\n") {
      try file.truncate(to: text[...end].utf8.count)
    } else {
      try file.truncate(to: 0)
    }
  }

  func write(_ entry: RegionJournal.Entry) throws {
    try file.append(Array(journal.line(adding: entry).utf8))
    try file.synchronise()
  }
}

extension Plan {
  /// Which router it is, as the journal of regions has it.
  var routerLabel: String {
    switch router.kind {
    case .haproxy(let haproxy): "\(haproxy.socket) \(haproxy.backend)"
    case .manual: "manual \(to.host)"
    case .azureFrontDoor(let door): "azure-front-door \(door.profile)/\(door.endpoint)"
    }
  }

  /// Nil where we do not steer the router.
  var haproxyRegions: HAProxyRegions? {
    guard case .haproxy(let haproxy) = router.kind else { return nil }
    return HAProxyRegions(
      HAProxyRuntime(socket: HAProxySocket(path: haproxy.socket), backend: haproxy.backend))
  }
}
