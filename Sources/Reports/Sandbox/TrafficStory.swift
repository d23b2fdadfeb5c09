import Notation

/// What clients met, second by second, and what was done to their world meanwhile.
public struct TrafficStory: Hashable, Sendable {
  /// One second of the crowd.
  public struct Second: Hashable, Sendable {
    /// Answers by who served them: `old`, `west` …
    public var served: [String: Int] = [:]
    public var failed = 0
    public var slowestMilliseconds: Int64 = 0

    public init() {}

    public var sent: Int { served.values.reduce(failed, +) }
  }

  /// Something that happened, milliseconds after the beginning.
  public struct Event: Hashable, Sendable {
    public let at: Int64
    public let text: String

    public init(at: Int64, text: String) {
      self.at = at
      self.text = text
    }

    public var clock: String { secondsText(at) }
  }

  /// What an authority said from that moment on.
  public struct Stair: Hashable, Sendable {
    public let at: Int64
    public let target: String
    public let ttl: Int64
    /// It leads to the old endpoint.
    public let isOld: Bool

    public init(at: Int64, target: String, ttl: Int64, isOld: Bool) {
      self.at = at
      self.target = target
      self.ttl = ttl
      self.isOld = isOld
    }
  }

  public struct Failure: Hashable, Sendable {
    public let at: Int64
    public let client: String
    public let what: String

    public init(at: Int64, client: String, what: String) {
      self.at = at
      self.client = client
      self.what = what
    }
  }

  /// Something we broke on purpose, and how many requests it can cost at most, said beforehand.
  public struct Foretold: Hashable, Sendable {
    public let at: Int64
    public let until: Int64
    public let what: String
    public let atMost: Int

    public init(at: Int64, until: Int64, what: String, atMost: Int) {
      self.at = at
      self.until = until
      self.what = what
      self.atMost = atMost
    }
  }

  /// A span that was measured: how long, and what was promised, where something was.
  public struct Measure: Hashable, Sendable {
    public let name: String
    public let took: TimeSpan
    public let promised: TimeSpan?

    public init(name: String, took: TimeSpan, promised: TimeSpan? = nil) {
      self.name = name
      self.took = took
      self.promised = promised
    }
  }

  public var seconds: [Second] = []
  public var events: [Event] = []
  public var stairs: [Stair] = []
  public var failures: [Failure] = []
  public var foretold: [Foretold] = []
  public var measures: [Measure] = []
  public var sent = 0
  public var failed = 0
  /// More failures than this are counted, not kept one by one.
  static let failureLimit = 1000

  public init() {}

  /// Who serves for the old side.
  public static let old = "old"

  public mutating func served(by server: String, at: Int64, took: TimeSpan) {
    sent += 1
    second(at) { second in
      second.served[server, default: 0] += 1
      second.slowestMilliseconds = max(second.slowestMilliseconds, took.milliseconds)
    }
  }

  public mutating func fail(_ failure: Failure) {
    sent += 1
    failed += 1
    second(failure.at) { $0.failed += 1 }
    if failures.count < Self.failureLimit { failures.append(failure) }
  }

  private mutating func second(_ at: Int64, _ change: (inout Second) -> Void) {
    // A story of a day is long enough: what comes later is counted and not drawn.
    let index = Int(clamping: max(0, at) / 1000)
    guard index < 86_400 else { return }
    while seconds.count <= index { seconds.append(Second()) }
    change(&seconds[index])
  }

  public mutating func note(_ text: String, at: Int64) {
    if events.count < 10_000 { events.append(Event(at: at, text: text)) }
  }

  /// Keeps a stair where the record changed.
  public mutating func step(_ stair: Stair) {
    if let last = stairs.last, last.target == stair.target, last.ttl == stair.ttl { return }
    stairs.append(stair)
  }

  /// The first line anybody looks for, exactly so.
  public var headline: String { "requests: \(sent) sent, \(failed) failed" }

  /// Failures that nothing announced, or more than were announced.
  public var unannounced: [Failure] {
    var left = foretold.map(\.atMost)
    return failures.filter { failure in
      let index = foretold.indices.first {
        left[$0] > 0 && foretold[$0].at <= failure.at && failure.at <= foretold[$0].until
      }
      guard let index else { return true }
      left[index] -= 1
      return false
    }
  }
}

/// `12.3 s` after the beginning, right-aligned up to an hour.
func secondsText(_ milliseconds: Int64) -> String {
  let text = "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
  return String(repeating: " ", count: max(0, 8 - text.count)) + text
}
