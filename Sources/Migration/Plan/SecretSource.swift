/// Where a secret will be found: plans and journals hold this, never the secret (R23).
///
/// `file:PATH` (a file of ours that no one else may read), `credential:NAME` (systemd), `env:NAME`.
public struct SecretSource: Hashable, Sendable, CustomStringConvertible {
  public static let kinds = ["file", "credential", "env"]

  public let kind: String
  public let name: String

  public init(kind: String, name: String) {
    self.kind = kind
    self.name = name
  }

  /// Nil for anything else: someone may have pasted the secret itself, so callers must not repeat it.
  public init?(parsing text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, Self.kinds.contains(String(parts[0])), !parts[1].isEmpty else {
      return nil
    }
    if parts[0] == "credential", parts[1].contains("/") { return nil }
    kind = String(parts[0])
    name = String(parts[1])
  }

  public var description: String { "\(kind):\(name)" }
}
