import DNSModel
import Notation

/// The caching resolvers that are asked.
public struct ResolverPanelPlan: Hashable, Sendable {
  /// The move cannot pass verification without these.
  public var required: [ResolverPlan]
  /// Shown; they hold nothing up.
  public var tolerated: [ResolverPlan]

  public init(required: [ResolverPlan] = usual, tolerated: [ResolverPlan] = []) {
    self.required = required
    self.tolerated = tolerated
  }

  /// Public resolvers with different habits: no cap, a cap of six hours, a cap of twelve.
  public static let usual: [ResolverPlan] = [
    ("cloudflare", "1.1.1.1:53"), ("google", "8.8.8.8:53"), ("quad9", "9.9.9.9:53"),
  ].compactMap { name, address in
    ResolverEndpoint(parsing: address).map { ResolverPlan(name: name, endpoint: $0) }
  }
}

public struct ResolverPlan: Hashable, Sendable {
  public var name: String
  public var endpoint: ResolverEndpoint

  public init(name: String, endpoint: ResolverEndpoint) {
    self.name = name
    self.endpoint = endpoint
  }
}

/// How a resolver is asked.
public enum ResolverEndpoint: Hashable, Sendable, CustomStringConvertible {
  /// UDP, then TCP.
  case plain(NetworkAddress)
  /// DNS over TLS (RFC 7858), `tls://192.0.2.1:853#name`.
  case tls(NetworkAddress, name: String)
  /// DNS over HTTPS (RFC 8484).
  case https(url: String)

  public init?(parsing text: String) {
    if text.hasPrefix("https://"), text.utf8.count > 8,
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    {
      self = .https(url: text)
    } else if text.hasPrefix("tls://") {
      let parts = text.dropFirst(6).split(separator: "#", omittingEmptySubsequences: false)
      guard (1...2).contains(parts.count),
        let address = NetworkAddress(parsing: String(parts[0]), defaultPort: 853)
      else { return nil }
      self = .tls(address, name: parts.count == 2 ? String(parts[1]) : "")
    } else if let address = NetworkAddress(parsing: text, defaultPort: 53) {
      self = .plain(address)
    } else {
      return nil
    }
  }

  public var description: String {
    switch self {
    case .plain(let address): address.description
    case .tls(let address, let name): "tls://\(address)" + (name.isEmpty ? "" : "#\(name)")
    case .https(let url): url
    }
  }
}

/// A difference between old and new that was looked at and accepted.
public struct ParityException: Hashable, Sendable {
  /// What differs: `header:server`, `tls:minimum-version`, `status:/old-path`.
  public var difference: String
  /// Why that is all right.
  public var reason: String

  public init(difference: String, reason: String) {
    self.difference = difference
    self.reason = reason
  }
}

/// Watching the new path before the next irreversible thing.
public struct SoakPlan: Hashable, Sendable {
  /// After the cutover, and again after the lock.
  public var afterCutover: TimeSpan
  public var afterLock: TimeSpan
  public var gates: [SoakGate]

  public init(
    afterCutover: TimeSpan = .hours(24), afterLock: TimeSpan = .hours(24),
    gates: [SoakGate] = [SoakGate(name: "probes", source: .probes(path: "/"))]
  ) {
    self.afterCutover = afterCutover
    self.afterLock = afterLock
    self.gates = gates
  }
}

public struct SoakGate: Hashable, Sendable {
  public enum Source: Hashable, Sendable {
    /// Our own requests over the new path.
    case probes(path: String)
    /// Exit status 0 passes, 1 fails, anything else is inconclusive.
    case program(command: [String])
    /// An HTTP or Prometheus query that gives one number, held against `threshold`.
    case query(url: String, threshold: Threshold)
  }

  /// `below` passes while the number is at most `limit`; numbers are in thousandths.
  public struct Threshold: Hashable, Sendable {
    public var isUpper: Bool
    public var perMille: Int64

    public init(isUpper: Bool, perMille: Int64) {
      self.isUpper = isUpper
      self.perMille = perMille
    }
  }

  /// What a verdict leads to.
  public enum Policy: String, Hashable, Sendable, CaseIterable {
    case hold
    case rollBack = "roll-back"
    /// Goes on all the same: only ever for a gate that is being tried out.
    case pass
  }

  public var name: String
  public var source: Source
  public var onFailure: Policy
  /// Also no data at all; it may never pass (R21).
  public var onInconclusive: Policy
  /// For probes: the share of requests that must succeed, in thousandths.
  public var successPerMille: Int
  /// For probes: latency may be this much of the baseline of the same path, in percent.
  public var latencyPercent: Int

  public init(
    name: String, source: Source, onFailure: Policy = .hold, onInconclusive: Policy = .hold,
    successPerMille: Int = 999, latencyPercent: Int = 150
  ) {
    self.name = name
    self.source = source
    self.onFailure = onFailure
    self.onInconclusive = onInconclusive
    self.successPerMille = successPerMille
    self.latencyPercent = latencyPercent
  }
}
