import Glibc
import Notation

/// Why a file that holds a secret was not read.
public enum PrivateFileError: Error, Hashable, Sendable, CustomStringConvertible {
  case cannotOpen(path: String, errno: Int32)
  case notAFile(path: String)
  case readableByOthers(path: String, mode: UInt32)
  case foreignOwner(path: String)
  case tooLarge(path: String, limit: Int)
  case notText(path: String)

  public var description: String {
    switch self {
    case .cannotOpen(let path, let code):
      "\(safeText(path)): cannot be read: \(String(cString: strerror(code)))"
    case .notAFile(let path): "\(safeText(path)): is not a regular file"
    case .readableByOthers(let path, let mode):
      "\(safeText(path)): holds a secret, but its mode \(String(mode, radix: 8)) lets others read it; "
        + "run: chmod 600 \(safeText(path))"
    case .foreignOwner(let path):
      "\(safeText(path)): holds a secret, but belongs to another user, who can change it"
    case .tooLarge(let path, let limit): "\(safeText(path)): is larger than \(limit) bytes"
    case .notText(let path): "\(safeText(path)): is not text in UTF-8"
    }
  }
}

/// Reads the text of a file that holds a secret. The file must be ours (or root's), and closed to
/// group and others; that is checked on the open file, so it cannot be exchanged in between.
public func readPrivateFile(_ path: String, limit: Int = 65_536) throws(PrivateFileError) -> String
{
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw .cannotOpen(path: path, errno: errno) }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw .cannotOpen(path: path, errno: errno) }
  guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
  guard status.st_mode & 0o077 == 0 else {
    throw .readableByOthers(path: path, mode: status.st_mode & 0o7777)
  }
  guard status.st_uid == geteuid() || status.st_uid == 0 else { throw .foreignOwner(path: path) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw .cannotOpen(path: path, errno: errno) }
    guard count > 0 else { break }
    bytes += chunk[..<count]
    guard bytes.count <= limit else { throw .tooLarge(path: path, limit: limit) }
  }
  guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(path: path) }
  return text
}
