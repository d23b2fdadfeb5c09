import DNSModel
import DNSServer
import Notation
import SystemIO

/// The zone files behind a running server: read at the start, and again when asked to.
final class ServedFiles: Sendable {
  private let sources: [ZoneSource]
  private let services: ZoneServices
  private let shelf: ZoneShelf
  private let tell: @Sendable (String) -> Void

  init(
    _ sources: [ZoneSource], _ shelf: ZoneShelf, _ services: ZoneServices,
    tell: @escaping @Sendable (String) -> Void
  ) {
    self.sources = sources
    self.shelf = shelf
    self.services = services
    self.tell = tell
  }

  /// Every zone, or everything that is wrong with any of them.
  func readAll() throws(ZoneSourceError) -> [Zone] {
    var zones: [Zone] = []
    var reasons: [String] = []
    for source in sources {
      do throws(ZoneSourceError) {
        zones.append(try taken(source))
      } catch {
        reasons += error.reasons
      }
    }
    guard reasons.isEmpty else { throw ZoneSourceError(reasons) }
    return zones
  }

  /// Reads each file again. A zone that cannot be read stays as it was.
  func reload() -> (count: Int, problems: [String]) {
    var problems: [String] = []
    var read: [(zone: Zone, path: String)] = []
    func note(_ origin: DomainName, _ reasons: [String]) {
      problems += reasons
      problems.append("zone \(origin): not reloaded; what was served is still served")
    }
    for source in sources {
      do throws(ZoneSourceError) {
        read.append((try source.read(), source.path))
      } catch {
        note(source.origin, error.reasons)
      }
    }
    var zones: [Zone] = []
    let failures = services.renew(read) {
      zones = $0
      shelf.renew($0)
    }
    for (zone, _) in read {
      failures[zone.origin].map { note(zone.origin, ["zone \(zone.origin): \($0)"]) }
    }
    for problem in problems { tell(problem) }
    tell("\(zones.count) of \(sources.count) zones reloaded")
    return (zones.count, problems)
  }

  private func taken(_ source: ZoneSource) throws(ZoneSourceError) -> Zone {
    let zone = try source.read()
    do {
      return try services.takeUp(zone, zonePath: source.path)
    } catch {
      throw ZoneSourceError(["zone \(source.origin): \(error)"])
    }
  }
}
