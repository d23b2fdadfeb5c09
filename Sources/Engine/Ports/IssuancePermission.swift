import Notation

/// Whether the zones of a name let a CA issue for it (design R11), asked before anything is ordered.
public protocol IssuancePermission {
  func verdict(for request: PermissionRequest) -> PermissionVerdict
}

/// Who is about to issue, as CAA records may name it.
public struct PermissionRequest: Hashable, Sendable {
  /// What the CA calls itself in CAA records; empty where it does not say.
  public var authorities: [String]
  /// The account's URL (RFC 8657 §3), once there is one.
  public var account: String?
  /// The way of proving control (RFC 8657 §4): `dns-01`.
  public var method: String
  /// The names it is for, `*.` included.
  public var names: [String]

  public init(
    authorities: [String] = [], account: String? = nil, method: String, names: [String]
  ) {
    self.authorities = authorities
    self.account = account
    self.method = method
    self.names = names
  }
}

public enum PermissionVerdict: Hashable, Sendable {
  case allowed(String)
  /// A person must change a zone first.
  case forbidden(String)
  /// It could not be found out: that refuses for now.
  case unknown(String)
}
