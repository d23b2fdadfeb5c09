import DNSModel
import Migration
import Notation

/// What an observation comes to, in words that explain themselves.
public struct Verdict: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case converged
    case staleWithinBudget
    case staleBeyondBudget
    case wrongValue
    case negativeCached
    /// An authority that still gives the former value.
    case notYet
    /// An authority that denies the name.
    case denied
    case lame
    case refused
    case serverFailure
    case unreachable
    case untrusted
    case notAsked

    /// What it means for whoever waits: the gravest of all required ones is the result.
    public var standing: Standing {
      switch self {
      case .converged: .agrees
      case .staleWithinBudget, .negativeCached, .notYet: .waits
      case .staleBeyondBudget, .wrongValue, .denied: .wrong
      case .lame, .refused, .serverFailure, .unreachable, .untrusted, .notAsked: .inconclusive
      }
    }
  }

  /// Inconclusive never passes for agreement (R21).
  public enum Standing: Int, Hashable, Sendable, Comparable {
    case agrees, waits, inconclusive, wrong
    public static func < (left: Standing, right: Standing) -> Bool {
      left.rawValue < right.rawValue
    }
  }

  public var kind: Kind
  /// When this is expected to be over.
  public var until: UTCInstant?
  /// By how much it is over its budget.
  public var over: TimeSpan?
  public var explanation: String

  public init(
    _ kind: Kind, until: UTCInstant? = nil, over: TimeSpan? = nil, _ explanation: String
  ) {
    self.kind = kind
    self.until = until
    self.over = over
    self.explanation = explanation
  }

  public var headline: String { headline(at: .distantPast) }

  /// `stale within budget until 14:05:12`, with the date where that is not the day of `now`.
  public func headline(at now: UTCInstant) -> String {
    let clock = until.map { " until \(CivilDateTime.moment($0, seenAt: now))" }
    switch kind {
    case .converged: return "converged"
    case .staleWithinBudget: return "stale within budget\(clock ?? "")"
    case .staleBeyondBudget:
      return "stale beyond budget" + (over.map { $0 > .zero ? " by \($0)" : "" } ?? "")
    case .wrongValue: return "wrong value"
    case .negativeCached: return "negative-cached\(clock ?? "")"
    case .notYet: return "not yet"
    case .denied: return "denied"
    case .lame: return "lame"
    case .refused: return "refused"
    case .serverFailure: return "server failure"
    case .unreachable: return "unreachable"
    case .untrusted: return "not to be believed"
    case .notAsked: return "not asked"
    }
  }
}

extension CivilDateTime {
  /// The time of day, with the date where that is another day.
  static func moment(_ instant: UTCInstant, seenAt now: UTCInstant) -> String {
    let (moment, today) = (CivilDateTime(instant), CivilDateTime(now))
    return moment.dateText == today.dateText
      ? moment.timeText : "\(moment.dateText) \(moment.timeText)"
  }
}

extension Verdict {
  /// For outcomes that say nothing about the record, whoever was asked.
  static func withoutEvidence(_ observation: DNSObservation) -> Verdict? {
    switch observation.outcome {
    case .silence(let silence):
      switch silence {
      case .unreachable(let why): return Verdict(.unreachable, safeText(why, limit: 120))
      case .timedOut, .closed, .channelFailed:
        return Verdict(.unreachable, silence.description)
      case .answeredBySomeoneElse, .malformed, .otherQuestion, .distrusted:
        return Verdict(.untrusted, silence.description)
      case .notAsked(let why): return Verdict(.notAsked, safeText(why, limit: 120))
      }
    case .reply(let reply):
      let words = reply.extendedErrors.map(\.description).joined(separator: "; ")
      let said = words.isEmpty ? "" : " (it says: \(words))"
      switch reply.meaning {
      case .refused: return Verdict(.refused, "it refuses to answer us\(said)")
      case .serverFailure:
        return Verdict(.serverFailure, "it cannot answer: SERVFAIL\(said)")
      case .other:
        return Verdict(.serverFailure, "it answers \(reply.code) without an answer\(said)")
      case .data, .noSuchName, .noSuchType, .referral: return nil
      }
    }
  }
}
