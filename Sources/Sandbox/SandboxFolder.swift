import Glibc
import Notation
import SystemIO

/// Where a running sandbox keeps its files: one folder, ours alone, gone when we are, however we went.
public final class SandboxFolder {
  public let path: String
  private let lock: FileLock
  private let keeper: FolderKeeper

  /// Takes the folder, or what a crash left of it; refused while another sandbox lives there, and where
  /// something else lies there.
  public init(_ path: String) throws {
    if AtomicFile.exists(path), !AtomicFile.exists("\(path)/\(Self.mark)") {
      throw SandboxError(
        "\(safeText(path)) is there and is no sandbox's folder: nothing was touched; choose another "
          + "with --folder")
    }
    try PrivateDirectory.make(path)
    let real = realpath(path, nil).map { pointer in
      defer { free(pointer) }
      return String(cString: pointer)
    }
    self.path = real ?? path
    guard let lock = try FileLock(on: self.path, within: .zero) else {
      throw SandboxError(
        "a sandbox is running in \(safeText(path)) already; end it with: cutover sandbox down")
    }
    self.lock = lock
    keeper = try FolderKeeper(of: self.path)
    try AtomicFile.replace("\(self.path)/\(Self.mark)", with: [])
  }

  private static let mark = ".cutover-sandbox"

  public static func controlSocket(in folder: String) -> String { "\(folder)/control.sock" }

  /// The folder is gone when this returns.
  public func remove() { keeper.release() }
}
