import Digests
import Notation

/// "An ACME challenge object represents a server's offer to validate a client's possession of an
/// identifier in a specific way." (RFC 8555 §7.1.5)
public struct ACMEChallenge: Hashable, Sendable {
  public enum Status: String, Sendable { case pending, processing, valid, invalid }

  /// "The type of challenge encoded in the object": `dns-01`, `http-01`, and others we leave alone.
  public let type: String
  /// "The URL to which a response can be posted."
  public let url: String
  public let status: Status
  /// "The time at which the server validated this challenge."
  public let validated: UTCInstant?
  /// "Error that occurred while the server was validating the challenge, if any."
  public let error: ACMEProblem?
  /// "A random value that uniquely identifies the challenge." (§8.3, §8.4)
  public let token: String

  public init(_ json: JSON) throws(ACMEFormatError) {
    let reader = try ACMEFieldReader("challenge", json)
    type = try reader.string("type")
    url = try reader.url("url")
    status = try reader.status(Status.self)
    validated = try reader.instant("validated")
    error = try reader.problem("error")
    let token = try reader.optionalString("token") ?? ""
    // "It MUST NOT contain any characters outside the base64url alphabet": it becomes part of a path.
    guard token.utf8.allSatisfy({ Self.isBase64URL($0) }) else {
      throw reader.fail("token", "has characters outside base64url")
    }
    self.token = token
  }

  static func isBase64URL(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// "A key authorization is a string that concatenates the token for the challenge with a key
  /// fingerprint, separated by a '.' character." (§8.1)
  public func keyAuthorization(thumbprint: [UInt8]) -> String {
    token + "." + thumbprint.base64(.url)
  }

  /// "The record provisioned to the DNS contains the base64url encoding of this digest" (§8.4).
  public func dnsValue(thumbprint: [UInt8]) -> String {
    let authorization = Array(keyAuthorization(thumbprint: thumbprint).utf8)
    return HashFunction.sha256.hash(authorization).base64(.url)
  }
}
