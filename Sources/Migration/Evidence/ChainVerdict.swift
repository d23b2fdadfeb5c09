import Notation

/// What verifying a certificate chain for one name at one moment came to (RFC 5280 §6, RFC 9525).
public struct ChainVerdict: Hashable, Sendable {
  public struct Fault: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
      case notYetValid, expired, selfSigned, unknownAuthority, wrongName, notAnAuthority, wrongUsage
      case nameConstraint, unknownCriticalExtension, badSignature, revoked, other
    }
    public let kind: Kind
    /// 0 is the leaf.
    public let depth: Int
    public let detail: String

    public init(_ kind: Kind, depth: Int, _ detail: String) {
      self.kind = kind
      self.depth = depth
      self.detail = detail
    }
  }

  public var faults: [Fault]
  /// From the leaf to the anchor, as far as it was found.
  public var path: [CertificateFacts]

  public init(faults: [Fault], path: [CertificateFacts]) {
    self.faults = faults
    self.path = path
  }

  public var isTrusted: Bool { faults.isEmpty }

  public var json: JSON {
    .record([
      ("trusted", .bool(isTrusted)),
      (
        "faults",
        .array(
          faults.map {
            [
              "kind": .string($0.kind.rawValue), "depth": .integer($0.depth),
              "detail": .string($0.detail),
            ]
          })
      ),
      ("path", .strings(path.map(\.title))),
    ])
  }
}
