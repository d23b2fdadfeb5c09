import Notation

/// How the resolvers came over to the expected value: what was seen, round by round, and what follows
/// from the last round.
public struct DrainRecord: Hashable, Sendable {
  public struct Point: Hashable, Sendable {
    public var at: UTCInstant
    /// Resolvers that have not converged, in thousandths.
    public var permille: Int

    public init(at: UTCInstant, permille: Int) {
      self.at = at
      self.permille = permille
    }
  }

  /// When the value changed, as far as it is known; else the first round.
  public let start: UTCInstant
  public private(set) var observed: [Point] = []
  /// From the last round on: when each cache lets go by its own count.
  public private(set) var forecast: [Point] = []
  /// When the last cache that keeps to the rules has let go.
  public private(set) var budgetEnd: UTCInstant?

  public init(start: UTCInstant) { self.start = start }

  public mutating func note(_ verification: Verification) {
    let open = verification.openPermille
    // A level that goes on needs its two ends only: a watch of days stays small.
    if observed.count >= 2, observed.suffix(2).allSatisfy({ $0.permille == open }) {
      observed.removeLast()
    }
    observed.append(Point(at: verification.at, permille: open))
    forecast = [Point(at: verification.at, permille: open)]
    for milestone in verification.forecast where milestone.at > verification.at {
      forecast.append(
        Point(
          at: milestone.at,
          permille: (milestone.of - milestone.converged) * 1000 / max(1, milestone.of)))
    }
    budgetEnd = verification.budgetEnd
  }

  public var now: UTCInstant { observed.last?.at ?? start }
  /// The last moment there is anything to show of.
  public var end: UTCInstant {
    max(now, forecast.last?.at ?? now, budgetEnd ?? now, start + .seconds(1))
  }

  /// The share at a moment: the last round's before it, or the forecast's behind the last round.
  public func permille(at instant: UTCInstant) -> Int? {
    let points = instant <= now ? observed : forecast
    return points.last { $0.at <= instant }?.permille
  }
}

extension Verification {
  /// Who counts: the required resolvers, or all where none is, or the authorities where no resolver is asked.
  public var counted: [Line] {
    let required = resolvers.filter(\.isRequired)
    if !required.isEmpty { return required }
    return resolvers.isEmpty ? authorities : resolvers
  }

  /// The share of resolvers, in thousandths, that have not converged.
  public var openPermille: Int {
    guard !counted.isEmpty else { return 1000 }
    return counted.count { $0.verdict.kind != .converged } * 1000 / counted.count
  }

  /// When no cache that keeps to the rules may give a former value any more; nil where that is not known.
  public var budgetEnd: UTCInstant? {
    expectation.former.compactMap { $0.end(at: at, margin: expectation.margin) }.max()
  }
}
