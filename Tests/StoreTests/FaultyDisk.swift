import CSQLite
import Glibc
import SystemIO
import TestSupport

/// A disk that fails when it is told to, below SQLite: a VFS of its own over the system's, which counts
/// what is written and synchronised and refuses from a given operation on.
final class FaultyDisk: Sendable {
  /// What the operation that fails says.
  enum Failure: Int32, CaseIterable, Sendable {
    case full = 13
    case write = 778
    case sync = 1034
  }

  struct Counts {
    var writes = 0
    var syncs = 0
    /// How many operations that count for the failure are still let through; nil: all.
    var goodOnes: Int?
    var failure = Failure.full
    var hasFailed = false
  }

  static let vfsName = "faulty-for-tests"
  let folder: String
  private let counts = SystemIO.Mutex(Counts())

  /// Everything below `folder` that is opened through the VFS is on this disk.
  init(_ folder: String) {
    self.folder = folder
    _ = Self.isRegistered
    Self.disks.withLock { $0.append(self) }
  }

  var syncs: Int { counts.withLock { $0.syncs } }
  var hasFailed: Bool { counts.withLock { $0.hasFailed } }

  /// From the operation after `goodOnes` more of its kind on, everything of that kind fails.
  func fail(after goodOnes: Int, with failure: Failure) {
    counts.withLock {
      $0.goodOnes = goodOnes
      $0.failure = failure
      $0.hasFailed = false
    }
  }

  func mend() { counts.withLock { $0.goodOnes = nil } }

  /// Nil lets the operation through.
  fileprivate func verdict(isSync: Bool) -> Int32? {
    counts.withLock { counts in
      if isSync { counts.syncs += 1 } else { counts.writes += 1 }
      guard let left = counts.goodOnes, (counts.failure == .sync) == isSync else { return nil }
      if left > 0 {
        counts.goodOnes = left - 1
        return nil
      }
      counts.hasFailed = true
      return counts.failure.rawValue
    }
  }

  // MARK: The VFS

  private static let disks = SystemIO.Mutex<[FaultyDisk]>([])

  private static func disk(of path: String) -> FaultyDisk? {
    disks.withLock { $0.first { path.hasPrefix($0.folder) } }
  }

  private static let isRegistered: Bool = {
    guard let system = sqlite3_vfs_find(nil) else { return false }
    let name = strdup(vfsName)
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    vfs.initialize(to: system.pointee)
    vfs.pointee.zName = UnsafePointer(name)
    vfs.pointee.pNext = nil
    vfs.pointee.xOpen = { vfs, path, file, flags, out in
      guard let system = sqlite3_vfs_find(nil), let open = system.pointee.xOpen, let file else {
        return SQLITE_ERROR
      }
      let code = open(system, path, file, flags, out)
      if code == SQLITE_OK, let path, let disk = disk(of: String(cString: path)) {
        Methods.interpose(file, disk)
      }
      return code
    }
    return sqlite3_vfs_register(vfs, 0) == SQLITE_OK
  }()
}

/// The table of a file's operations with ours in front of the system's. It begins with what SQLite sees.
private struct Methods {
  var seen: sqlite3_io_methods
  let system: UnsafePointer<sqlite3_io_methods>
  let disk: Unmanaged<FaultyDisk>

  static func of(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<Methods>? {
    UnsafeMutableRawPointer(mutating: file.pointee.pMethods)?.assumingMemoryBound(to: Methods.self)
  }

  static func interpose(_ file: UnsafeMutablePointer<sqlite3_file>, _ disk: FaultyDisk) {
    guard let system = file.pointee.pMethods else { return }
    let own = UnsafeMutablePointer<Methods>.allocate(capacity: 1)
    own.initialize(
      to: Methods(seen: system.pointee, system: system, disk: Unmanaged.passRetained(disk)))
    own.pointee.seen.xWrite = { file, bytes, count, offset in
      guard let file, let own = Methods.of(file) else { return SQLITE_ERROR }
      if let code = own.pointee.disk._withUnsafeGuaranteedRef({ $0.verdict(isSync: false) }) {
        return code
      }
      return own.pointee.system.pointee.xWrite?(file, bytes, count, offset) ?? SQLITE_ERROR
    }
    own.pointee.seen.xSync = { file, flags in
      guard let file, let own = Methods.of(file) else { return SQLITE_ERROR }
      if let code = own.pointee.disk._withUnsafeGuaranteedRef({ $0.verdict(isSync: true) }) {
        return code
      }
      return own.pointee.system.pointee.xSync?(file, flags) ?? SQLITE_ERROR
    }
    own.pointee.seen.xClose = { file in
      guard let file, let own = Methods.of(file) else { return SQLITE_ERROR }
      let system = own.pointee.system
      own.pointee.disk.release()
      own.deallocate()
      file.pointee.pMethods = system
      return system.pointee.xClose?(file) ?? SQLITE_ERROR
    }
    file.pointee.pMethods = UnsafePointer(
      UnsafeMutableRawPointer(own).assumingMemoryBound(to: sqlite3_io_methods.self))
  }
}
