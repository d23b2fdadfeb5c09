import DNSModel
import Migration

/// What moves must be there: a name that no client can reach today has nothing to be moved.
enum NameThereCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    let answers = NameEvidence.clientTypes.flatMap { evidence.answers(evidence.name, $0) }
    guard !answers.isEmpty, answers.allSatisfy({ $0.reply.isDenial }) else { return [] }
    let seen = answers.map { "\($0.server): \($0.reply.code)" }
    if answers.contains(where: { $0.reply.meaning == .noSuchName }) {
      return [
        Finding(
          "dns.name.absent", .blocker, "\(evidence.name) does not exist", evidence: seen,
          why: "nobody reaches it today, and whoever asks meanwhile keeps the denial",
          wayOut: "is it spelt right, and are these its servers? A new name needs no move")
      ]
    }
    return [
      Finding(
        "dns.name.empty", .blocker, "\(evidence.name) has no alias and no address", evidence: seen,
        why: "no client can reach it today: there is nothing to move",
        wayOut: "is it spelt right? Other records there, or below it, keep it in being")
    ]
  }
}
