import DNSModel
import Notation

/// What a resolver remembers: record sets and denials, each until its end, and a while longer for those
/// who serve stale. Pure: moments come from outside.
public struct ResolverCache: Sendable {
  public enum Content: Hashable, Sendable {
    case records([RecordData])
    case denied(ResponseCode)
  }

  private struct Key: Hashable {
    let name: DomainName
    let type: RecordType
  }

  private struct Entry {
    let content: Content
    let ends: TimeSpan
    var failedUntil: TimeSpan?
  }

  public struct Hit: Hashable, Sendable {
    public let content: Content
    /// What is left of its life; for a stale answer a little (RFC 8767 §4).
    public let left: TTL
    public let isStale: Bool
  }

  private let habit: ResolverHabit
  private var entries: [Key: Entry] = [:]
  /// Names are few here; a cache that somebody fills on purpose starts anew.
  private static let limit = 4096
  static let staleTTL = TTL(clamping: 1)
  /// After a failure nobody is asked again for so long (RFC 8767 §5).
  static let pauseAfterFailure: TimeSpan = .seconds(2)

  public init(_ habit: ResolverHabit) { self.habit = habit }

  /// What is still good at `now`.
  public func find(_ name: DomainName, _ type: RecordType, at now: TimeSpan) -> Hit? {
    guard let entry = entries[Key(name: name, type: type)] else { return nil }
    guard entry.ends <= now else {
      return Hit(
        content: entry.content,
        left: TTL(clamping: (entry.ends - now).secondsRoundedUp), isStale: false)
    }
    guard let pause = entry.failedUntil, now < pause else { return nil }
    return stale(name, type, at: now)
  }

  /// What may be given although its time is over, because no authority answers.
  public func stale(_ name: DomainName, _ type: RecordType, at now: TimeSpan) -> Hit? {
    guard let entry = entries[Key(name: name, type: type)], now < entry.ends + habit.grace else {
      return nil
    }
    return Hit(content: entry.content, left: Self.staleTTL, isStale: true)
  }

  public mutating func keep(
    _ content: Content, for name: DomainName, _ type: RecordType, ttl: TTL, at now: TimeSpan
  ) {
    if entries.count >= Self.limit { entries = [:] }
    entries[Key(name: name, type: type)] = Entry(
      content: content, ends: now + habit.lifetime(of: ttl))
  }

  /// No authority answered for it.
  public mutating func noteFailure(_ name: DomainName, _ type: RecordType, at now: TimeSpan) {
    entries[Key(name: name, type: type)]?.failedUntil = now + Self.pauseAfterFailure
  }
}
