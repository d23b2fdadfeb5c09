import Engine
import Notation

/// "An ACME authorization object represents a server's authorization for an account to represent an
/// identifier." (RFC 8555 §7.1.4)
public struct ACMEAuthorization: Hashable, Sendable {
  public enum Status: String, Sendable {
    case pending, valid, invalid, deactivated, expired, revoked
  }

  public let url: String
  /// "The identifier that the account is authorized to represent", without its `*.`.
  public let identifier: ACMEIdentifier
  public let status: Status
  /// "The timestamp after which the server will consider this authorization invalid."
  public let expires: UTCInstant?
  /// "For pending authorizations, the challenges that the client can fulfill in order to prove
  /// possession of the identifier."
  public let challenges: [ACMEChallenge]
  /// "This field MUST be present and true for authorizations created as a result of a newOrder request
  /// containing a DNS identifier with a value that was a wildcard domain name."
  public let isWildcard: Bool

  public init(url: String, _ json: JSON) throws(ACMEFormatError) {
    let reader = try ACMEFieldReader("authorization", json)
    self.url = url
    guard let identifier = json["identifier"] else { throw reader.fail("identifier", "is missing") }
    self.identifier = try ACMEIdentifier(identifier)
    status = try reader.status(Status.self)
    expires = try reader.instant("expires")
    isWildcard = reader.flag("wildcard")
    var challenges: [ACMEChallenge] = []
    for value in try reader.array("challenges") {
      // Of kinds we do not know, nothing is known about their fields either (§9.7.8): left out.
      let isOurs = value["type"]?.string.map { ChallengeProof.Kind(rawValue: $0) != nil } ?? true
      if isOurs { challenges.append(try ACMEChallenge(value)) }
    }
    self.challenges = challenges
  }
}
