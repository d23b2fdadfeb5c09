import Digests
import Migration
import Notation

/// The HTTP half: the same requests to both sides, by SNI and Host.
struct HTTPParity {
  let old: ParitySide
  let new: ParitySide

  /// These differ from answer to answer, or say only who passed it on.
  private static let passing: Set<String> = [
    "date", "age", "expires", "last-modified", "etag", "content-length", "transfer-encoding",
    "connection", "keep-alive", "set-cookie", "location", "x-request-id", "x-azure-ref", "cf-ray",
    "x-cache", "via", "report-to", "nel", "alt-svc", "request-context", "traceparent",
  ]

  /// Cookies by which balancers tie a client to one server or region.
  private static let affinity = [
    "arraffinity", "arraffinitysamesite", "applicationgatewayaffinity", "aslbsa", "aslbsacors",
    "awsalb", "awsalbcors", "awselb", "serverid", "route", "stickysession",
  ]

  var rows: [Parity.Row] {
    var rows: [Parity.Row] = []
    for (before, after) in zip(old.answers, new.answers) {
      rows += compare(before, after)
    }
    return rows
  }

  private func compare(
    _ before: ParitySide.Answer, _ after: ParitySide.Answer
  ) -> [Parity.Row] {
    let request = safeText(before.request)
    guard let one = before.facts, let other = after.facts else {
      return [
        Parity.Row(
          "status:\(request)", before.facts.map { "\($0.status)" } ?? ParitySide.unseen,
          after.facts.map { "\($0.status)" } ?? ParitySide.unseen, "")
      ]
    }
    var rows = [
      Parity.Row("status:\(request)", "\(one.status)", "\(other.status)", ""),
      Parity.Row("redirect:\(request)", text(one, "location"), text(other, "location"), ""),
      Parity.Row(
        "body:\(request)", digest(one), digest(other), "another content, or content that changes"),
    ]
    var names: [String] = []
    for header in one.headers + other.headers {
      let name = header.name.lowercased()
      if !Self.passing.contains(name), !names.contains(name) { names.append(name) }
    }
    for name in names {
      rows.append(Parity.Row("header:\(safeText(name))", text(one, name), text(other, name), ""))
    }
    return rows + cookies(one, other)
  }

  private func text(_ facts: HTTPFacts, _ name: String) -> String {
    let values = facts.values(name)
    return values.isEmpty ? "none" : safeText(values.joined(separator: ", "), limit: 120)
  }

  private func digest(_ facts: HTTPFacts) -> String {
    guard let digest = facts.bodyDigest else { return ParitySide.unseen }
    return "\(facts.bodyCount) bytes, \(digest.hex.prefix(16))"
  }

  /// By name and scope; values are everybody's own.
  private func cookies(_ one: HTTPFacts, _ other: HTTPFacts) -> [Parity.Row] {
    let (before, after) = (Self.jar(one), Self.jar(other))
    var names: [String] = []
    for item in before + after where !names.contains(item.name) { names.append(item.name) }
    return names.map { name in
      let isSticky = Self.affinity.contains(name.lowercased())
      var row = Parity.Row(
        "cookie:\(safeText(name))", before.first { $0.name == name }?.scope ?? "none",
        after.first { $0.name == name }?.scope ?? "none",
        isSticky ? "an affinity cookie ties clients to one server or region" : "")
      // Even where both sides set it: the new one must not pin anybody.
      if isSticky, after.contains(where: { $0.name == name }) { row.standing = .different }
      return row
    }
  }

  static func jar(_ facts: HTTPFacts) -> [(name: String, scope: String)] {
    facts.values("set-cookie").map { line in
      let parts = line.split(separator: ";").map { part in
        String(part.drop { $0 == " " })
      }
      let name = parts.first?.split(separator: "=", maxSplits: 1).first.map(String.init) ?? ""
      let scope = parts.dropFirst().filter { part in
        let word = part.lowercased()
        return !word.hasPrefix("expires") && !word.hasPrefix("max-age")
      }
      return (name, scope.isEmpty ? "set" : safeText(scope.sorted().joined(separator: "; ")))
    }
  }
}
