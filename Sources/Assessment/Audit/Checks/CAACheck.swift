import DNSModel
import Migration

/// May the CA issue? RFC 8659 §3: the closest non-empty CAA set at or above the name counts, an alias
/// at the name itself followed, the target's parents not. A lookup that fails refuses (R11).
enum CAACheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    var findings: [Finding] = []
    let sides: [(String, NameEvidence.Target?)] =
      evidence.targets.isEmpty
      ? [("today", nil)]
      : evidence.targets.map { ($0.isNew ? "after the swap" : "today", $0) }
    for (when, target) in sides {
      var own = NameEvidence.Resolution(name: evidence.name, type: .caa)
      // The name's own answer: authorities give it, or the alias that leads to the target's.
      own.all = evidence.asked(evidence.name, .caa).filter { $0.reply?.isAuthoritative == true }
      let first = target.map(\.caa) ?? own
      findings += judge([first] + evidence.ancestorCAA, when, evidence)
    }
    return findings
  }

  private static func judge(
    _ path: [NameEvidence.Resolution], _ when: String, _ evidence: NameEvidence
  ) -> [Finding] {
    for step in path {
      let set = CAASet(step.records)
      // Aliases that lead nowhere are told of as such.
      guard !step.isLoop, !step.isEndless else { return [] }
      guard step.isKnown else {
        return [
          Finding(
            "dns.caa.unknown", .unknown, "CAA of \(step.name) could not be looked up (\(when))",
            evidence: [TargetFamiliesCheck.describe(step)].compactMap { $0 },
            why: "a CA that cannot look CAA up refuses to issue",
            wayOut: "make the authorities of \(step.name) answer for CAA")
        ]
      }
      guard !set.properties.isEmpty else { continue }
      let seen = step.records.map { "\($0.owner) CAA \($0.data.shortText)" }
      guard let wanted = evidence.move.authority else {
        return [
          Finding(
            "dns.caa.present", .note, "CAA limits who may issue (\(when))", evidence: seen,
            why: "the new certificate's CA must be among them",
            wayOut: "say --issuer to have it checked, or add the CA before issuance")
        ]
      }
      let who = CAARequester(domains: [wanted])
      guard case .forbidden(let reason) = set.answer(to: who, wildcard: false) else {
        return binding(set, wanted, evidence, when).map { [$0] } ?? []
      }
      return [
        Finding(
          "dns.caa.forbids", .blocker, "CAA does not allow \(wanted) to issue (\(when))",
          evidence: seen,
          why:
            "the certificate for the new endpoint will not be issued, or not be renewed: \(reason)",
          wayOut: set.properties.contains { $0.tag == .unknownCritical }
            ? "remove the record with the critical flag whose tag no CA knows"
            : "add: \(step.name) CAA 0 issue \"\(wanted)\", at the set that counts")
      ]
    }
    return []
  }

  /// RFC 8657: CAA may bind issuance to one account, or to ways of validation.
  private static func binding(
    _ set: CAASet, _ issuer: String, _ evidence: NameEvidence, _ when: String
  ) -> Finding? {
    let conditions = set.conditions(for: issuer)
    guard !conditions.isEmpty else { return nil }
    let challenge = evidence.move.challenge
    let who = CAARequester(domains: [issuer], method: challenge)
    if let challenge, case .forbidden(let reason) = set.answer(to: who, wildcard: false) {
      return Finding(
        "dns.caa.method", .blocker,
        "CAA does not let \(issuer) validate by \(challenge) (\(when))", evidence: conditions,
        why: "the order will be refused however the challenge is answered: \(reason)",
        wayOut: "add \(challenge) to validationmethods, or use a method that is listed there")
    }
    return Finding(
      "dns.caa.bound", .warning, "CAA binds issuance to an account or a method (\(when))",
      evidence: conditions, why: "another account, or another way of validation, is refused",
      wayOut: "see that the new endpoint's account and method are the ones named")
  }
}
