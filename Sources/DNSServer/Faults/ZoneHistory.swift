import DNSModel
import Notation
import SystemIO

/// The last states of each zone and when they came, for the secondary that lags. States share what
/// they have in common, so keeping them costs little.
final class ZoneHistory: Sendable {
  private struct Version {
    let zone: Zone
    let since: TimeSpan
  }

  private let versions = SystemIO.Mutex<[DomainName: [Version]]>([:])
  private static let limit = 64

  func note(_ zone: Zone) {
    let now = SystemClock.sinceBoot()
    versions.withLock { versions in
      versions[zone.origin, default: []].append(Version(zone: zone, since: now))
      if versions[zone.origin, default: []].count > Self.limit {
        versions[zone.origin]?.removeFirst()
      }
    }
  }

  /// What was current `span` ago; the oldest known where nothing was yet.
  func zone(_ origin: DomainName, before span: TimeSpan) -> Zone? {
    let moment = SystemClock.sinceBoot() - span
    return versions.withLock { versions in
      let known = versions[origin] ?? []
      return (known.last { $0.since <= moment } ?? known.first)?.zone
    }
  }

  func zone(_ origin: DomainName, at serial: Serial) -> Zone? {
    versions.withLock { versions in
      versions[origin]?.last { version in
        version.zone.rrset(at: origin, .soa)?.data.first?.soa?.serial == serial
      }?.zone
    }
  }
}
