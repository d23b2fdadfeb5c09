import Notation

/// "An ACME order object represents a client's request for a certificate and is used to track the
/// progress of that order through to issuance." (RFC 8555 §7.1.3)
public struct ACMEOrder: Hashable, Sendable {
  public enum Status: String, Sendable {
    /// "The server does not believe that the client has fulfilled the requirements." (§7.4)
    case pending
    /// "The server agrees that the requirements have been fulfilled, and is awaiting finalization."
    case ready
    /// "The certificate is being issued."
    case processing
    /// "The server has issued the certificate and provisioned its URL to the 'certificate' field."
    case valid
    /// "The certificate will not be issued. Consider this order process abandoned."
    case invalid
  }

  /// From the Location header; the order is found again by it after a crash.
  public let url: String
  public let status: Status
  /// "The timestamp after which the server will consider this order invalid."
  public let expires: UTCInstant?
  /// "An array of identifier objects that the order pertains to."
  public let identifiers: [ACMEIdentifier]
  /// "The error that occurred while processing the order, if any."
  public let error: ACMEProblem?
  /// "For pending orders, the authorizations that the client needs to complete before the requested
  /// certificate can be issued … For final orders, the authorizations that were completed."
  public let authorizations: [String]
  /// "A URL that a CSR must be POSTed to once all of the order's authorizations are satisfied."
  public let finalize: String
  /// "A URL for the certificate that has been issued in response to this order."
  public let certificate: String?

  public init(url: String, _ json: JSON) throws(ACMEFormatError) {
    let reader = try ACMEFieldReader("order", json)
    self.url = url
    status =
      Self.isAnAuthorizationsState(json["status"]) ? .invalid : try reader.status(Status.self)
    expires = try reader.instant("expires")
    var identifiers: [ACMEIdentifier] = []
    for value in try reader.array("identifiers") { identifiers.append(try ACMEIdentifier(value)) }
    self.identifiers = identifiers
    error = try reader.problem("error")
    var authorizations: [String] = []
    for value in try reader.array("authorizations") {
      guard let text = value.string, text.hasPrefix("https://") else {
        throw reader.fail("authorizations", "holds something that is no https URL")
      }
      authorizations.append(text)
    }
    self.authorizations = authorizations
    finalize = try reader.url("finalize")
    certificate = try reader.optionalURL("certificate")
  }

  /// An order has no such state (§7.1.6), but Pebble gives it that of an authorization which is gone; the
  /// certificate will not be issued.
  private static func isAnAuthorizationsState(_ status: JSON?) -> Bool {
    ["deactivated", "expired", "revoked"].contains(status?.string)
  }
}

/// "type (required, string): The type of identifier … value (required, string): The identifier
/// itself." (RFC 8555 §7.1.3; "ip" is RFC 8738's)
public struct ACMEIdentifier: Hashable, Sendable {
  public let type: String
  public let value: String

  public init(type: String, value: String) {
    self.type = type
    self.value = value
  }

  init(_ json: JSON) throws(ACMEFormatError) {
    let reader = try ACMEFieldReader("identifier", json)
    type = try reader.string("type")
    value = try reader.string("value")
  }

  var json: JSON { ["type": .string(type), "value": .string(value)] }

  /// Names compare without regard to case.
  var folded: ACMEIdentifier { ACMEIdentifier(type: type, value: value.lowercased()) }

  /// What an authorization for it names (§7.1.4).
  var withoutWildcard: String {
    let value = value.lowercased()
    return value.hasPrefix("*.") ? String(value.dropFirst(2)) : value
  }
}
