import Glibc

/// Directories that nobody else looks into.
public enum PrivateDirectory {
  /// Makes it, and those above it, closed to others (0700). One that is there already must be ours and
  /// closed: what lies in it may have been put there by somebody else otherwise.
  public static func make(_ path: String) throws(FileError) {
    if mkdir(path, 0o700) == 0 { return }
    if errno == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash > path.startIndex {
      try make(String(path[..<slash]))
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
        throw FileError(path, "cannot be made", errno)
      }
    } else if errno != EEXIST {
      throw FileError(path, "cannot be made", errno)
    }
    var status = stat()
    guard lstat(path, &status) == 0 else { throw FileError(path, "cannot be looked at", errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw FileError(path, "is no directory") }
  }

  /// Removes a file; one that is not there is removed already.
  public static func remove(_ path: String) throws(FileError) {
    guard unlink(path) == 0 || errno == ENOENT else {
      throw FileError(path, "cannot be removed", errno)
    }
  }
}
