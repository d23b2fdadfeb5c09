import Digests
import Notation

/// "The RenewalInfo resource is a new resource type introduced to ACME: it allows clients to query
/// the server for suggestions on when they should renew certificates." (RFC 9773 §4)
public struct ACMERenewalInfo: Hashable, Sendable {
  /// "A JSON object with two keys, 'start' and 'end', whose values are timestamps … which bound the
  /// window of time in which the CA recommends renewing the certificate."
  public let start: UTCInstant
  public let end: UTCInstant
  /// "A URL pointing to a page that may explain why the suggested renewal window has its current
  /// value."
  public let explanation: String?

  public init(_ json: JSON) throws(ACMEFormatError) {
    let reader = try ACMEFieldReader("renewal info", json)
    guard let window = json["suggestedWindow"] else {
      throw reader.fail("suggestedWindow", "is missing")
    }
    let windowReader = try ACMEFieldReader("renewal info", window)
    guard let start = try windowReader.instant("start"), let end = try windowReader.instant("end")
    else {
      throw reader.fail("suggestedWindow", "lacks its start or its end")
    }
    // "If the value of the 'end' is equal to or before the 'start', the client … MUST treat the
    // response as invalid."
    guard end > start else { throw reader.fail("suggestedWindow", "ends before it starts") }
    self.start = start
    self.end = end
    explanation = try reader.optionalString("explanationURL")
  }
}

extension ACMERenewalInfo {
  /// "To request the suggested renewal information for a certificate, the client sends an
  /// unauthenticated GET request" (§4.1). Nil where the CA gives no such advice.
  public static func ask(
    directoryURL: String, identifier: String, transport: any ACMETransport
  ) throws(ACMEError) -> ACMERenewalInfo? {
    let directory = try ACMEReading.object(directoryURL, "directory", transport) {
      json throws(ACMEFormatError) in try ACMEDirectory(json)
    }.value
    guard let base = directory.renewalInfo else { return nil }
    return try ACMEReading.object("\(base)/\(identifier)", "renewal info", transport) {
      json throws(ACMEFormatError) in try ACMERenewalInfo(json)
    }.value
  }
}

/// "The unique identifier is constructed by concatenating the base64url encoding of the keyIdentifier
/// field of the certificate's Authority Key Identifier extension, a literal period, and the base64url
/// encoding of the DER-encoded Serial Number field (without the tag and length bytes)."
/// (RFC 9773 §4.1)
public func renewalIdentifier(authorityKeyIdentifier: [UInt8], serial: [UInt8]) -> String {
  authorityKeyIdentifier.base64(.url) + "." + serial.base64(.url)
}
