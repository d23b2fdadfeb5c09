import DNSModel
import Notation
import SystemIO

/// The last states of each zone and when they came, for the secondary that lags. States share what
/// they have in common, so keeping them costs what changed: of large zones that change as a whole only the
/// last two are kept.
final class ZoneHistory: Sendable {
  private struct Version {
    let zone: Zone
    let since: TimeSpan
    /// In how many names it differs from the one before.
    let changed: Int
  }

  private let versions = SystemIO.Mutex<[DomainName: [Version]]>([:])
  private static let limit = 64
  private let nameLimit: Int

  init(nameLimit: Int = 200_000) { self.nameLimit = nameLimit }

  /// `changed`: in how many names it differs from the state before; nil: in all.
  func note(_ zone: Zone, changed: Int? = nil) {
    let version = Version(
      zone: zone, since: SystemClock.sinceBoot(), changed: changed ?? zone.nameCount)
    versions.withLock { versions in
      var known = versions[zone.origin, default: []]
      versions[zone.origin] = nil
      known.append(version)
      var cost = known.dropFirst().reduce(0) { $0 + $1.changed }
      while known.count > Self.limit || known.count > 2 && cost > nameLimit {
        known.removeFirst()
        cost -= known[0].changed
      }
      versions[zone.origin] = known
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
