import Glibc
import Notation

extension SecretReference {
  /// The same secret, wherever the program is started from next.
  public var anchored: SecretReference {
    kind == .file ? SecretReference(.file, AtomicFile.anchored(name)) : self
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
