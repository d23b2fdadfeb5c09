import DNSModel
import Notation

/// When a secondary asks its primary, and when it stops answering (RFC 1034 §4.3.5, RFC 1996 §3).
///
/// A pure machine: what happened goes in, the next moment comes out.
public struct SecondarySchedule: Hashable, Sendable {
  /// The timers of the SOA that is served.
  public struct Timers: Hashable, Sendable {
    public var refresh: TimeSpan
    public var retry: TimeSpan
    public var expire: TimeSpan

    public init(refresh: TimeSpan, retry: TimeSpan, expire: TimeSpan) {
      self.refresh = refresh
      self.retry = retry
      self.expire = expire
    }
  }

  /// A zone whose SOA asks for a refresh every second must not turn us into a flood, and before
  /// there is a zone there are no timers: then we ask again after `firstRetry`, doubled up to the cap.
  public static let least = TimeSpan.seconds(1)
  public static let firstRetry = TimeSpan.seconds(1)
  public static let firstRetryCap = TimeSpan.minutes(5)

  public private(set) var timers: Timers?
  /// Ask the primary then.
  public private(set) var nextCheck: UTCInstant
  /// From then on the zone must not be answered from; nil while there is none.
  public private(set) var expiry: UTCInstant?
  private var failures = 0

  /// With a zone at hand since an earlier run, `lastConfirmed` is when the primary last was heard.
  public init(startingAt now: UTCInstant, timers: Timers? = nil, lastConfirmed: UTCInstant? = nil) {
    self.timers = timers
    self.nextCheck = now
    if let timers { expiry = (lastConfirmed ?? now) + timers.expire }
  }

  /// The primary was asked: the zone is as it has it, or has just been transferred from it.
  public mutating func confirmed(_ timers: Timers, at now: UTCInstant) {
    self.timers = timers
    failures = 0
    nextCheck = now + max(timers.refresh, Self.least)
    expiry = now + timers.expire
  }

  /// The primary could not be asked, refused, lied, or its transfer broke.
  public mutating func failed(at now: UTCInstant) {
    failures += 1
    if let timers, !isExpired(at: now) {
      nextCheck = now + max(timers.retry, Self.least)
    } else {
      let doubled = Self.firstRetry * (1 << min(failures - 1, 10))
      nextCheck = now + min(doubled, Self.firstRetryCap)
    }
  }

  /// A NOTIFY came: check at once (§4.4), whatever the timers say.
  public mutating func notified(at now: UTCInstant) { nextCheck = min(nextCheck, now) }

  public func isDue(at now: UTCInstant) -> Bool { now >= nextCheck }

  /// An expired zone is answered with SERVFAIL until it can be transferred again.
  public func isExpired(at now: UTCInstant) -> Bool { expiry.map { now >= $0 } ?? true }
}
