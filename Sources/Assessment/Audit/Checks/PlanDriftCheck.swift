import DNSModel
import Migration

/// The plan begins where the record is: a record that says something else has been moved by somebody
/// (R19).
enum PlanDriftCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    guard let planned = evidence.move.oldTarget, let today = evidence.todaysTarget,
      today != planned
    else { return [] }
    let isThere = today == evidence.move.newTarget
    return [
      Finding(
        "dns.target.drift", isThere ? .warning : .blocker,
        isThere
          ? "the name points at the new target already"
          : "the name does not point where the plan begins",
        evidence: evidence.answers(evidence.name, .cname).map {
          "\($0.server): \(shortText($0.reply.data))"
        },
        why: "the plan says \(planned); its waits and its way back are made for that value",
        wayOut: "find out who changed it, and mend the plan or the record")
    ]
  }
}
