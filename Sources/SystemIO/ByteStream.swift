import Glibc

/// A file, or standard input as `-`, read piece by piece.
public final class ByteStream {
  public let path: String
  private let descriptor: Int32
  private let isOwned: Bool

  /// With `regularOnly` a device, a pipe or a directory is refused.
  public init(_ path: String, regularOnly: Bool = false) throws(FileError) {
    self.path = path
    isOwned = path != "-"
    guard isOwned else {
      descriptor = STDIN_FILENO
      return
    }
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path, "cannot be read", errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      close(descriptor)
      throw FileError(path, "is a directory")
    }
    guard !regularOnly || status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(path, "is not a regular file")
    }
  }

  deinit { if isOwned { close(descriptor) } }

  /// The next bytes, up to `count`; nothing at the end.
  public func read(_ count: Int) throws(FileError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while true {
        let got = Glibc.read(descriptor, buffer.baseAddress, count)
        if got < 0, errno == EINTR { continue }
        if got < 0 { failure = errno }
        filled = max(0, got)
        return
      }
    }
    guard failure == 0 else { throw FileError(path, "cannot be read", failure) }
    return bytes
  }
}
