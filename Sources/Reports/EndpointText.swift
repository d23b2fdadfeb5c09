import Assessment
import Digests
import Migration
import Notation

/// What was seen at an endpoint, for people: the facts of each address, then the findings.
public struct EndpointText {
  let now: UTCInstant

  public init(at now: UTCInstant) { self.now = now }

  public func lines(_ facts: EndpointFacts) -> [String] {
    var lines = ["\(facts.address) as \(facts.identity)"]
    if let problem = facts.problem {
      lines.append("  " + safeText(problem.text))
      // Where nothing answers, every further line would say the same.
      if !problem.isAnAnswer { return lines }
    }
    if let shown = facts.shown { lines += self.lines(shown).map { "  " + $0 } }
    for item in facts.protocols where item.answer != .refused {
      let order = item.serverChooses.map { $0 ? ", its own order" : ", the client's order" } ?? ""
      let head = item.version + order
      if case .unknown(let reason) = item.answer {
        lines.append("  \(head): unknown, \(safeText(reason))")
      } else {
        lines.append(
          "  \(head): " + item.suites.joined(separator: " ")
            + (item.isComplete ? "" : " (and perhaps more: not every question was answered)"))
      }
    }
    let refused = facts.protocols.filter { $0.answer == .refused }.map(\.version)
    if !refused.isEmpty { lines.append("  refused: " + refused.joined(separator: ", ")) }
    if let groups = facts.groups, !groups.isEmpty {
      lines.append("  groups: " + groups.joined(separator: " "))
    }
    lines.append(
      "  ALPN: \(facts.preferredApplication.map { safeText($0) } ?? "none"), resumption: "
        + (facts.resumes.map { $0 ? "yes" : "no" } ?? "unknown"))
    if let reaction = facts.onWrongName { lines.append("  wrong name: " + reaction.text) }
    if let reaction = facts.onNoName { lines.append("  no name: " + reaction.text) }
    if let health = facts.health {
      let strict =
        health.values("strict-transport-security").first.map { safeText($0) } ?? "no HSTS"
      lines.append(
        "  GET \(safeText(health.path)): \(health.status), \(health.bodyCount) bytes in "
          + "\(health.duration); \(strict)")
    }
    return lines
  }

  private func lines(_ shown: ShownCertificate) -> [String] {
    var lines: [String] = []
    for (index, certificate) in shown.sent.enumerated() {
      lines += self.lines(certificate, position: index)
    }
    lines.append(
      "handshake: \(shown.version), \(shown.suite)" + (shown.group.map { ", \($0)" } ?? "")
        + (shown.asksForClientCertificate ? ", asks for a client certificate" : ""))
    lines.append("OCSP staple: \(shown.staple.text)")
    let path = shown.verdict.path.map(\.title).joined(separator: " < ")
    lines.append(
      shown.verdict.isTrusted ? "chain: trusted, \(path)" : "chain: NOT trusted, \(path)")
    return lines
  }

  public func lines(_ facts: CertificateFacts, position: Int) -> [String] {
    var lines = [
      "\(position == 0 ? "certificate" : "sent along"): \(facts.title), \(facts.key), "
        + facts.signatureAlgorithm
    ]
    if position == 0 {
      let names = (facts.alternativeNames ?? []).map(\.description)
      lines.append("  names: " + (names.isEmpty ? "none" : names.joined(separator: ", ")))
      lines.append("  issuer: \(safeText(facts.issuer))")
      lines.append("  SPKI: sha256/\(facts.publicKeyHash.base64())")
    }
    let left =
      facts.isValid(at: now)
      ? "\(facts.notAfter - now) left"
      : now < facts.notBefore ? "NOT YET VALID" : "EXPIRED \(now - facts.notAfter) ago"
    lines.append("  valid: \(facts.notBefore) to \(facts.notAfter), \(left)")
    return lines
  }

  public func lines(_ findings: [Finding]) -> [String] {
    findings.flatMap { finding in
      ["\(finding.severity.rawValue): \(finding.subject): \(finding.detail) [\(finding.id)]"]
        + (finding.wayOut.map { ["  → \($0)"] } ?? [])
    }
  }
}
