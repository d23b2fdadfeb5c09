import Digests
import Migration
import Notation

/// What a client would notice at one address. Rules over evidence, each with its reason.
public struct EndpointFindings {
  let facts: EndpointFacts
  let now: UTCInstant
  let isPrivate: Bool

  /// `isPrivate`: the chain is judged against anchors of the user's own.
  public init(_ facts: EndpointFacts, at now: UTCInstant, isPrivate: Bool) {
    self.facts = facts
    self.now = now
    self.isPrivate = isPrivate
  }

  private var subject: String { facts.address }

  public var all: [Finding] {
    if let problem = facts.problem {
      return handshakeFailed(problem) + (problem.isAnAnswer ? versions() : [])
    }
    guard let shown = facts.shown else {
      return [Finding("tls.unseen", .unknown, subject, "no handshake was seen through to its end")]
    }
    let found = ShownFindings(
      sent: shown.sent, leaf: shown.leaf, verdict: shown.verdict, subject: subject,
      isPrivate: isPrivate, at: now
    ).all
    return found + staple(shown) + clientCertificate(shown) + versions() + suites()
      + application() + resumption() + health()
  }

  private func handshakeFailed(_ problem: EndpointFacts.ProbeProblem) -> [Finding] {
    switch problem {
    case .unreachable(let text):
      return [Finding("tls.unreachable", .unknown, subject, safeText(text))]
    case .silent(let text): return [Finding("tls.silent", .unknown, subject, safeText(text))]
    case .notTLS: return [Finding("tls.not-tls", .blocker, subject, problem.text)]
    case .refused(let text): return [Finding("tls.refused", .blocker, subject, safeText(text))]
    }
  }

  /// RFC 8996: TLS 1.0 and 1.1 are not to be spoken; RFC 7568: SSL 3 even less.
  private func versions() -> [Finding] {
    guard !facts.protocols.isEmpty else { return [] }
    var found: [Finding] = []
    func answer(_ version: String) -> ProtocolFacts.Answer? {
      facts.protocols.first { $0.version == version }?.answer
    }
    for item in facts.protocols {
      guard case .unknown(let reason) = item.answer else { continue }
      found.append(
        Finding(
          "tls.versions.unseen", .note, subject,
          "whether it speaks \(item.version) is not known: \(safeText(reason))"))
    }
    let old = facts.protocols.filter {
      $0.answer == .accepted && ["TLS 1.1", "TLS 1.0", "SSL 3.0"].contains($0.version)
    }.map(\.version)
    let isModern = answer("TLS 1.3") == .accepted || answer("TLS 1.2") == .accepted
    if !isModern, !old.isEmpty {
      found.append(
        Finding(
          "tls.versions.obsolete", .blocker, subject,
          "it speaks only \(old.joined(separator: ", ")); current clients refuse that (RFC 8996)"))
    } else if !old.isEmpty {
      found.append(
        Finding(
          "tls.versions.old", .warning, subject,
          "it still speaks \(old.joined(separator: ", ")) (RFC 8996)"))
    }
    if isModern, answer("TLS 1.3") == .refused {
      found.append(
        Finding("tls.versions.no-1.3", .note, subject, "it does not speak TLS 1.3"))
    }
    if isModern, answer("TLS 1.2") == .refused {
      found.append(
        Finding(
          "tls.versions.no-1.2", .warning, subject,
          "it does not speak TLS 1.2: clients from before 2018 stay outside"))
    }
    return found
  }

  private func suites() -> [Finding] {
    var weak: [String] = []
    var noForwardSecrecy = 0
    var withForwardSecrecy = 0
    for item in facts.protocols where item.answer == .accepted && item.version != "TLS 1.3" {
      for suite in item.suites {
        let isWeak = ["RC4", "DES", "NULL", "EXPORT", "anon", "MD5", "IDEA", "SEED"]
          .contains { suite.contains($0) }
        if isWeak, !weak.contains(suite) { weak.append(suite) }
        if suite.hasPrefix("RSA_") { noForwardSecrecy += 1 } else { withForwardSecrecy += 1 }
      }
    }
    var found: [Finding] = []
    if !weak.isEmpty {
      found.append(
        Finding(
          "tls.suites.weak", .warning, subject,
          "it accepts broken cipher suites: \(weak.joined(separator: ", "))"))
    }
    if noForwardSecrecy > 0 {
      let detail =
        withForwardSecrecy == 0
        ? "none of its suites before TLS 1.3 has forward secrecy"
        : "it also accepts suites without forward secrecy (RSA key exchange)"
      found.append(
        Finding(
          "tls.suites.no-forward-secrecy", withForwardSecrecy == 0 ? .warning : .note, subject,
          detail)
      )
    }
    return found
  }

  private func staple(_ shown: ShownCertificate) -> [Finding] {
    let isRequired = shown.leaf?.requiresStaple == true
    switch shown.staple {
    case .good: return []
    case .absent:
      guard isRequired else { return [] }
      return [
        Finding(
          "tls.staple.missing", .blocker, subject,
          "the certificate demands a stapled OCSP response (RFC 7633) and none came")
      ]
    case .revoked(let moment):
      let at = moment.map { " at \($0)" } ?? ""
      return [
        Finding("tls.staple.revoked", .blocker, subject, "its own staple says: revoked\(at)")
      ]
    case .bad(let reason):
      return [
        Finding(
          "tls.staple.bad", isRequired ? .blocker : .warning, subject,
          "the stapled OCSP response cannot be used: \(safeText(reason))")
      ]
    }
  }

  private func clientCertificate(_ shown: ShownCertificate) -> [Finding] {
    guard shown.asksForClientCertificate else { return [] }
    return [
      Finding(
        "tls.client-certificate", .note, subject,
        "it asks for a client certificate; browsers may show a question")
    ]
  }

  private func application() -> [Finding] {
    guard facts.preferredApplication == nil else { return [] }
    return [
      Finding(
        "tls.alpn.none", .note, subject,
        "it picks no protocol by ALPN: clients fall back to HTTP/1.1")
    ]
  }

  private func resumption() -> [Finding] {
    guard facts.resumes == false else { return [] }
    return [
      Finding(
        "tls.resumption.none", .note, subject,
        "sessions cannot be resumed: every handshake is a full one"
      )
    ]
  }

  private func health() -> [Finding] {
    if let problem = facts.healthProblem {
      return [Finding("http.no-answer", .warning, subject, safeText(problem))]
    }
    guard let health = facts.health else { return [] }
    var found: [Finding] = []
    if health.status >= 400 {
      found.append(
        Finding(
          "http.status", .warning, subject,
          "GET \(safeText(health.path)) answers \(health.status)"))
    }
    let strict = health.values("strict-transport-security")
    if strict.count > 1 {
      found.append(
        Finding(
          "http.hsts.repeated", .warning, subject,
          "Strict-Transport-Security is sent \(strict.count) times; clients take the first (RFC 6797 §8.1)"
        ))
    }
    return found
  }
}
