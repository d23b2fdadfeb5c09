import Glibc

/// The directory in which migrations live. It holds what was approved and what will be written to
/// DNS, so nobody but its owner may look into it or put anything there; a directory that is open to
/// others is refused, not repaired: who else was in there is a question for a person.
public struct StateDirectory: Hashable, Sendable {
  public let path: String

  /// Makes the directory (0700) where there is none, and refuses one that others can enter.
  public init(creatingAt path: String) throws(StateDirectoryError) {
    // SQLite's own files are made with the process's mask: nobody else's business from the start.
    umask(0o077)
    if mkdir(path, 0o700) != 0, errno != EEXIST {
      throw StateDirectoryError(path, "cannot be made: \(Self.reason(errno))")
    }
    try self.init(path)
  }

  /// Opens a directory that must be there.
  public init(_ path: String) throws(StateDirectoryError) {
    self.path = path
    var status = stat()
    guard lstat(path, &status) == 0 else {
      throw StateDirectoryError(path, "cannot be opened: \(Self.reason(errno))")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw StateDirectoryError(path, "is no directory")
    }
    try Self.refuseOthers(path, status)
    for name in try Self.names(in: path) {
      var status = stat()
      let file = path + "/" + name
      guard lstat(file, &status) == 0 else { continue }
      try Self.refuseOthers(file, status)
    }
  }

  public var database: String { path + "/state.db" }
  public var controlSocket: String { path + "/control.sock" }
  var lockFile: String { path + "/lock" }
  func backup(beforeStep number: Int) -> String { path + "/before-step-\(number).db" }

  private static func refuseOthers(_ path: String, _ status: stat) throws(StateDirectoryError) {
    guard status.st_uid == geteuid() else {
      throw StateDirectoryError(
        path, "belongs to user \(status.st_uid), not to user \(geteuid()) who runs this")
    }
    guard status.st_mode & 0o077 == 0 else {
      let mode = String(status.st_mode & 0o777, radix: 8)
      let wanted = status.st_mode & S_IFMT == S_IFDIR ? "0700" : "0600"
      throw StateDirectoryError(
        path, "is open to others (mode 0\(mode)); after a look at who used it: chmod \(wanted)")
    }
  }

  private static func names(in path: String) throws(StateDirectoryError) -> [String] {
    guard let directory = opendir(path) else {
      throw StateDirectoryError(path, "cannot be read: \(reason(errno))")
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  fileprivate static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}

public struct StateDirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String
  public let reason: String

  init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "the state directory is refused: \(path) \(reason)" }
}

/// Held by the one process that may write. The kernel lets go of it when the process ends, however
/// it ends.
public final class StateLock: Sendable {
  private let descriptor: Int32

  /// Nil when another process holds it.
  public init?(_ directory: StateDirectory) throws(StateDirectoryError) {
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
    let descriptor = open(directory.lockFile, flags, 0o600)
    guard descriptor >= 0 else {
      throw StateDirectoryError(
        directory.lockFile, "cannot be opened: \(StateDirectory.reason(errno))")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      return nil
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}
