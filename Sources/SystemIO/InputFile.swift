import Glibc

/// What someone named on the command line to be read: a file, a pipe (`<(…)`), or `-` for the standard
/// input. Bounded, so that a device that never ends is refused in place of being read for ever.
public enum InputFile {
  public static func read(_ path: String, limit: Int = 16 << 20) throws(FileError) -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path, "cannot be read", errno) }
    defer { if path != "-" { close(descriptor) } }
    return try readAll(descriptor, path, limit: limit)
  }

  /// Up to the end; `path` is for what goes wrong.
  static func readAll(
    _ descriptor: Int32, _ path: String, limit: Int
  ) throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileError(path, "cannot be read", errno) }
      if count == 0 { return bytes }
      bytes += chunk.prefix(count)
      guard bytes.count <= limit else { throw FileError(path, "is larger than \(limit) bytes") }
    }
  }
}
