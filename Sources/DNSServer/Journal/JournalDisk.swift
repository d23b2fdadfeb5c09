import Glibc
import SystemIO

/// The file operations an update needs to be durable. Tests put a disk behind it that fails, fills
/// up or loses power at any of them.
protocol JournalDisk: AnyObject {
  /// Nil where there is no such file.
  func read(_ path: String) throws(FileError) -> [UInt8]?
  /// To an existing file. After a failure some of the bytes may be there.
  func append(_ bytes: [UInt8], to path: String) throws(FileError)
  /// Until this returns, nothing appended can be relied on.
  func sync(_ path: String) throws(FileError)
  func truncate(_ path: String, to length: Int) throws(FileError)
  /// Whole or not at all, and durable when it returns.
  func replace(
    _ path: String,
    producing: ((_ write: ([UInt8]) throws(FileError) -> Void) throws(FileError) -> Void)
  ) throws(FileError)
}

/// The real one. Used by one thread at a time.
final class FileDisk: JournalDisk {
  private var open: AppendFile?

  func read(_ path: String) throws(FileError) -> [UInt8]? {
    if access(path, F_OK) != 0, errno == ENOENT { return nil }
    return try AtomicFile.read(path, limit: 1 << 30)
  }

  func append(_ bytes: [UInt8], to path: String) throws(FileError) {
    try file(path).append(bytes)
  }

  func sync(_ path: String) throws(FileError) { try file(path).synchronise() }

  func truncate(_ path: String, to length: Int) throws(FileError) {
    try file(path).truncate(to: length)
  }

  func replace(
    _ path: String,
    producing: ((_ write: ([UInt8]) throws(FileError) -> Void) throws(FileError) -> Void)
  ) throws(FileError) {
    if open?.path == path { open = nil }
    try AtomicFile.replace(path, mode: 0o644, producing: producing)
  }

  private func file(_ path: String) throws(FileError) -> AppendFile {
    if let open, open.path == path { return open }
    let file = try AppendFile(path: path)
    open = file
    return file
  }
}
