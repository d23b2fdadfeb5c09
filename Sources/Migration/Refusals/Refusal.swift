import Notation

/// Why a plan that can be read must not be run, about which part of it, and what would make it right.
public struct Refusal: Hashable, Sendable {
  /// Stable.
  public let id: String
  /// In the plan's notation: `ttl.ladder.floor`.
  public let path: String
  /// What else was looked at; the refusal means nothing where one of these could not be read.
  public let rests: [String]
  public let message: String
  public let remedy: String

  public init(
    _ id: String, at path: String, with rests: [String] = [], _ message: String, remedy: String = ""
  ) {
    self.id = id
    self.path = path
    self.rests = rests
    self.message = message
    self.remedy = remedy
  }

  /// Whether nothing it looked at lies within, or around, one of these paths.
  public func rests(onNone broken: [String]) -> Bool {
    for path in rests + [path] {
      for other in broken where Self.touch(path, other) { return false }
    }
    return true
  }

  private static func touch(_ left: String, _ right: String) -> Bool {
    if left == right || right.isEmpty { return true }
    let (short, long) = left.utf8.count < right.utf8.count ? (left, right) : (right, left)
    return long.hasPrefix(short + ".") || long.hasPrefix(short + "[")
  }
}

/// What rules may look at besides the plan.
public struct RefusalContext: Sendable {
  public var now: UTCInstant
  public var timeZone: TimeZoneRules

  public init(now: UTCInstant, timeZone: TimeZoneRules = .utc) {
    self.now = now
    self.timeZone = timeZone
  }
}

public enum Refusals {
  /// Every reason, rule by rule.
  public static func all(_ plan: Plan, _ context: RefusalContext) -> [Refusal] {
    names(plan) + zone(plan) + ttl(plan) + certificate(plan) + router(plan) + oldEndpoint(plan)
      + evidence(plan) + consent(plan) + timetable(plan, context)
  }
}
