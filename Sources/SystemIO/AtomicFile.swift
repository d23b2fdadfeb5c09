import Glibc
import Notation

/// A file was not read or not replaced; it is as it was.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String
  public let reason: String

  public init(_ path: String, _ what: String, _ number: Int32 = 0) {
    self.path = path
    reason = number == 0 ? what : "\(what): \(String(cString: strerror(number)))"
  }

  public var description: String { "\(safeText(path)): \(reason)" }
}

public enum AtomicFile {
  public static func read(_ path: String, limit: Int = 256 << 20) throws(FileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path, "cannot be read", errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(path, "is not a regular file")
    }
    return try InputFile.readAll(descriptor, path, limit: limit)
  }

  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whoever reads sees the old content or the new, never a part, also after a power cut: written
  /// beside, synchronised, renamed. Mode and owner stay as they were; a new file gets `mode`.
  public static func replace(
    _ path: String, with bytes: [UInt8], mode: mode_t = 0o600
  ) throws(FileError) {
    try replace(path, mode: mode) { write throws(FileError) in try write(bytes) }
  }

  /// The same for a content that comes in pieces, so that it need never be whole in memory.
  public static func replace(
    _ path: String, mode: mode_t = 0o600,
    producing: ((_ write: ([UInt8]) throws(FileError) -> Void) throws(FileError) -> Void)
  ) throws(FileError) {
    // A link stays a link: what it leads to is replaced.
    let target = resolved(path)
    var status = stat()
    let isThere = stat(target, &status) == 0
    guard !isThere || status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(path, "is not a regular file")
    }
    var template = Array((target + ".XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw FileError(path, "cannot be written beside", errno) }
    defer { close(descriptor) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    if isThere {
      fchmod(descriptor, status.st_mode & 0o7777)
      // Only root can give files away; everyone else owns them already.
      _ = fchown(descriptor, status.st_uid, status.st_gid)
    } else {
      fchmod(descriptor, mode)
    }
    do throws(FileError) {
      try producing { bytes throws(FileError) in
        guard writeAll(descriptor, bytes) else {
          throw FileError(path, "cannot be written beside", errno)
        }
      }
      guard fsync(descriptor) == 0, rename(template, target) == 0 else {
        throw FileError(path, "cannot be replaced", errno)
      }
    } catch {
      unlink(template)
      throw error
    }
    try synchroniseDirectory(of: target)
  }

  /// Without this the rename itself may be undone by a power cut.
  private static func synchroniseDirectory(of path: String) throws(FileError) {
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
    let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw FileError(directory, "cannot be opened", errno) }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw FileError(directory, "cannot be synchronised", errno) }
  }

  /// The same file, wherever the program is started from next. Links stay: what they lead to may be
  /// exchanged.
  public static func anchored(_ path: String) -> String {
    guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    return String(cString: here) + "/" + path
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}

/// An advisory lock on a file or directory, held until the value is gone (flock(2)).
public final class FileLock: Sendable {
  private let descriptor: Int32

  /// Waits for it no longer than `patience`; nil when someone else kept it.
  public init?(on path: String, within patience: TimeSpan) throws(FileError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path, "cannot be locked", errno) }
    let end = SystemClock.sinceBoot() + patience
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard SystemClock.sinceBoot() < end else {
        close(descriptor)
        return nil
      }
      usleep(5000)
    }
  }

  deinit { close(descriptor) }
}
