import Glibc

/// An existing file that only grows at its end, or is cut back to where it was good.
public final class AppendFile {
  public let path: String
  private let descriptor: Int32

  public init(path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path, "cannot be opened", errno) }
  }

  deinit { close(descriptor) }

  /// All of the bytes, or an error after some of them.
  public func append(_ bytes: [UInt8]) throws(FileError) {
    guard AtomicFile.writeAll(descriptor, bytes) else {
      throw FileError(path, "cannot be written", errno)
    }
  }

  /// On disk when this returns. After a failure nobody knows what is: cut back, and try again.
  public func synchronise() throws(FileError) {
    guard fdatasync(descriptor) == 0 else {
      throw FileError(path, "cannot be synchronised", errno)
    }
  }

  public func truncate(to length: Int) throws(FileError) {
    guard ftruncate(descriptor, off_t(length)) == 0 else {
      throw FileError(path, "cannot be cut back", errno)
    }
  }
}
