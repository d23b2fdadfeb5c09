import Migration

/// May a region be drained or removed now? Only while others serve, and can carry everything.
public enum RegionDeparture {
  /// One region as the router has it.
  public struct Standing: Hashable, Sendable {
    public let name: String
    public let isServing: Bool

    public init(name: String, isServing: Bool) {
      self.name = name
      self.isServing = isServing
    }
  }

  /// Why not; nil where nothing speaks against it.
  public static func objection(
    to region: String, among standings: [Standing], planned: [RegionPlan]
  ) -> String? {
    let others = standings.filter { $0.name != region && $0.isServing }.map(\.name)
    guard !others.isEmpty else {
      return "no other region serves at this moment: without \(region) nothing is left"
    }
    var sum = 0
    for other in others {
      // A region that the plan does not know has a capacity that nobody told.
      guard let capacity = planned.first(where: { $0.name == other })?.capacity else { return nil }
      sum += capacity
    }
    guard sum < 100 else { return nil }
    return
      "without \(region), \(others.joined(separator: ", ")) must carry 100 % and can carry \(sum) %"
  }
}
