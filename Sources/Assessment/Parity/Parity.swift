import Migration
import Notation

/// What a client would notice if it were sent from the old endpoint to the new one.
public struct Parity: Hashable, Sendable {
  public enum Standing: String, Hashable, Sendable {
    case same
    /// Named in the plan, with a reason.
    case accepted
    case different
    /// One side could not be seen.
    case unknown
  }

  /// One line of the table that a reviewer signs.
  public struct Row: Hashable, Sendable {
    /// Stable, as plans name it: `tls:minimum-version`, `header:server`, `status:/`.
    public let aspect: String
    public let old: String
    public let new: String
    public var standing: Standing
    /// Why it matters, or why it was accepted.
    public var remark: String

    public init(_ aspect: String, _ old: String, _ new: String, _ remark: String) {
      self.aspect = aspect
      self.old = old
      self.new = new
      self.remark = remark
      standing = old == new ? .same : .different
    }
  }

  public private(set) var rows: [Row]

  public init(old: ParitySide, new: ParitySide, accepted: [ParityException] = []) {
    rows = TLSParity(old: old, new: new).rows + HTTPParity(old: old, new: new).rows
    for index in rows.indices where rows[index].standing == .different {
      if rows[index].old == ParitySide.unseen || rows[index].new == ParitySide.unseen {
        rows[index].standing = .unknown
      }
      if let exception = accepted.first(where: { $0.difference == rows[index].aspect }) {
        rows[index].standing = .accepted
        rows[index].remark = exception.reason
      }
    }
  }

  public var findings: [Finding] {
    rows.compactMap { row in
      let severity: Finding.Severity
      switch row.standing {
      case .same: return nil
      case .accepted: severity = .note
      case .different: severity = .blocker
      case .unknown: severity = .unknown
      }
      let tail =
        row.standing == .accepted
        ? " (accepted: \(row.remark))" : row.remark.isEmpty ? "" : "; \(row.remark)"
      return Finding(
        "parity.\(row.aspect)", severity, row.aspect, "old: \(row.old), new: \(row.new)\(tail)",
        wayOut: row.standing == .different
          ? "make them alike, or accept it in the plan: difference: \(row.aspect)" : nil)
    }.ordered
  }
}

/// One side of the comparison: each of its addresses, and the same requests put to it.
public struct ParitySide: Hashable, Sendable {
  public var addresses: [EndpointFacts]
  /// The requests in the same order on both sides; nil where no answer came.
  public var answers: [Answer]

  public struct Answer: Hashable, Sendable {
    /// `GET /` or what else was asked for: `upgrade`, `gzip`.
    public var request: String
    public var facts: HTTPFacts?
    public init(_ request: String, _ facts: HTTPFacts?) {
      self.request = request
      self.facts = facts
    }
  }

  public init(addresses: [EndpointFacts], answers: [Answer] = []) {
    self.addresses = addresses
    self.answers = answers
  }

  static let unseen = "(not seen)"

  /// What all addresses agree on, or all that they say.
  func agreed(_ read: (EndpointFacts) -> String?) -> String {
    var texts: [String] = []
    for text in addresses.compactMap(read) where !texts.contains(text) { texts.append(text) }
    return texts.isEmpty ? Self.unseen : texts.joined(separator: " / ")
  }
}
