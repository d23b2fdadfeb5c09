import Notation

/// "ACME servers can return any of the status codes … with a problem document" (RFC 8555 §6.7,
/// RFC 7807).
public struct ACMEProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// Without the prefix `urn:ietf:params:acme:error:`, where it has that.
  public let type: String
  public let detail: String
  public let status: Int?
  /// "A client MUST be able to handle … subproblems", one for each identifier (§6.7.1).
  public let subproblems: [ACMESubproblem]

  public init(type: String, detail: String, status: Int? = nil) {
    self.type = type
    self.detail = detail
    self.status = status
    subproblems = []
  }

  /// `status`: of the reply it came in, for a document that does not repeat it (RFC 7807 §3.1).
  public init(_ json: JSON, status answered: Int? = nil) throws(ACMEFormatError) {
    let reader = try ACMEFieldReader("problem document", json)
    type = Self.shortType(try reader.optionalString("type") ?? "about:blank")
    detail = try reader.optionalString("detail") ?? ""
    status = json["status"]?.integer.flatMap { Int(exactly: $0) } ?? answered
    subproblems =
      json["subproblems"]?.array?.map { value in
        ACMESubproblem(
          type: Self.shortType(value["type"]?.string ?? ""), detail: value["detail"]?.string ?? "",
          identifier: value["identifier"]?["value"]?.string)
      } ?? []
  }

  private static func shortType(_ type: String) -> String {
    let prefix = "urn:ietf:params:acme:error:"
    return type.hasPrefix(prefix) ? String(type.dropFirst(prefix.count)) : type
  }

  public var description: String {
    var text = "\(safeText(type)): \(safeText(detail))"
    for part in subproblems {
      text +=
        "; \(safeText(part.identifier ?? "")) \(safeText(part.type)): \(safeText(part.detail))"
    }
    return text
  }

  /// What is to be done about it (RFC 8555 §6.7).
  public enum Remedy: Hashable, Sendable {
    /// "The client sent an unacceptable anti-replay nonce": the same request again with a new one.
    case newNonce
    /// Later, by Retry-After or back-off.
    case later
    /// The account is unknown to the CA or not usable: a person, or a new account.
    case account
    /// Nothing that asking again could change.
    case person
  }

  public var remedy: Remedy {
    switch type {
    case "badNonce": .newNonce
    case "rateLimited", "serverInternal", "orderNotReady": .later
    case "accountDoesNotExist", "externalAccountRequired", "userActionRequired", "unauthorized":
      .account
    default: (status ?? 0) >= 500 || [408, 425, 429].contains(status) ? .later : .person
    }
  }
}

public struct ACMESubproblem: Hashable, Sendable {
  public let type: String
  public let detail: String
  public let identifier: String?
}
