import DNSModel
import Notation

/// What a caching resolver makes of the TTLs it is given.
public enum ResolverHabit: Hashable, Sendable {
  case honest
  /// Keeps nothing longer than this.
  case caps(TTL)
  /// Keeps everything at least this long.
  case floors(TTL)
  /// Keeps everything longer than it may, by so many percent.
  case overHolds(percent: Int)
  /// Where no authority answers, goes on with what it had, so long (RFC 8767).
  case servesStale(TimeSpan)

  /// How long a record with this TTL stays in its cache.
  public func lifetime(of ttl: TTL) -> TimeSpan {
    switch self {
    case .honest, .servesStale: ttl.span
    case .caps(let most): min(ttl, most).span
    case .floors(let least): max(ttl, least).span
    case .overHolds(let percent):
      TimeSpan(milliseconds: ttl.span.milliseconds / 100 * Int64(100 + percent))
    }
  }

  /// How long after its end a record may still be given when no authority answers.
  public var grace: TimeSpan {
    if case .servesStale(let span) = self { span } else { .zero }
  }

  public var text: String {
    switch self {
    case .honest: "keeps what it is told"
    case .caps(let most): "keeps nothing longer than \(most) s"
    case .floors(let least): "keeps everything at least \(least) s"
    case .overHolds(let percent): "keeps everything \(percent) % too long"
    case .servesStale(let span): "goes on for \(span) when no authority answers"
    }
  }
}

/// The resolvers of the sandbox: five of ours, and Unbound.
public struct SandboxResolver: Hashable, Sendable {
  public let name: String
  /// Nil for Unbound, a program of its own.
  public let habit: ResolverHabit?

  public static let all = [
    SandboxResolver(name: "honest", habit: .honest),
    SandboxResolver(name: "capping", habit: .caps(TTL(clamping: 5))),
    SandboxResolver(name: "flooring", habit: .floors(TTL(clamping: 4))),
    SandboxResolver(name: "over-holding", habit: .overHolds(percent: 40)),
    SandboxResolver(name: "serve-stale", habit: .servesStale(.minutes(1))),
    SandboxResolver(name: "unbound", habit: nil),
  ]
}
