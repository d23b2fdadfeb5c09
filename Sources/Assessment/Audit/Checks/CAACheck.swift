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
      own.last = evidence.asked(evidence.name, .caa).first { $0.reply?.isAuthoritative == true }
      let first = target.map(\.caa) ?? own
      findings += judge([first] + evidence.ancestorCAA, when, evidence)
    }
    return findings
  }

  private static func judge(
    _ path: [NameEvidence.Resolution], _ when: String, _ evidence: NameEvidence
  ) -> [Finding] {
    for step in path {
      let sets = step.records.compactMap { $0.data.caa }
      guard step.isKnown else {
        return [
          Finding(
            "dns.caa.unknown", .unknown, "CAA of \(step.name) could not be looked up (\(when))",
            evidence: [TargetFamiliesCheck.describe(step)].compactMap { $0 },
            why: "a CA that cannot look CAA up refuses to issue",
            wayOut: "make the authorities of \(step.name) answer for CAA")
        ]
      }
      guard !sets.isEmpty else { continue }
      let seen = step.records.map { "\($0.owner) CAA \($0.data.shortText)" }
      guard let wanted = evidence.move.authority else {
        return [
          Finding(
            "dns.caa.present", .note, "CAA limits who may issue (\(when))", evidence: seen,
            why: "the new certificate's CA must be among them",
            wayOut: "say --issuer to have it checked, or add the CA before issuance")
        ]
      }
      if allows(sets, wanted), let bound = binding(sets, wanted, evidence, when) { return [bound] }
      if !allows(sets, wanted) {
        return [
          Finding(
            "dns.caa.forbids", .blocker, "CAA does not allow \(wanted) to issue (\(when))",
            evidence: seen,
            why: "the certificate for the new endpoint will not be issued, or not be renewed",
            wayOut: "add: \(step.name) CAA 0 issue \"\(wanted)\", at the set that counts")
        ]
      }
      return []
    }
    return []
  }

  /// RFC 8657: CAA may bind issuance to one account, or to ways of validation.
  private static func binding(
    _ set: [(flags: UInt8, tag: String, value: [UInt8])], _ issuer: String,
    _ evidence: NameEvidence, _ when: String
  ) -> Finding? {
    let own = set.filter { $0.tag.lowercased() == "issue" }.map { parts($0.value) }
      .filter { $0.first?.lowercased() == issuer.lowercased() }
    // One property without conditions is enough.
    guard !own.isEmpty, !own.contains(where: { $0.count == 1 }) else { return nil }
    let conditions = own.flatMap { $0.dropFirst() }
    let methods = conditions.filter { $0.lowercased().hasPrefix("validationmethods=") }
      .flatMap { $0.dropFirst(18).split(separator: ",").map { $0.lowercased() } }
    let challenge = evidence.move.challenge
    if !methods.isEmpty, let challenge, !methods.contains(challenge) {
      return Finding(
        "dns.caa.method", .blocker,
        "CAA does not let \(issuer) validate by \(challenge) (\(when))", evidence: conditions,
        why: "the order will be refused however the challenge is answered",
        wayOut:
          "add \(challenge) to validationmethods, or use one of \(methods.joined(separator: ", "))")
    }
    return Finding(
      "dns.caa.bound", .warning, "CAA binds issuance to an account or a method (\(when))",
      evidence: conditions, why: "another account, or another way of validation, is refused",
      wayOut: "see that the new endpoint's account and method are the ones named")
  }

  /// `ca.test; accounturi=…; validationmethods=…`, blanks taken off.
  private static func parts(_ value: [UInt8]) -> [String] {
    String(decoding: value, as: UTF8.self).split(separator: ";").map { part in
      String(part.filter { $0 != " " && $0 != "\t" })
    }.filter { !$0.isEmpty }
  }

  /// Whether the set lets `issuer` issue for a host name that is no wildcard.
  static func allows(
    _ set: [(flags: UInt8, tag: String, value: [UInt8])], _ issuer: String
  ) -> Bool {
    let known = ["issue", "issuewild", "iodef", "issuemail", "contactemail", "contactphone"]
    // A critical property nobody knows forbids everything (§4.1).
    if set.contains(where: { $0.flags & 0x80 != 0 && !known.contains($0.tag.lowercased()) }) {
      return false
    }
    let issuers = set.filter { $0.tag.lowercased() == "issue" }
    guard !issuers.isEmpty else { return true }
    return issuers.contains { property in
      let text = String(decoding: property.value, as: UTF8.self)
      let domain = text.split(separator: ";", omittingEmptySubsequences: false).first ?? ""
      return domain.filter { $0 != " " && $0 != "\t" }.lowercased() == issuer.lowercased()
    }
  }
}
