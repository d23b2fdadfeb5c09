import Notation

/// Who must say yes before a gate opens.
public struct ApprovalPlan: Hashable, Sendable {
  public var gate: Gate
  /// Different people; 0 opens the gate by itself.
  public var count: Int
  /// Who may; empty means anyone.
  public var approvers: [String]
  /// How long a yes holds.
  public var validity: TimeSpan

  public init(gate: Gate, count: Int, approvers: [String] = [], validity: TimeSpan = .hours(24)) {
    self.gate = gate
    self.count = count
    self.approvers = approvers
    self.validity = validity
  }

  /// One yes at each gate.
  public static let usual = Gate.allCases.map { ApprovalPlan(gate: $0, count: 1) }
}

/// When the record may be changed, in the local time of those who watch it.
public struct ChangeWindowPlan: Hashable, Sendable {
  public enum Rule: Hashable, Sendable {
    /// Each week; days count from 0 = Monday, times are minutes after midnight. One that closes before
    /// it opens closes the next day.
    case weekly(days: [Int], opens: Int, closes: Int)
    /// Once; local date and times.
    case dated(LocalDateTime, LocalDateTime)
  }

  public enum Missed: String, Hashable, Sendable, CaseIterable {
    /// Wait for the next one.
    case wait
    /// A person decides.
    case hold
  }

  /// An IANA name: `Europe/Berlin`.
  public var timeZone: String
  public var rules: [Rule]
  public var missed: Missed

  public init(timeZone: String, rules: [Rule], missed: Missed = .wait) {
    self.timeZone = timeZone
    self.rules = rules
    self.missed = missed
  }
}

/// Who is told, and of what.
public struct NotificationHook: Hashable, Sendable {
  public enum Target: Hashable, Sendable {
    case webhook(url: String, secret: SecretReference?)
    case program(command: [String])
  }

  public enum Occasion: String, Hashable, Sendable, CaseIterable {
    case approval, held, deadline, cutover, rollback, finished, region
  }

  public var target: Target
  public var occasions: [Occasion]

  public init(target: Target, occasions: [Occasion] = Occasion.allCases) {
    self.target = target
    self.occasions = occasions
  }
}
