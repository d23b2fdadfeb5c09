import Notation

/// "In order to help clients configure themselves with the right URLs for each ACME operation, ACME
/// servers provide a directory object." (RFC 8555 §7.1.1)
public struct ACMEDirectory: Hashable, Sendable {
  public let newNonce: String
  public let newAccount: String
  public let newOrder: String
  public let revokeCert: String?
  public let keyChange: String?
  /// RFC 9773 §4.1: where the suggested renewal window of a certificate is asked for.
  public let renewalInfo: String?
  /// "A URL identifying the current terms of service." (§9.7.6)
  public let termsOfService: String?
  /// "The hostnames that the ACME server recognizes as referring to itself for the purposes of CAA
  /// record validation."
  public let caaIdentities: [String]
  /// "If this field is present and set to 'true', then the CA requires that all newAccount requests
  /// include an 'externalAccountBinding' field associating the new account with an external account."
  public let requiresExternalAccount: Bool
  /// The certificate profiles on offer, by name, each with what it means.
  public let profiles: [ACMEProfile]

  public init(_ json: JSON) throws(ACMEFormatError) {
    let reader = try ACMEFieldReader("directory", json)
    newNonce = try reader.url("newNonce")
    newAccount = try reader.url("newAccount")
    newOrder = try reader.url("newOrder")
    revokeCert = try reader.optionalURL("revokeCert")
    keyChange = try reader.optionalURL("keyChange")
    renewalInfo = try reader.optionalURL("renewalInfo")
    let meta = json["meta"]
    termsOfService = meta?["termsOfService"]?.string
    caaIdentities = meta?["caaIdentities"]?.array?.compactMap(\.string) ?? []
    requiresExternalAccount = meta?["externalAccountRequired"]?.bool ?? false
    profiles =
      meta?["profiles"]?.object?.members.map {
        ACMEProfile(name: $0.key, meaning: $0.value.string ?? "")
      } ?? []
  }
}

public struct ACMEProfile: Hashable, Sendable {
  public let name: String
  public let meaning: String
}
