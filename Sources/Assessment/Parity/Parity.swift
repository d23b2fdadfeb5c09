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
    /// What a difference weighs, unless the plan accepts it: broken where a client of today would fail.
    public var severity: Finding.Severity

    public init(
      _ aspect: String, _ old: String, _ new: String, _ severity: Finding.Severity,
      _ remark: String = ""
    ) {
      self.aspect = aspect
      self.old = old
      self.new = new
      self.severity = severity
      self.remark = remark
      // What neither side showed is not alike.
      let isUnseen = old == ParitySide.unseen || new == ParitySide.unseen
      standing = isUnseen ? .unknown : old == new ? .same : .different
    }

    public var json: JSON {
      .record([
        ("aspect", .string(aspect)), ("standing", .string(standing.rawValue)),
        ("severity", standing == .different ? .string(severity.rawValue) : nil),
        ("old", .string(old)),
        ("new", .string(new)), ("remark", remark.isEmpty ? nil : .string(remark)),
      ])
    }
  }

  public private(set) var rows: [Row]

  public init(old: ParitySide, new: ParitySide, accepted: [ParityException] = []) {
    rows = []
    for row in TLSParity(old: old, new: new).rows + HTTPParity(old: old, new: new).rows
    where !rows.contains(row) {
      rows.append(row)
    }
    for index in rows.indices where [.different, .unknown].contains(rows[index].standing) {
      guard let exception = accepted.first(where: { $0.difference == rows[index].aspect }) else {
        continue
      }
      // Accepted is what was seen to differ; what was not seen nobody can accept.
      if rows[index].standing == .different { rows[index].standing = .accepted }
      rows[index].remark = exception.reason
    }
  }

  public var findings: [Finding] {
    rows.compactMap { row in
      let severity: Finding.Severity
      switch row.standing {
      case .same: return nil
      case .accepted: severity = .note
      case .different: severity = row.severity
      // What would only be worth a note had it been seen holds nothing up unseen.
      case .unknown: severity = row.severity == .note ? .note : .unknown
      }
      let tail =
        row.standing == .accepted
        ? " (accepted: \(row.remark))" : row.remark.isEmpty ? "" : "; \(row.remark)"
      return Finding(
        "parity.\(row.aspect)", severity, row.aspect, "old: \(row.old), new: \(row.new)\(tail)",
        wayOut: row.standing == .different
          ? "make them alike, or accept it in the plan: parity.exceptions, difference: \(row.aspect)"
          : nil)
    }.ordered
  }
}

extension ParitySide {
  static let unseen = "(not seen)"

  /// What all addresses agree on, or all that they say.
  func agreed(_ read: (EndpointFacts) -> String?) -> String {
    var texts: [String] = []
    for text in addresses.compactMap(read) where !texts.contains(text) { texts.append(text) }
    return texts.isEmpty ? Self.unseen : texts.joined(separator: " / ")
  }
}
