/// Where a secret is to be found: what plans, settings and the journal hold in its place (R23). It is
/// resolved at use, so a rotated key is taken up without touching a running migration.
///
/// - `file:PATH` a file of ours that no one else may read
/// - `credential:NAME` a systemd credential (https://systemd.io/CREDENTIALS/)
/// - `env:NAME` the environment: works everywhere, but child processes inherit it
public struct SecretReference: Hashable, Sendable, CustomStringConvertible {
  public enum Kind: String, CaseIterable, Sendable { case file, credential, env }

  public let kind: Kind
  public let name: String

  public init(_ kind: Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  public init(parsing text: String) throws(SecretError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), !parts[1].isEmpty else {
      // Not repeated in the message: someone may have pasted the secret itself here.
      throw SecretError(
        "a secret is given by reference (file:PATH, credential:NAME or env:NAME), "
          + "and what stands there is none")
    }
    self.init(kind, String(parts[1]))
    if kind == .credential, name.contains("/") {
      throw SecretError("\(self): the name of a credential has no slash")
    }
  }

  /// As it is read again.
  public var text: String { "\(kind.rawValue):\(name)" }

  /// For people. The reference, never the secret: it may be printed.
  public var description: String { safeText(text) }
}

/// Says which reference failed and how; never what was found there.
public struct SecretError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
