import DNSModel
import Migration

/// Another controller that owns the record puts its own value back after the swap.
enum LeftoverControllerCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    var seen: [String] = []
    let registries = ["cname-", "a-", "aaaa-"].compactMap {
      AuditNames.registry($0, of: evidence.name)
    }
    for place in [evidence.name] + registries {
      for record in evidence.records(place, .txt) {
        guard let text = record.data.txtText, text.contains("heritage=") else { continue }
        seen.append("\(place) TXT \(record.data.shortText)")
      }
    }
    guard !seen.isEmpty else { return [] }
    return [
      Finding(
        "dns.controller.foreign", .blocker, "another controller says it owns this record",
        evidence: seen,
        why: "external-dns writes its own value back after the swap, at a moment of its choosing",
        wayOut: "take the name out of that controller's source, or stop it, and remove its mark")
    ]
  }
}
