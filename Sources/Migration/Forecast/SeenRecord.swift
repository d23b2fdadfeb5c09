import DNSModel
import Notation

/// What the authorities served when the plan was made: it can only make the forecast later (R2).
public struct SeenRecord: Hashable, Sendable {
  public let values: [ServedValue]
  public let unreachable: [String]
  public let askedCount: Int
  /// What foreign answers said, for people.
  public let foreignTexts: [String]

  public init(_ round: AuthoritativeRound) {
    let summary = RoundSummary(round, waived: [])
    values = summary.values
    unreachable = summary.unreachable
    askedCount = summary.askedCount
    foreignTexts = summary.foreignTexts
  }

  /// The longest TTL of the old record that some authority serves.
  public var longestOldTTL: TTL? {
    values.filter { $0.content == .old }.map(\.ttl).max()
  }

  /// What a signer should know of it.
  func findings(_ plan: Plan) -> [PlanFinding] {
    guard !values.isEmpty else {
      return [
        PlanFinding(
          "live.unreachable", .note, at: "zone",
          "no authority could be asked: this rests on declared values alone")
      ]
    }
    var found: [PlanFinding] = []
    if !unreachable.isEmpty {
      found.append(
        PlanFinding(
          "live.authority-silent", .warning, at: "zone.authoritatives",
          "\(unreachable.map { safeText($0) }.joined(separator: ", ")) cannot be asked: a run holds until it "
            + "can, or is waived (R1)"))
    }
    for value in values { found += finding(value, plan) }
    return found
  }

  private func finding(_ value: ServedValue, _ plan: Plan) -> [PlanFinding] {
    switch value.content {
    case .old where value.ttl > plan.from.ttl:
      [
        PlanFinding(
          "live.ttl-longer", .warning, at: "from.ttl",
          "the authorities serve a TTL of \(value.ttl), the plan declares \(plan.from.ttl): the longer one is "
            + "waited out (R2)")
      ]
    case .old where value.ttl < plan.from.ttl:
      [
        PlanFinding(
          "live.ttl-lower", .note, at: "from.ttl",
          "a TTL of \(value.ttl) is served; \(plan.from.ttl) is waited for all the same: it may have been "
            + "lowered an hour ago (R2)")
      ]
    case .old:
      [
        PlanFinding(
          "live.as-declared", .note, at: "from", "the record is served as the plan declares it")
      ]
    case .new:
      [
        PlanFinding(
          "live.moved-already", .warning, at: "to",
          "an authority serves the new target already: a run would hold (R19)")
      ]
    case .absent:
      [
        PlanFinding(
          "live.record-missing", .warning, at: "hostname",
          "an authority denies the record: a run would hold, and no resolver is asked (R5)")
      ]
    case .other:
      [
        PlanFinding(
          "live.record-differs", .warning, at: "from.target",
          "an authority serves neither the old nor the new target: a run would hold (R19)"
            + (foreignTexts.first.map { ": " + safeText($0) } ?? ""))
      ]
    }
  }

  public var json: JSON {
    [
      "authorities": .integer(askedCount), "unreachable": .strings(unreachable),
      "oldTTL": longestOldTTL.map { .integer(Int($0.seconds)) } ?? .null,
      "showsOnlyTheOldRecord": .bool(
        unreachable.isEmpty && !values.isEmpty && values.allSatisfy { $0.content == .old }),
    ]
  }
}
