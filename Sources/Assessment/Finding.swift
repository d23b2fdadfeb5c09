import Notation

/// One thing that an assessment found, with everything a reader needs to act on it.
public struct Finding: Hashable, Sendable {
  /// How much it weighs, the gravest first.
  public enum Weight: Int, Hashable, Comparable, Sendable, CaseIterable {
    /// Clients fail, or the move must not go on.
    case broken = 0
    /// It could not be known: no pass, and no failure (R21).
    case unknown = 1
    /// It works, and somebody may be hurt by it.
    case risk = 2
    /// Worth knowing.
    case note = 3

    public var name: String {
      switch self {
      case .broken: "broken"
      case .unknown: "unknown"
      case .risk: "risk"
      case .note: "note"
      }
    }
    public static func < (left: Weight, right: Weight) -> Bool { left.rawValue < right.rawValue }
  }

  /// Stable, for scripts and for plans that accept it: `tls.chain.expired`.
  public var id: String
  public var weight: Weight
  /// What it is about: an address, a name, a certificate.
  public var subject: String
  /// What was expected and what was seen.
  public var detail: String
  /// What to do, where there is something.
  public var advice: String?

  public init(
    _ id: String, _ weight: Weight, _ subject: String, _ detail: String, advice: String? = nil
  ) {
    self.id = id
    self.weight = weight
    self.subject = subject
    self.detail = detail
    self.advice = advice
  }

  public var json: JSON {
    .record([
      ("id", .string(id)), ("weight", .string(weight.name)), ("subject", .string(subject)),
      ("detail", .string(detail)), ("advice", advice.map { .string($0) }),
    ])
  }
}

extension [Finding] {
  public var gravest: Finding.Weight? { self.map(\.weight).min() }

  /// The gravest first; of equal weight in the order in which they were found.
  public var ordered: [Finding] {
    Finding.Weight.allCases.flatMap { weight in self.filter { $0.weight == weight } }
  }
}
