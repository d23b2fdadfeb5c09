import DNSModel
import Notation

/// What a round of the authoritatives comes to: the part that decides, and that the journal keeps.
public struct RoundSummary: Hashable, Sendable {
  public var startedAt: UTCInstant
  public var completedAt: UTCInstant
  /// Each value some authority served, in the order met; a denial stands as `absent` with its
  /// negative TTL.
  public var values: [ServedValue]
  /// Authorities that could not be asked and are not waived.
  public var unreachable: [String]
  public var askedCount: Int
  public var foreignTexts: [String]
  public var slips: [String]

  public init(
    startedAt: UTCInstant, completedAt: UTCInstant, values: [ServedValue],
    unreachable: [String] = [], askedCount: Int, foreignTexts: [String] = [], slips: [String] = []
  ) {
    self.startedAt = startedAt
    self.completedAt = completedAt
    self.values = values
    self.unreachable = unreachable
    self.askedCount = askedCount
    self.foreignTexts = foreignTexts
    self.slips = slips
  }

  /// `last`: the one before; mostly everybody says the same again.
  public init(_ round: AuthoritativeRound, waived: [String], after last: RoundSummary? = nil) {
    startedAt = round.startedAt
    completedAt = round.completedAt
    values = []
    unreachable = []
    askedCount = round.authorities.count
    foreignTexts = round.foreignTexts
    slips = round.slips
    if let last, last.values.count == 1, round.isUnanimous(last.values[0]) {
      values = last.values
      return
    }
    for (index, answer) in round.answers.enumerated() {
      switch answer {
      case .value(let value): note(value)
      case .denied(let negativeTTL): note(ServedValue(.absent, negativeTTL))
      case .unreachable:
        let authority =
          index < round.authorities.count ? round.authorities[index].description : "?"
        if !waived.contains(authority) { unreachable.append(authority) }
      }
    }
    // Fewer answers than authorities is an observer's mistake; it must not pass for a complete round.
    if round.answers.count < round.authorities.count {
      for authority in round.authorities[round.answers.count...] {
        unreachable.append(authority.description)
      }
    }
  }

  private mutating func note(_ value: ServedValue) {
    if !values.contains(value) { values.append(value) }
  }

  /// Every authority was asked (or waived), and at least one answered (R1, R21).
  public var isComplete: Bool { unreachable.isEmpty && !values.isEmpty }

  public func shows(_ value: ServedValue) -> Bool { values.contains(value) }

  public func shows(_ content: RecordContent) -> Bool {
    for value in values where value.content == content { return true }
    return false
  }

  public var isDenied: Bool { shows(.absent) }

  /// The one value everybody serves; nil while they differ or some cannot be asked.
  public var agreedValue: ServedValue? {
    isComplete && values.count == 1 ? values[0] : nil
  }
}
