import Glibc
import Notation

/// Where a secret is to be found: what plans and the journal hold in its place. It is resolved at
/// use, so a rotated key is taken up without touching a running migration.
///
/// - `file:PATH` a file of ours that no one else may read
/// - `credential:NAME` a systemd credential (https://systemd.io/CREDENTIALS/)
/// - `env:NAME` the environment: works everywhere, but child processes inherit it
public struct SecretReference: Hashable, Sendable, CustomStringConvertible {
  enum Kind: String, CaseIterable, Sendable { case file, credential, env }

  let kind: Kind
  let name: String

  /// The reference, never the secret: it may be printed.
  public var description: String { "\(kind.rawValue):\(safeText(name))" }

  public init(parsing text: String) throws(SecretError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), !parts[1].isEmpty else {
      // Not repeated in the message: someone may have pasted the secret itself here.
      throw SecretError(
        "a secret is given by reference (file:PATH, credential:NAME or env:NAME), "
          + "and what stands there is none")
    }
    self.kind = kind
    self.name = String(parts[1])
    if kind == .credential, name.contains("/") {
      throw SecretError("\(self): the name of a credential has no slash")
    }
  }

  /// Fetches the secret. One line end at its end is taken off, as editors put it there.
  public func resolve() throws(SecretError) -> Secret {
    switch kind {
    case .file: return try read(path: name)
    case .credential:
      guard let directory = getenv("CREDENTIALS_DIRECTORY") else {
        throw SecretError("\(self): there is no $CREDENTIALS_DIRECTORY; is this run by systemd?")
      }
      return try read(path: String(cString: directory) + "/" + name)
    case .env:
      guard let value = getenv(name) else {
        throw SecretError("\(self): the environment has no such variable")
      }
      return try trimmed(Array(String(cString: value).utf8))
    }
  }

  private func read(path: String) throws(SecretError) -> Secret {
    do {
      return try trimmed(Array(readPrivateFile(path).utf8))
    } catch let error as SecretError {
      throw error
    } catch {
      throw SecretError("\(self): \(error)")
    }
  }

  private func trimmed(_ bytes: [UInt8]) throws(SecretError) -> Secret {
    var bytes = bytes
    if bytes.last == 0x0A { bytes.removeLast() }
    if bytes.last == 0x0D { bytes.removeLast() }
    guard !bytes.isEmpty else { throw SecretError("\(self) is empty") }
    return Secret(bytes)
  }
}

/// Says which reference failed and how; never what was found there.
public struct SecretError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}
