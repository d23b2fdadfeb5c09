import Assessment
import DNSModel
import Migration
import Notation

/// The findings about one name, as text, JSON and Markdown.
public struct AuditReport: Hashable, Sendable {
  public let name: DomainName
  public let zone: DomainName
  public let authorityCount: Int
  public let largestTTL: TTL?
  public let target: DomainName?
  public let findings: [Finding]

  /// `target`: the plan that says where the name moves to, where there is one.
  public init(_ evidence: NameEvidence, target plan: Plan? = nil) {
    name = evidence.name
    zone = evidence.zone
    authorityCount = evidence.delegation.authorities.count
    largestTTL = evidence.largestTTL
    target = evidence.todaysTarget
    let questions = plan.map(TargetQuestions.findings) ?? []
    findings = (Audit.findings(in: evidence) + questions).ordered
  }

  /// Of a name whose look did not come to its end.
  public init(unfinished name: DomainName) {
    self.name = name
    (zone, authorityCount, largestTTL, target) = (.root, 0, nil, nil)
    findings = [
      Finding(
        "dns.audit.unfinished", .unknown, "the look at \(name) did not come to its end",
        why: "nothing is known of it (R21)", wayOut: "audit it again, with more time: --within")
    ]
  }

  public var gravest: Finding.Severity? { findings.gravest }

  public var json: JSON {
    .record([
      ("name", .string(name.description)), ("zone", .string(zone.description)),
      ("authorities", .integer(authorityCount)),
      ("ttl", largestTTL.map { .integer(Int64($0.seconds)) }),
      ("target", target.map { .string($0.description) }),
      ("findings", .array(findings.map(\.json))),
    ])
  }

  private var headline: String {
    var parts = [
      "zone \(zone)", "\(authorityCount) \(authorityCount == 1 ? "authority" : "authorities")",
    ]
    if let target { parts.append("→ \(target)") }
    if let largestTTL { parts.append("TTL \(largestTTL) s") }
    return parts.joined(separator: ", ")
  }

  public var lines: [String] {
    var lines = ["\(name): \(headline)"]
    for finding in findings {
      lines.append("  \(finding.severity.rawValue) \(finding.id): \(safeText(finding.detail))")
      lines += finding.evidence.map { "      \(safeText($0))" }
      if let why = finding.why { lines.append("    why: \(safeText(why))") }
      if let wayOut = finding.wayOut { lines.append("    way out: \(safeText(wayOut))") }
    }
    if findings.isEmpty { lines.append("  nothing found") }
    return lines
  }

  /// One line for a fleet.
  public var line: String {
    let counts = Finding.Severity.allCases.compactMap { severity -> String? in
      let count = findings.count { $0.severity == severity }
      return count > 0 ? "\(count) \(severity.rawValue)" : nil
    }
    let ids = findings.filter { $0.severity != .note }.map(\.id).joined(separator: " ")
    let said = counts.isEmpty ? "nothing found" : counts.joined(separator: ", ")
    return "\(name): \(said)" + (ids.isEmpty ? "" : ": \(ids)")
  }

  public var markdown: String {
    var text = "## \(markdownText(name.description))\n\n\(markdownText(headline))\n"
    for finding in findings {
      text += "\n### \(finding.severity.rawValue): \(markdownText(finding.detail))\n\n"
      text += "`\(finding.id)`\n\n"
      for line in finding.evidence { text += "- \(markdownText(line))\n" }
      if let why = finding.why { text += "\n*Why:* \(markdownText(why))\n" }
      if let wayOut = finding.wayOut { text += "\n*Way out:* \(markdownText(wayOut))\n" }
    }
    if findings.isEmpty { text += "\nNothing found.\n" }
    return text
  }
}

/// Text for Markdown: hostile names cannot make links, markup or HTML.
func markdownText(_ text: String) -> String {
  var result = ""
  for scalar in safeText(text).unicodeScalars {
    switch scalar {
    case "\\", "`", "*", "_", "[", "]", "(", ")", "#", "|", "!":
      result += "\\"
      result.unicodeScalars.append(scalar)
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "&": result += "&amp;"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
