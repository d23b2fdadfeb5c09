import Notation

/// "An ACME account resource represents a set of metadata associated with an account."
/// (RFC 8555 §7.1.2)
public struct ACMEAccount: Hashable, Sendable {
  /// "The value 'deactivated' should be used to indicate client-initiated deactivation whereas
  /// 'revoked' should be used to indicate server-initiated deactivation."
  public enum Status: String, Sendable { case valid, deactivated, revoked }

  /// The account's URL is its key identifier (§6.2, "kid"): kept from the Location header.
  public let url: String
  public let status: Status
  /// "An array of URLs that the server can use to contact the client for issues related to this
  /// account."
  public let contact: [String]
  /// "A URL from which a list of orders submitted by this account can be fetched" (required, yet not
  /// every CA has it): the way back to an order whose reply was lost.
  public let orders: String?

  public init(url: String, _ json: JSON) throws(ACMEFormatError) {
    let reader = try ACMEFieldReader("account", json)
    self.url = url
    status = try reader.status(Status.self)
    contact = json["contact"]?.array?.compactMap(\.string) ?? []
    orders = try reader.optionalURL("orders")
  }
}
