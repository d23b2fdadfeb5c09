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
    /// The TTL that the writer asked for.
    var asked: TTL
    /// The journal has it that this write took hold.
    var isAcknowledged = false
    /// The journal has it that all authorities served it as asked, or what the provider made of it.
    var isSettled = false
    /// Somebody of ours met it, at an authority or the provider.
    var wasMet = false
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

  /// What it said before any stranger touched it.
  var ours: ServedValue? { versions.last { !$0.isForeign }?.value }

  var current: Version {
    _read { yield versions[versions.count - 1] }
  }

  /// The first nodes, `transferring` of them, belong to a secondary that transfers the zone as a whole.
  mutating func commit(
    _ value: ServedValue, asked: TTL, fence: UInt64, at now: UTCInstant, isForeign: Bool,
    lags: [TimeSpan], transferring: Int = 0
  ) {
    var arrivals = [UTCInstant](repeating: now, count: nodeCount)
    var last: UTCInstant?
    let isStuck = versions.last?.arrivals.prefix(transferring).allSatisfy { $0 > now } ?? false
    for node in 0..<nodeCount {
      arrivals[node] = now + lags[node]
      if let before = versions.last {
        arrivals[node] = max(arrivals[node], before.arrivals[node])
        // A secondary that was stuck takes the zone as it is then, and none of what it missed.
        if isStuck, node < transferring {
          arrivals[node] = before.arrivals[node]
        }
      }
      // A node that learned of both at once never served the one before.
      if let before = versions.last, before.arrivals[node] < arrivals[node] {
        last = max(last ?? arrivals[node], arrivals[node])
      }
    }
    if !versions.isEmpty { versions[versions.count - 1].servedUntil = last ?? .distantPast }
    versions.append(
      Version(
        value: value, fence: fence, committedAt: now, arrivals: arrivals, isForeign: isForeign,
        asked: asked,
        servedUntil: .distantFuture))
  }

  /// History from before the beginning.
  mutating func begin(_ value: ServedValue, at past: UTCInstant) {
    commit(
      value, asked: value.ttl, fence: 0, at: past, isForeign: false,
      lags: [TimeSpan](repeating: .zero, count: nodeCount))
    acknowledge()
  }

  /// Something that was served once, as far as anyone knows: from then until then.
  mutating func remember(_ value: ServedValue, from: UTCInstant, until: UTCInstant) {
    versions.append(
      Version(
        value: value, fence: 0, committedAt: from,
        arrivals: [UTCInstant](repeating: from, count: nodeCount), isForeign: false,
        asked: value.ttl,
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

  mutating func acknowledge() { versions[versions.count - 1].isAcknowledged = true }

  mutating func settle(_ value: ServedValue?) {
    if current.isAcknowledged, current.value == value, current.value.ttl == current.asked {
      versions[versions.count - 1].isSettled = true
    }
  }

  mutating func settleRounded(_ ttl: TTL) {
    if current.value.ttl == ttl { versions[versions.count - 1].isSettled = true }
  }

  func served(by node: Int, at now: UTCInstant) -> ServedValue {
    versions[version(servedBy: node, at: now)].value
  }

  private func version(servedBy node: Int, at now: UTCInstant) -> Int {
    var index = versions.count - 1
    while index > 0, versions[index].arrivals[node] > now { index -= 1 }
    return index
  }

  /// One of ours asks there.
  mutating func meet(at node: Int, at now: UTCInstant) -> ServedValue {
    let index = version(servedBy: node, at: now)
    versions[index].wasMet = true
    return versions[index].value
  }

  /// One of ours asks the provider.
  mutating func meetCurrent() -> ServedValue {
    versions[versions.count - 1].wasMet = true
    return current.value
  }

  /// Until when some honest cache may hold an answer for which `isMeant` holds: the last moment at which
  /// a node served it, and its TTL. This is the brute-force cache: every cache there could be.
  func lastPossible(at now: UTCInstant, where isMeant: (Version) -> Bool) -> UTCInstant {
    var latest = UTCInstant.distantPast
    // A version that was overtaken everywhere before it arrived was never seen by anyone.
    for version in versions where version.servedUntil > .distantPast && isMeant(version) {
      latest = max(latest, min(version.servedUntil, .distantFuture) + version.value.ttl.span)
    }
    return latest
  }
}
