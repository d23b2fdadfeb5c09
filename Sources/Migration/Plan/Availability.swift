import Notation

/// A share of all requests that are served well, or of all time in which something serves: a target, or
/// what was measured. Counted in thousand-millionths, so that the same parts always make the same chain.
public struct Availability: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let billionths: Int64
  static let whole: Int64 = 1_000_000_000

  private init(billionths: Int64) { self.billionths = billionths }

  public static let always = Availability(billionths: whole)
  public static let never = Availability(billionths: 0)

  /// `99.95`, in percent, with up to seven decimals.
  public init?(parsing text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), (1...3).contains(parts[0].utf8.count),
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } })
    else { return nil }
    let decimals = parts.count == 2 ? String(parts[1]) : ""
    guard decimals.utf8.count <= 7, let percent = Int64(parts[0]),
      let rest = Int64("0" + decimals + String(repeating: "0", count: 7 - decimals.utf8.count))
    else { return nil }
    billionths = percent * 10_000_000 + rest
    guard billionths <= Self.whole else { return nil }
  }

  /// Of `count`; nil where there was nothing to serve.
  public init?(served: Int, of count: Int) {
    guard count > 0, (0...count).contains(served), let share = Int64(exactly: served),
      share <= Int64.max / Self.whole
    else { return nil }
    billionths = share * Self.whole / Int64(count)
  }

  /// Both are needed.
  public static func * (left: Availability, right: Availability) -> Availability {
    Availability(billionths: left.billionths * right.billionths / whole)
  }

  /// Either of two things that exclude each other.
  static func + (left: Availability, right: Availability) -> Availability {
    Availability(billionths: min(whole, left.billionths + right.billionths))
  }

  var complement: Availability { Availability(billionths: Self.whole - billionths) }

  public static func < (left: Availability, right: Availability) -> Bool {
    left.billionths < right.billionths
  }

  /// In percent, without needless zeros, never rounded up.
  public var percent: String {
    var decimals = String(billionths % 10_000_000)
    decimals = String(repeating: "0", count: 7 - decimals.utf8.count) + decimals
    while decimals.last == "0" { decimals.removeLast() }
    return "\(billionths / 10_000_000)" + (decimals.isEmpty ? "" : ".\(decimals)")
  }

  public var description: String { "\(percent) %" }

  /// What it leaves of thirty days to fail in.
  public var missedInThirtyDays: TimeSpan {
    .milliseconds(complement.billionths * 2_592 / 1000)
  }
}

/// What clients may expect of the chain router → regions → what the regions share, from its parts'
/// targets. Parts are taken to fail independently of each other, which is the best case.
public struct ChainObjective: Hashable, Sendable {
  /// Parts whose target the plan does not say.
  public let missing: [String]
  /// The parts in words, each with its target.
  public let parts: [String]
  /// Nil where the target of some part is not known.
  public let chain: Availability?

  /// More regions than this are not reckoned through (each doubles the work).
  static let regionLimit = 16

  public init(_ router: RouterPlan) {
    var missing: [String] = []
    var parts: [String] = []
    var serial = Availability.always
    if let objective = router.objective {
      serial = serial * objective
      parts.append("router \(objective)")
    } else {
      missing.append("router")
    }
    for region in router.regions {
      if let objective = region.objective {
        parts.append("\(region.name) \(objective)")
      } else {
        missing.append(region.name)
      }
    }
    for choice in router.choices {
      guard let objective = choice.objective else { continue }
      serial = serial * objective
      parts.append("\(choice.subject) \(objective)")
    }
    self.missing = missing
    self.parts = parts
    chain =
      missing.isEmpty && (1...Self.regionLimit).contains(router.regions.count)
      ? serial * Self.regions(router.regions) : nil
  }

  /// How often enough of them serve to carry everything. One whose capacity is not declared is taken to
  /// carry its share and no more.
  private static func regions(_ regions: [RegionPlan]) -> Availability {
    var sum = Availability.never
    for state in 0..<(1 << regions.count) {
      var odds = Availability.always
      var capacity = 0
      for (index, region) in regions.enumerated() {
        let objective = region.objective ?? .never
        let isUp = state & (1 << index) != 0
        odds = odds * (isUp ? objective : objective.complement)
        if isUp { capacity += max(region.capacity ?? region.share, 0) }
      }
      if capacity >= 100 { sum = sum + odds }
    }
    return sum
  }
}
