import Glibc

/// Directories that nobody else looks into.
public enum PrivateDirectory {
  /// Makes it, and those above it, closed to others (0700). One that is there already must be ours and
  /// closed: what lies in it may have been put there by somebody else otherwise.
  public static func make(_ path: String) throws(FileError) {
    try makeDirectory(path, mode: 0o700)
    var status = stat()
    guard lstat(path, &status) == 0 else { throw FileError(path, "cannot be looked at", errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw FileError(path, "is no directory") }
    guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
      throw FileError(path, "must be ours and closed to others: chmod 0700")
    }
  }

  /// Removes a file; one that is not there is removed already.
  public static func remove(_ path: String) throws(FileError) {
    guard unlink(path) == 0 || errno == ENOENT else {
      throw FileError(path, "cannot be removed", errno)
    }
  }
}

/// Directories that others, a web server say, must be able to read.
public enum PublicDirectory {
  public static func make(_ path: String) throws(FileError) {
    try makeDirectory(path, mode: 0o755)
  }
}

private func makeDirectory(_ path: String, mode: mode_t) throws(FileError) {
  if mkdir(path, mode) == 0 || errno == EEXIST { return }
  guard errno == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash > path.startIndex
  else { throw FileError(path, "cannot be made", errno) }
  try makeDirectory(String(path[..<slash]), mode: mode)
  guard mkdir(path, mode) == 0 || errno == EEXIST else {
    throw FileError(path, "cannot be made", errno)
  }
}
