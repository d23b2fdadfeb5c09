import DNSModel
import Migration
import Notation

/// The record in the modelled world: every version it ever had, and when each node of each authority
/// began to serve it. This is the truth that the oracle judges by; the core never sees it.
struct ModelledRecord: Sendable {
  struct Version: Sendable {
    var value: ServedValue
    var fence: UInt64
    var committedAt: UTCInstant
    /// By node: from then on it is served there. Never before the version before it.
    var arrivals: [UTCInstant]
    /// Nobody of ours wrote it.
    var isForeign: Bool
    /// When the last node stopped serving it; `distantFuture` for the present one.
    var servedUntil: UTCInstant
  }

  /// Each authority answers from two nodes (anycast, load balancer) that learn of changes apart.
  static let nodesPerAuthority = 2
  private(set) var versions: [Version] = []
  let nodeCount: Int

  init(authorities: Int, nodes _: Int = nodesPerAuthority) {
    nodeCount = authorities * Self.nodesPerAuthority
    versions.reserveCapacity(16)
  }

  var current: Version { versions[versions.count - 1] }

  mutating func commit(
    _ value: ServedValue, fence: UInt64, at now: UTCInstant, isForeign: Bool, lags: [TimeSpan]
  ) {
    var arrivals = [UTCInstant](repeating: now, count: nodeCount)
    var last = now
    for node in 0..<nodeCount {
      arrivals[node] = now + lags[node]
      if let before = versions.last { arrivals[node] = max(arrivals[node], before.arrivals[node]) }
      last = max(last, arrivals[node])
    }
    if !versions.isEmpty { versions[versions.count - 1].servedUntil = last }
    versions.append(
      Version(
        value: value, fence: fence, committedAt: now, arrivals: arrivals, isForeign: isForeign,
        servedUntil: .distantFuture))
  }

  /// History from before the beginning.
  mutating func begin(_ value: ServedValue, at past: UTCInstant) {
    commit(
      value, fence: 0, at: past, isForeign: false,
      lags: [TimeSpan](repeating: .zero, count: nodeCount))
  }

  /// Something that was served once, as far as anyone knows: from then until then.
  mutating func remember(_ value: ServedValue, from: UTCInstant, until: UTCInstant) {
    versions.append(
      Version(
        value: value, fence: 0, committedAt: from,
        arrivals: [UTCInstant](repeating: from, count: nodeCount), isForeign: false,
        servedUntil: max(from, until)))
  }

  /// What is served now, everywhere.
  mutating func settle(_ value: ServedValue, at now: UTCInstant) {
    for index in versions.indices {
      versions[index].servedUntil = min(versions[index].servedUntil, now)
    }
    remember(value, from: now, until: .distantFuture)
  }

  /// People let the present value stand: it is nobody's mistake any more.
  mutating func adopt() { versions[versions.count - 1].isForeign = false }

  func served(by node: Int, at now: UTCInstant) -> ServedValue {
    var index = versions.count - 1
    while index > 0, versions[index].arrivals[node] > now { index -= 1 }
    return versions[index].value
  }

  /// Until when some honest cache may hold an answer for which `isMeant` holds: the last moment at which
  /// a node served it, and its TTL. This is the brute-force cache: every cache there could be.
  func lastPossible(at now: UTCInstant, where isMeant: (Version) -> Bool) -> UTCInstant {
    var latest = UTCInstant.distantPast
    for version in versions where isMeant(version) {
      // A version that was overtaken everywhere before it arrived was never seen by anyone.
      latest = max(latest, min(version.servedUntil, .distantFuture) + version.value.ttl.span)
    }
    return latest
  }
}
