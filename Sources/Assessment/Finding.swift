import Notation

/// One thing that an assessment found, with everything a reader needs to act on it.
public struct Finding: Hashable, Sendable {
  /// How much it weighs, the gravest first.
  public enum Severity: String, Hashable, Comparable, Sendable, CaseIterable {
    /// Clients fail, or the move must not go on.
    case blocker
    /// It could not be known: no pass, and no failure (R21).
    case unknown
    /// It works, and somebody may be hurt by it.
    case warning
    /// Worth knowing.
    case note

    private var rank: Int {
      switch self {
      case .blocker: 0
      case .unknown: 1
      case .warning: 2
      case .note: 3
      }
    }
    public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
  }

  /// Stable, for scripts and for plans that accept it: `tls.chain.expired`.
  public var id: String
  public var severity: Severity
  /// What it is about: an address, a name, a certificate; empty for what was assessed itself.
  public var subject: String
  /// What was expected and what was seen.
  public var detail: String
  /// What was seen where, line by line.
  public var evidence: [String]
  /// Why it matters for this move, where that is not plain.
  public var why: String?
  /// What to do, where there is something.
  public var wayOut: String?

  public init(
    _ id: String, _ severity: Severity, _ subject: String, _ detail: String, wayOut: String? = nil
  ) {
    self.id = id
    self.severity = severity
    self.subject = subject
    self.detail = detail
    evidence = []
    self.wayOut = wayOut
  }

  /// About what was assessed itself, with the evidence in lines of its own.
  public init(
    _ id: String, _ severity: Severity, _ detail: String, evidence: [String] = [], why: String,
    wayOut: String
  ) {
    self.init(id, severity, "", detail, wayOut: wayOut)
    self.evidence = evidence
    self.why = why
  }

  public var json: JSON {
    .record([
      ("id", .string(id)), ("severity", .string(severity.rawValue)),
      ("subject", subject.isEmpty ? nil : .string(subject)), ("detail", .string(detail)),
      ("evidence", evidence.isEmpty ? nil : .strings(evidence)),
      ("why", why.map { .string($0) }), ("wayOut", wayOut.map { .string($0) }),
    ])
  }
}

extension [Finding] {
  public var gravest: Finding.Severity? { self.map(\.severity).min() }

  /// The gravest first; of equal severity in the order in which they were found.
  public var ordered: [Finding] {
    Finding.Severity.allCases.flatMap { severity in self.filter { $0.severity == severity } }
  }
}
