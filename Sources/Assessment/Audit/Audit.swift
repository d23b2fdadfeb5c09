import Migration

/// One rule of the audit. Pure: evidence in, findings out.
public protocol AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding]
}

/// Every rule, one line each: add yours here.
public enum Audit {
  static var checks: [any AuditCheck.Type] {
    [
      AuthorityReachCheck.self, NameThereCheck.self, StreamCheck.self, AgreementCheck.self,
      ChainCheck.self,
      LongTTLCheck.self, ServedTTLCheck.self, HoldersCheck.self, NegativeTTLCheck.self,
      ApexCheck.self, CoexistenceCheck.self, DoubledSuffixCheck.self, TargetFamiliesCheck.self,
      TargetServersCheck.self,
      DanglingTargetCheck.self, WildcardCheck.self, HiddenWildcardCheck.self,
      LeftoverControllerCheck.self, ChallengeLeftoverCheck.self, CAACheck.self,
      DelegationCheck.self, GlueCheck.self, OpenServerCheck.self, OneNetworkCheck.self,
      PlanDriftCheck.self,
      FlattenedCheck.self, TailoredCheck.self, TransferTimingCheck.self, DNSSECCheck.self,
      SignatureLifetimeCheck.self, TrustCheck.self, ViewsCheck.self,
    ]
  }

  /// The gravest first; of equal severity in the order of the rules.
  public static func findings(in evidence: NameEvidence) -> [Finding] {
    checks.flatMap { $0.findings(in: evidence) }.map { finding in
      var finding = finding
      // What was asked twice is evidence once.
      var seen: Set<String> = []
      finding.evidence = finding.evidence.filter { seen.insert($0).inserted }
      return finding
    }.ordered
  }
}
