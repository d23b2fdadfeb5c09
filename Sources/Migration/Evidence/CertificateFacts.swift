import Digests
import Notation

/// What a certificate says, read once: findings, timelines and comparisons are drawn from here and
/// never touch the bytes again. Texts are as the issuer wrote them: show them through `safeText`.
public struct CertificateFacts: Hashable, Sendable {
  /// SHA-256 of the whole certificate: two are the same if this is.
  public var fingerprint: [UInt8] = []
  public var serialNumber: [UInt8] = []
  /// RFC 4514 notation, for people.
  public var subject = ""
  public var issuer = ""
  /// The names as DER: what chaining compares (RFC 5280 §6.1).
  public var subjectBytes: [UInt8] = []
  public var issuerBytes: [UInt8] = []
  public var commonNames: [String] = []
  /// Nil when the certificate has no readable subjectAltName.
  public var alternativeNames: [AlternativeName]?
  public var notBefore = UTCInstant.distantFuture
  /// The last second included (RFC 5280 §4.1.2.5).
  public var notAfter = UTCInstant.distantPast
  public var key = KeyAlgorithm.other(name: "unreadable", bits: 0)
  /// SHA-256 of the SubjectPublicKeyInfo: what pins hold.
  public var publicKeyHash: [UInt8] = []
  /// `sha256WithRSAEncryption`
  public var signatureAlgorithm = ""
  /// `SHA256`; nil where the algorithm has no separate hash (Ed25519).
  public var signatureHash: String?
  public var isAuthority = false
  public var pathLength: Int?
  /// `digitalSignature`, …; nil when the extension is absent: all is allowed.
  public var keyUsage: [String]?
  /// Object identifiers; nil when the extension is absent: all is allowed.
  public var extendedKeyUsage: [String]?
  public var subjectKeyIdentifier: [UInt8]?
  public var authorityKeyIdentifier: [UInt8]?
  public var statusURLs: [String] = []
  public var issuerURLs: [String] = []
  public var revocationListURLs: [String] = []
  /// RFC 7633: the certificate is refused where no staple comes with it.
  public var requiresStaple = false
  public var signedTimestampCount = 0
  public var permittedSubtrees: [AlternativeName] = []
  public var excludedSubtrees: [AlternativeName] = []
  /// Object identifiers of critical extensions that no client here understands.
  public var unknownCriticalExtensions: [String] = []
  /// Extensions that could not be read at all.
  public var malformedExtensions: [String] = []

  public init() {}

  public static let serverAuthentication = "1.3.6.1.5.5.7.3.1"
  public static let clientAuthentication = "1.3.6.1.5.5.7.3.2"
  public static let anyUsage = "2.5.29.37.0"

  /// Its own issuer by name: a root, or a certificate that nobody vouches for.
  public var isSelfIssued: Bool { subjectBytes == issuerBytes }

  /// As its names say; whether the signature holds is for verification to tell.
  public func mayHaveIssued(_ other: CertificateFacts) -> Bool {
    guard subjectBytes == other.issuerBytes else { return false }
    guard let mine = subjectKeyIdentifier, let wanted = other.authorityKeyIdentifier else {
      return true
    }
    return mine == wanted
  }

  public var lifetime: TimeSpan { notAfter - notBefore + .seconds(1) }

  /// Clients disagree on the last second (OpenSSL counts it as over): the cautious reading.
  public func isValid(at moment: UTCInstant) -> Bool { notBefore <= moment && moment < notAfter }

  /// How people refer to it: the first DNS name, or the common name, or the subject.
  public var title: String {
    for name in alternativeNames ?? [] {
      if case .dns(let text) = name { return safeText(text) }
    }
    return safeText(commonNames.first ?? (subject.isEmpty ? "no subject" : subject))
  }
}

extension CertificateFacts {
  public var json: JSON {
    .record([
      ("subject", .string(subject)), ("issuer", .string(issuer)),
      ("serial", .string(serialNumber.hex)), ("sha256", .string(fingerprint.hex)),
      ("names", alternativeNames.map { .array($0.map(\.json)) } ?? .null),
      ("commonNames", .strings(commonNames)),
      ("notBefore", .string(notBefore.description)), ("notAfter", .string(notAfter.description)),
      ("key", .string(key.description)), ("keyBits", .integer(key.bits)),
      ("spkiSHA256", .string(publicKeyHash.base64())),
      ("signature", .string(signatureAlgorithm)),
      ("authority", .bool(isAuthority)), ("pathLength", pathLength.map { .integer($0) }),
      ("keyUsage", keyUsage.map { .strings($0) }),
      ("extendedKeyUsage", extendedKeyUsage.map { .strings($0) }),
      ("mustStaple", .bool(requiresStaple)),
      ("signedTimestamps", .integer(signedTimestampCount)),
      ("ocsp", .strings(statusURLs)), ("issuerURLs", .strings(issuerURLs)),
      ("crl", .strings(revocationListURLs)),
      ("unknownCriticalExtensions", .strings(unknownCriticalExtensions)),
    ])
  }
}
