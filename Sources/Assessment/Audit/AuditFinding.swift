import Migration
import Notation

/// One thing the audit of a name found: what was seen, why it matters for this move, the way out.
public struct AuditFinding: Hashable, Sendable {
  public enum Severity: String, Hashable, Comparable, Sendable, CaseIterable {
    /// The move must not start, or would break clients.
    case blocker
    /// Somebody may be hurt, or the evidence is missing (R21).
    case warning
    case note

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
  }

  /// Stable, for scripts: `dns.ttl.long`.
  public var id: String
  public var severity: Severity
  public var title: String
  public var evidence: [String]
  public var why: String
  public var wayOut: String

  public init(
    _ id: String, _ severity: Severity, _ title: String, evidence: [String] = [], why: String,
    wayOut: String
  ) {
    self.id = id
    self.severity = severity
    self.title = title
    self.evidence = evidence
    self.why = why
    self.wayOut = wayOut
  }

  public var json: JSON {
    .record([
      ("id", .string(id)), ("severity", .string(severity.rawValue)), ("title", .string(title)),
      ("evidence", .strings(evidence)), ("why", .string(why)), ("wayOut", .string(wayOut)),
    ])
  }
}

/// One rule of the audit. Pure: evidence in, findings out.
public protocol AuditCheck {
  static func findings(in evidence: NameEvidence) -> [AuditFinding]
}

/// Every rule, one line each: add yours here.
public enum Audit {
  static var checks: [any AuditCheck.Type] {
    [
      AuthorityReachCheck.self, StreamCheck.self, AgreementCheck.self, ChainCheck.self,
      LongTTLCheck.self, ServedTTLCheck.self, HoldersCheck.self, NegativeTTLCheck.self,
      ApexCheck.self, CoexistenceCheck.self, DoubledSuffixCheck.self, TargetFamiliesCheck.self,
      DanglingTargetCheck.self, WildcardCheck.self, HiddenWildcardCheck.self,
      LeftoverControllerCheck.self, ChallengeLeftoverCheck.self, CAACheck.self,
      DelegationCheck.self, GlueCheck.self, OpenServerCheck.self, OneNetworkCheck.self,
      DNSSECCheck.self, SignatureLifetimeCheck.self, ViewsCheck.self,
    ]
  }

  /// The gravest first; of equal weight in the order of the rules.
  public static func findings(in evidence: NameEvidence) -> [AuditFinding] {
    let all = checks.flatMap { $0.findings(in: evidence) }
    return AuditFinding.Severity.allCases.flatMap { severity in
      all.filter { $0.severity == severity }
    }
  }
}
