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

  /// Seconds between looks by slot, four to a word; 0 for never. No look waits longer than eighteen hours.
  @usableFromInline var words = SIMD4<UInt64>()

  public init() {}

  /// The shorter interval wins.
  public mutating func want(_ slot: Int, every span: TimeSpan) {
    let wanted = UInt16(clamping: max(span.milliseconds / 1000, 1))
    let held = seconds(slot)
    if held == 0 || wanted < held { set(slot, wanted) }
  }

  public mutating func drop(_ slot: Int) { set(slot, 0) }

  @inlinable public func wants(_ slot: Int) -> Bool { seconds(slot) != 0 }

  @inlinable public func interval(_ slot: Int) -> TimeSpan? {
    let held = seconds(slot)
    return held == 0 ? nil : TimeSpan(milliseconds: Int64(held) * 1000)
  }

  @inlinable func seconds(_ slot: Int) -> UInt16 {
    UInt16(truncatingIfNeeded: words[slot >> 2] >> (UInt64(slot & 3) * 16))
  }

  private mutating func set(_ slot: Int, _ seconds: UInt16) {
    let shift = UInt64(slot & 3) * 16
    words[slot >> 2] = words[slot >> 2] & ~(0xFFFF << shift) | UInt64(seconds) << shift
  }
}
