import Notation

/// What has to be looked at, and how often: one interval per kind of look, none where it is not wanted.
public struct LookPlan: Hashable, Sendable {
  public enum Slot {
    public static let authoritatives = 0
    public static let provider = 1
    public static let resolvers = 2
    public static let firstEvidence = 3
    public static let count = 14

    public static func evidence(_ kind: EvidenceKind) -> Int { firstEvidence + Int(kind.rawValue) }
  }

  /// Seconds between looks by slot; 0 for never.
  private var seconds = SIMD16<UInt32>()

  public init() {}

  /// The shorter interval wins.
  public mutating func want(_ slot: Int, every span: TimeSpan) {
    let wanted = UInt32(clamping: max(span.milliseconds / 1000, 1))
    if seconds[slot] == 0 || wanted < seconds[slot] { seconds[slot] = wanted }
  }

  public mutating func drop(_ slot: Int) { seconds[slot] = 0 }

  public func wants(_ slot: Int) -> Bool { seconds[slot] != 0 }

  public func interval(_ slot: Int) -> TimeSpan? {
    seconds[slot] == 0 ? nil : .seconds(seconds[slot])
  }
}
