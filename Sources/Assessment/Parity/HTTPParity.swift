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

  /// Without these, or with other ones, programs and browsers refuse the answer.
  private static let decisive: Set<String> = [
    "access-control-allow-origin", "access-control-allow-credentials",
    "access-control-allow-headers", "access-control-allow-methods", "content-type",
    "www-authenticate",
  ]

  /// These change what clients keep, cache or allow.
  private static let weighty: Set<String> = [
    "strict-transport-security", "content-security-policy", "cache-control", "vary",
    "referrer-policy", "x-frame-options", "x-content-type-options", "permissions-policy",
    "cross-origin-resource-policy", "cross-origin-opener-policy", "retry-after", "link",
  ]

  /// Cookies by which balancers tie a client to one server or region.
  private static let affinity = [
    "arraffinity", "arraffinitysamesite", "applicationgatewayaffinity",
    "applicationgatewayaffinitycors", "aslbsa", "aslbsacors", "awsalb", "awsalbcors", "awselb",
    "awselbcors", "serverid", "srvname", "route", "stickysession",
  ]

  var rows: [Parity.Row] {
    var rows: [Parity.Row] = []
    for (before, after) in zip(old.answers, new.answers) {
      rows += compare(before, after)
    }
    for (before, after) in zip(old.traits, new.traits) { rows.append(compare(before, after)) }
    return rows
  }

  /// `/health` for GET, which is what everybody does; others with their method.
  private static func place(_ request: String) -> String {
    safeText(request.hasPrefix("GET ") ? String(request.dropFirst(4)) : request)
  }

  private func compare(
    _ before: ParitySide.Answer, _ after: ParitySide.Answer
  ) -> [Parity.Row] {
    let place = Self.place(before.request)
    let status = Parity.Row(
      "status:\(place)", before.facts.map { "\($0.status)" } ?? ParitySide.unseen,
      after.facts.map { "\($0.status)" } ?? ParitySide.unseen, .blocker)
    // A HEAD is asked for its status alone: probes use it (its headers are GET's, RFC 9110 §9.3.2).
    guard let one = before.facts, let other = after.facts, before.request.hasPrefix("GET ") else {
      return [status]
    }
    var rows = [
      status,
      Parity.Row("redirect:\(place)", text(one, "location"), text(other, "location"), .blocker),
      Parity.Row(
        "body:\(place)", body(before), body(after), .warning,
        "another content, or content that changes"
      ), duration(place, one, other),
    ]
    let restless = Self.restless(before).union(Self.restless(after)).union(Self.passing)
    var names: [String] = []
    for header in one.headers + other.headers {
      let name = header.name.lowercased()
      if !restless.contains(name), !names.contains(name) { names.append(name) }
    }
    for name in names {
      rows.append(
        Parity.Row(
          "header:\(safeText(name))", text(one, name), text(other, name), Self.severity(of: name)))
    }
    return rows + cookies(one, other)
  }

  private static func severity(of header: String) -> Finding.Severity {
    decisive.contains(header) ? .blocker : weighty.contains(header) ? .warning : .note
  }

  /// Headers that differ between two answers of the same side.
  private static func restless(_ answer: ParitySide.Answer) -> Set<String> {
    guard let one = answer.facts, let other = answer.again else { return [] }
    let names = Set((one.headers + other.headers).map { $0.name.lowercased() })
    return names.filter { one.values($0) != other.values($0) }
  }

  private func text(_ facts: HTTPFacts, _ name: String) -> String {
    let values = facts.values(name)
    return values.isEmpty ? "none" : safeText(values.joined(separator: ", "), limit: 120)
  }

  private func body(_ answer: ParitySide.Answer) -> String {
    guard let facts = answer.facts, let digest = facts.bodyDigest else { return ParitySide.unseen }
    if let again = answer.again, again.bodyDigest != digest { return "changes with every answer" }
    return "\(facts.bodyCount) bytes, \(digest.hex.prefix(16))"
  }

  /// Only what nobody would call chance.
  private func duration(_ place: String, _ one: HTTPFacts, _ other: HTTPFacts) -> Parity.Row {
    let isSlower = other.duration > one.duration * 4 + .seconds(1)
    return Parity.Row(
      "time:\(place)", isSlower ? "\(one.duration)" : "alike",
      isSlower ? "\(other.duration)" : "alike", .warning, "clients with short time-outs give up")
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
        after.first { $0.name == name }?.scope ?? "none", .warning,
        isSticky ? "an affinity cookie ties clients to one server or region" : "")
      guard isSticky else { return row }
      // Even where both sides set it: the new one must not pin anybody. That it is gone is what is wanted.
      let isSet = after.contains { $0.name == name }
      row.standing = isSet ? .different : row.standing
      row.severity = isSet ? .blocker : .note
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

  private func compare(_ before: ParitySide.Trait, _ after: ParitySide.Trait) -> Parity.Row {
    var row = Parity.Row(
      safeText(before.aspect), before.value.map { safeText($0) } ?? ParitySide.unseen,
      after.value.map { safeText($0) } ?? ParitySide.unseen, .note)
    if row.standing == .unknown, let seen = before.rank ?? after.rank, seen > 0 {
      row.severity = .warning
    }
    guard let mine = before.rank, let theirs = after.rank, theirs < mine else { return row }
    row.severity = before.aspect.hasPrefix("websocket:") ? .blocker : .warning
    row.remark =
      before.aspect.hasPrefix("limit:") ? "what clients send today may be refused" : "it is lost"
    return row
  }
}
