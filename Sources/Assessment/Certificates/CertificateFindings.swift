import Digests
import Migration
import Notation

/// What browsers and the baseline requirements refuse or warn about beyond a chain that verifies.
/// One rule per function; each says in which document it stands.
public struct CertificateFindings {
  let facts: CertificateFacts
  let now: UTCInstant
  /// Chains to a private root: rules for public CAs do not bind it.
  let isPrivate: Bool
  let subject: String

  public init(
    _ facts: CertificateFacts, at now: UTCInstant, isPrivate: Bool = false, subject: String? = nil
  ) {
    self.facts = facts
    self.now = now
    self.isPrivate = isPrivate
    self.subject = subject ?? facts.title
  }

  public var all: [Finding] {
    var found: [Finding] = []
    for rule in [
      names, key, hash, lifetime, usage, authority, constraints, strangeExtensions, endsSoon,
      transparency,
    ] {
      found += rule()
    }
    return found
  }

  /// RFC 9525 §1.4 and every browser since 2017: the common name proves nothing.
  private func names() -> [Finding] {
    if let names = facts.alternativeNames, !names.isEmpty {
      return names.compactMap { name in
        guard case .dns(let text) = name, text.contains("*"),
          !text.hasPrefix("*.") || text.dropFirst(2).contains("*")
            || !text.dropFirst(2).contains(".")
        else { return nil }
        return Finding(
          "certificate.names.wildcard", .warning, subject,
          "no client honours the wildcard \(safeText(text)): only a whole leftmost label may be one"
        )
      }
    }
    let only =
      facts.commonNames.isEmpty
      ? "it has no names at all"
      : "its only name is the common name \(safeText(facts.commonNames.joined(separator: ", ")))"
    return [
      Finding(
        "certificate.names.cn-only", .blocker, subject,
        "\(only); clients look at subjectAltName and nowhere else",
        wayOut: "have it issued with the name as subjectAltName")
    ]
  }

  /// Baseline requirements §6.1.5: RSA from 2048 bits, P-256, P-384, P-521.
  private func key() -> [Finding] {
    switch facts.key {
    case .rsa(let bits) where bits < 2048:
      return [weak("an RSA key of \(bits) bits; 2048 is the least that clients accept")]
    case .rsa(let bits) where bits > 4096:
      return [
        Finding(
          "certificate.key.large", .note, subject,
          "an RSA key of \(bits) bits slows every handshake and some devices refuse it")
      ]
    case .ellipticCurve(let name, _) where !["P-256", "P-384", "P-521"].contains(name):
      return [weak("a key on \(safeText(name)); clients know P-256, P-384 and few P-521")]
    case .edwards(let name, _):
      return [
        Finding(
          "certificate.key.unusual", .warning, subject,
          "an \(name) key; browsers do not accept one in certificates")
      ]
    case .other(let name, let bits):
      return [weak("a \(safeText(name)) key of \(bits) bits; clients know RSA and ECDSA")]
    default: return []
    }
  }

  private func weak(_ detail: String) -> Finding {
    Finding("certificate.key.weak", .blocker, subject, detail, wayOut: "issue it for a new key")
  }

  /// Baseline requirements §7.1.3.2; clients have refused SHA-1 since 2017, MD5 since 2012.
  private func hash() -> [Finding] {
    guard let hash = facts.signatureHash, ["SHA1", "MD5", "MD2", "MD4"].contains(hash),
      !(facts.isAuthority && facts.isSelfIssued)
    else { return [] }
    return [
      Finding(
        "certificate.signature.weak", .blocker, subject,
        "it is signed with \(hash); clients refuse that", wayOut: "have it issued with SHA-256")
    ]
  }

  /// The limits of public CAs by day of issue (baseline requirements §6.3.2, ballot SC-081).
  static let lifetimeLimits: [(from: UTCInstant, days: Int)] = [
    (day(2015, 4, 1), 1187), (day(2018, 3, 1), 825), (day(2020, 9, 1), 398),
    (day(2026, 3, 15), 200), (day(2027, 3, 15), 100), (day(2029, 3, 15), 47),
  ]

  private static func day(_ year: Int, _ month: Int, _ day: Int) -> UTCInstant {
    let days = CivilDateTime.daysSinceEpoch(year: year, month: month, day: day) ?? 0
    return UTCInstant(seconds: Int64(days) * 86400)
  }

  public static func lifetimeLimit(issuedAt moment: UTCInstant) -> TimeSpan? {
    lifetimeLimits.last { $0.from <= moment }.map { .days($0.days) }
  }

  private func lifetime() -> [Finding] {
    guard !facts.isAuthority else { return [] }
    guard facts.notBefore <= facts.notAfter else {
      return [
        Finding(
          "certificate.lifetime.empty", .blocker, subject,
          "it ends (\(facts.notAfter)) before it begins (\(facts.notBefore))")
      ]
    }
    guard let limit = Self.lifetimeLimit(issuedAt: facts.notBefore), facts.lifetime > limit else {
      return []
    }
    let days = limit.milliseconds / 86_400_000
    let detail =
      "it lives for \(facts.lifetime.milliseconds / 86_400_000) days; issued on "
      + "\(CivilDateTime(facts.notBefore).dateText) it may for \(days)"
    return isPrivate
      ? [Finding("certificate.lifetime.long", .note, subject, detail + " (public CAs only)")]
      : [Finding("certificate.lifetime.long", .blocker, subject, detail + "; browsers refuse it")]
  }

  /// RFC 5280 §4.2.1.12: where the extension stands, it must name the use.
  private func usage() -> [Finding] {
    guard !facts.isAuthority else { return [] }
    guard let usages = facts.extendedKeyUsage else {
      return [
        Finding(
          "certificate.usage.unnamed", isPrivate ? .note : .warning, subject,
          "it names no extended key usage; public CAs must, and some clients insist on serverAuth")
      ]
    }
    let allowed = [CertificateFacts.serverAuthentication, CertificateFacts.anyUsage]
    guard !usages.contains(where: allowed.contains) else { return [] }
    return [
      Finding(
        "certificate.usage.wrong", .blocker, subject,
        "it is not for TLS servers: its extended key usage lacks serverAuth",
        wayOut: "have it issued with serverAuth")
    ]
  }

  /// A server's certificate that may issue others is a loaded gun; browsers refuse some of them.
  private func authority() -> [Finding] {
    guard facts.isAuthority else { return [] }
    return [
      Finding(
        "certificate.authority", .warning, subject,
        "it is a CA's certificate, used as a server's; some clients refuse that")
    ]
  }

  private func constraints() -> [Finding] {
    guard !facts.permittedSubtrees.isEmpty || !facts.excludedSubtrees.isEmpty, !facts.isAuthority
    else { return [] }
    return [
      Finding(
        "certificate.constraints.misplaced", .warning, subject,
        "name constraints stand in a certificate that is no CA's (RFC 5280 §4.2.1.10)")
    ]
  }

  private func strangeExtensions() -> [Finding] {
    var found = facts.unknownCriticalExtensions.map { identifier in
      Finding(
        "certificate.extension.unknown", .blocker, subject,
        "it has the critical extension \(identifier), which clients do not know and must refuse "
          + "(RFC 5280 §4.2)")
    }
    found += facts.malformedExtensions.map { name in
      Finding(
        "certificate.extension.malformed", .blocker, subject,
        "its extension \(safeText(name)) cannot be read, or stands there twice")
    }
    return found
  }

  /// A third of the life left is when ACME clients renew; a tenth is when something went wrong.
  private func endsSoon() -> [Finding] {
    guard facts.isValid(at: now) else { return [] }
    let left = facts.notAfter - now
    if left.milliseconds < facts.lifetime.milliseconds / 10 {
      return [
        Finding(
          "certificate.ends-soon", .warning, subject,
          "it ends in \(left), at \(facts.notAfter): less than a tenth of its life is left",
          wayOut: "find out why it was not renewed")
      ]
    }
    return []
  }

  /// Chrome and Safari ask for signed timestamps from public CAs since 2018.
  private func transparency() -> [Finding] {
    guard !isPrivate, !facts.isAuthority, !facts.isSelfIssued, facts.signedTimestampCount == 0
    else { return [] }
    return [
      Finding(
        "certificate.transparency", .warning, subject,
        "no signed certificate timestamps stand in it; without them in the handshake or the staple "
          + "some browsers refuse a public CA's certificate")
    ]
  }
}
